-- Feeds: home, for you, explore, and what is trending.
set role threads_owner;

-- What the viewer does not want to read -------------------------------------------------------------------------------

create or replace function threads.viewer_muted()
returns bigint[]
language plpgsql stable parallel safe
as $$
begin
  -- Who is not logged in may not even look.
  if (select threads.viewer_id()) is null then
    return '{}';
  end if;

  return array(
    select m.muted_id
      from threads.mutes as m
     where m.muter_id = (select threads.viewer_id())
  );
end
$$;

comment on function threads.viewer_muted() is
'@omit
Whom the viewer mutes. In feeds write (select threads.viewer_muted()), so that it runs once a statement.';

create or replace function threads.viewer_muted_words()
returns text
language plpgsql stable parallel safe
as $$
begin
  return threads.muted_pattern();
end
$$;

comment on function threads.viewer_muted_words() is
'@omit
What finds the words that the viewer has muted, as threads.muted_pattern() says; for SQL in other files than that one''s.';

-- The home feed -------------------------------------------------------------------------------------------------------

-- The newest of many lists, of each of which an index has the newest first. As many heads of lists as rows are wanted,
-- and what stands above the last of these in any list, are the newest. Some of them may not be shown, so that a few
-- more are wanted than the page has; and then more of them, until it is full.
--
-- With a plan that is kept, since to plan it takes longer than to run it.
create or replace function threads.home_feed(
  page_size integer default null, after_created_at timestamptz default null, after_thread_id bigint default null,
  after_user_id bigint default null, after_is_repost boolean default null
)
returns setof threads.posts
language plpgsql stable parallel safe rows 50
set plan_cache_mode = force_generic_plan
as $$
declare
  viewer_id constant bigint := threads.viewer_id();
  muted     constant bigint[] := threads.viewer_muted();
  words     constant text := threads.viewer_muted_words();
  people    constant bigint[] := viewer_id || array(
    select f.followee_id
      from threads.follows as f
     where f.follower_id = viewer_id
       and f.followee_id <> all (muted)
  );
  wanted    integer := page_size + page_size / 2 + 10;
  place     threads.posts := row(after_thread_id, after_user_id, coalesce(after_created_at, 'infinity'), after_is_repost);
  shown     integer := 0;
  looked_at integer;
  found     record;
begin
  if viewer_id is null then
    return;
  end if;

  loop
    looked_at := 0;
    for found in
      with heads as materialized (
        select h.*
          from unnest(people) as p (user_id)
         cross join lateral (
                 (
                   select
                     t.id as thread_id,
                     t.author_id as user_id,
                     t.created_at,
                     false as is_repost
                     from threads.threads as t
                    where t.author_id = p.user_id
                      and t.parent_id is null
                      and (t.created_at, t.id, t.author_id, false)
                          < (place.created_at, place.thread_id, place.user_id, place.is_repost)
                    order by t.created_at desc, t.id desc
                    limit 1
                 )
                 union all
                 (
                   select r.thread_id, r.user_id, r.created_at, true
                     from threads.reposts as r
                    where r.user_id = p.user_id
                      and (r.created_at, r.thread_id, r.user_id, true)
                          < (place.created_at, place.thread_id, place.user_id, place.is_repost)
                    order by r.created_at desc, r.thread_id desc
                    limit 1
                 )
               ) as h
      ),
      bound as materialized (
        select coalesce(
                 (
                   select h.created_at
                     from heads as h
                    order by h.created_at desc
                   offset wanted - 1
                    limit case when wanted is null then 0 else 1 end
                 ),
                 '-infinity'
               ) as created_at
      ),
      newest as (
        select p.*
          from heads as h
         cross join lateral (
                 (
                   select
                     t.id as thread_id,
                     t.author_id as user_id,
                     t.created_at,
                     false as is_repost
                     from threads.threads as t
                    where not h.is_repost
                      and t.author_id = h.user_id
                      and t.parent_id is null
                      and (t.created_at, t.id, t.author_id, false)
                          < (place.created_at, place.thread_id, place.user_id, place.is_repost)
                      and t.created_at >= (select b.created_at from bound as b)
                    order by t.created_at desc, t.id desc
                    limit wanted
                 )
                 union all
                 (
                   select r.thread_id, r.user_id, r.created_at, true
                     from threads.reposts as r
                    where h.is_repost
                      and r.user_id = h.user_id
                      and (r.created_at, r.thread_id, r.user_id, true)
                          < (place.created_at, place.thread_id, place.user_id, place.is_repost)
                      and r.created_at >= (select b.created_at from bound as b)
                    order by r.created_at desc, r.thread_id desc
                    limit wanted
                 )
               ) as p
         where h.created_at >= (select b.created_at from bound as b)
         order by p.created_at desc, p.thread_id desc, p.user_id desc, p.is_repost desc
         limit wanted
      )
      select
        n.thread_id,
        n.user_id,
        n.created_at,
        n.is_repost,
        (
          select ((t.body ~ words) is not true or t.author_id = viewer_id)
                 and (
                       not n.is_repost
                       or (t.parent_id is not null or t.author_id <> all (people))
                       and t.author_id <> all (muted)
                       and not exists (
                         select
                           from threads.reposts as r
                          where r.thread_id = n.thread_id
                            and r.user_id = any (people)
                            and (r.created_at, r.user_id) < (n.created_at, n.user_id)
                       )
                     )
            from threads.threads as t
           where t.id = n.thread_id
             and t.author_id is not null
        ) as is_shown
        from newest as n
       order by n.created_at desc, n.thread_id desc, n.user_id desc, n.is_repost desc
    loop
      looked_at := looked_at + 1;
      place := row(found.thread_id, found.user_id, found.created_at, found.is_repost);
      if found.is_shown then
        return next place;
        shown := shown + 1;
        if shown >= page_size then
          return;
        end if;
      end if;
    end loop;

    exit when wanted is null or looked_at < wanted;
    wanted := wanted * 2;
  end loop;
end
$$;

comment on function threads.home_feed(integer, timestamptz, bigint, bigint, boolean) is
'@orderBy created_at desc, thread_id desc, user_id desc, is_repost desc
@page page_size created_at=after_created_at thread_id=after_thread_id user_id=after_user_id is_repost=after_is_repost
What you and those you follow started and reposted, the latest first, without replies. Each thread comes once: as its
author started it where you follow them, else as the first of those you follow reposted it. Empty for a caller who is
not logged in.';

-- For you, and explore ------------------------------------------------------------------------------------------------

create or replace function threads.for_you()
returns setof threads.threads
language sql stable parallel safe
as $$
  select t.*
    from threads.threads as t
   where t.parent_id is null
     and t.author_id is not null
     and t.author_id is distinct from (select threads.viewer_id())
     and t.author_id <> all ((select threads.viewer_muted())::bigint[])
     and (t.body ~ (select threads.viewer_muted_words())) is not true
$$;

comment on function threads.for_you() is
'@orderBy ranked_at desc, id desc
What others started, the latest and what most came of first: each time that its likes, replies, reposts and quotes have
doubled, a thread stands where one stands that is six hours younger. Without whom and what you muted.';

create or replace function threads.explore()
returns setof threads.threads
language sql stable parallel safe
as $$
  select t.*
    from threads.threads as t
   where t.parent_id is null
     and (
           select not u.is_private
             from threads.users as u
            where u.id = t.author_id
         )
     and t.author_id <> all ((select threads.viewer_muted())::bigint[])
     and (t.body ~ (select threads.viewer_muted_words())) is not true
$$;

comment on function threads.explore() is
'@orderBy created_at desc, id desc
What anybody started, the latest first, but for private accounts. Without whom and what you muted.';

-- What is trending ----------------------------------------------------------------------------------------------------

-- There are few steps of heat, and of each the index has the latest first.
create or replace function threads.trending_threads(
  hours integer default 24, page_size integer default null, after_heat smallint default null,
  after_created_at timestamptz default null, after_id bigint default null
)
returns setof threads.threads
language sql stable parallel safe rows 100
as $$
  select t.*
    from generate_series(1, 40) as step
   cross join lateral (
           select t.*
             from threads.threads as t
            where t.heat = step
              and t.heat > 0
              and t.parent_id is null
              and t.created_at > now() - make_interval(hours => least(greatest(hours, 1), 168))
              and (t.heat, t.created_at, t.id)
                  < (coalesce(after_heat, 41::smallint), after_created_at, after_id)
              and (
                    select not u.is_private
                      from threads.users as u
                     where u.id = t.author_id
                  )
              and t.author_id <> all ((select threads.viewer_muted())::bigint[])
              and (t.body ~ (select threads.viewer_muted_words())) is not true
            order by t.created_at desc, t.id desc
            limit page_size
         ) as t
   where step <= coalesce(after_heat, 41::smallint)
$$;

comment on function threads.trending_threads(integer, integer, smallint, timestamptz, bigint) is
'@orderBy heat desc, created_at desc, id desc
@page page_size heat=after_heat created_at=after_created_at id=after_id
@param hours How far back: threads that were started in the last 1 to 168 hours.
What most came of, of all that was started of late: by how often its likes, replies, reposts and quotes have doubled, and
the latest first. Without private accounts, and without whom and what you muted.';

create or replace function threads.trending_hashtags(hours integer default 24)
returns setof threads.hashtag_trends
language sql stable parallel safe rows 50
as $$
  select
    h.hashtag as name,
    count(distinct h.author_id)::integer as author_count,
    count(*)::integer as thread_count
    from (
           select u.hashtag, t.author_id
             from threads.thread_hashtags as u
             join threads.threads as t on t.id = u.thread_id
            where u.created_at > now() - make_interval(hours => least(greatest(hours, 1), 168))
              and (
                    select not a.is_private
                      from threads.users as a
                     where a.id = t.author_id
                  )
              and t.author_id <> all ((select threads.viewer_muted())::bigint[])
              and (t.body ~ (select threads.viewer_muted_words())) is not true
            order by u.created_at desc
            limit 2000
         ) as h
   group by h.hashtag
   order by author_count desc, thread_count desc, name
   limit 100
$$;

comment on function threads.trending_hashtags(integer) is
'@orderBy author_count desc, thread_count desc, name
@param hours How far back: the last 1 to 168 hours.
The hashtags that most people used of late, at most 100, as told by the latest 2,000 uses that you may see. Without
private accounts, and without whom and what you muted.';

create or replace function threads.hashtag_trends_hashtag(trend threads.hashtag_trends)
returns setof threads.hashtags
language sql stable parallel safe rows 1
as $$
  select h.*
    from threads.hashtags as h
   where h.name = trend.name
$$;

comment on function threads.hashtag_trends_hashtag(threads.hashtag_trends) is 'The hashtag.';

grant execute on function
threads.viewer_muted(),
threads.viewer_muted_words(),
threads.home_feed(integer, timestamptz, bigint, bigint, boolean),
threads.for_you(),
threads.explore(),
threads.trending_threads(integer, integer, smallint, timestamptz, bigint),
threads.trending_hashtags(integer),
threads.hashtag_trends_hashtag(threads.hashtag_trends)
to threads_anonymous, threads_member;

reset role;
