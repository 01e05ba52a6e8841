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
-- and what stands above the last of these in any list, are the newest. With the owner's rights, as policies are asked
-- of what may come into the page, and not of every head: home_feed() asks them.
--
-- With a plan that is kept: to plan it takes longer than to run it. The gateway merges nothing into it anyway.
create or replace function private.newest_posts(people bigint[], wanted integer, place threads.posts)
returns setof threads.posts
language plpgsql stable parallel safe security definer rows 50
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan
as $$
declare
  -- Each is compared with many rows: a field of the row would be taken out of it each time.
  before_at        constant timestamptz := (place).created_at;
  before_thread_id constant bigint := (place).thread_id;
  before_user_id   constant bigint := (place).user_id;
  before_is_repost constant boolean := (place).is_repost;
begin
  return query
  with heads as materialized (
    select h.*
      from unnest(people) as p (user_id)
     cross join lateral (
             (
               select
                 t.author_id as user_id,
                 t.created_at,
                 false as is_repost
                 from threads.threads as t
                where t.author_id = p.user_id
                  and t.parent_id is null
                  and (t.created_at, t.id) <= (before_at, before_thread_id)
                  and (t.created_at, t.id, t.author_id, false)
                      < (before_at, before_thread_id, before_user_id, before_is_repost)
                order by t.created_at desc, t.id desc
                limit 1
             )
             union all
             (
               select r.user_id, r.created_at, true
                 from threads.reposts as r
                where r.user_id = p.user_id
                  and (r.created_at, r.thread_id) <= (before_at, before_thread_id)
                  and (r.created_at, r.thread_id, r.user_id, true)
                      < (before_at, before_thread_id, before_user_id, before_is_repost)
                order by r.created_at desc, r.thread_id desc
                limit 1
             )
           ) as h
     order by h.created_at desc
     limit wanted
  ),
  bound as materialized (
    select case when count(*) = wanted then min(h.created_at) else '-infinity' end as created_at
      from heads as h
  )
  select p.*
    from heads as h
   cross join bound as b
   cross join lateral (
           (
             select
               t.id,
               t.author_id,
               t.created_at,
               false
               from threads.threads as t
              where not h.is_repost
                and t.author_id = h.user_id
                and t.parent_id is null
                and t.created_at >= b.created_at
                and (t.created_at, t.id) <= (before_at, before_thread_id)
                and (t.created_at, t.id, t.author_id, false)
                    < (before_at, before_thread_id, before_user_id, before_is_repost)
              order by t.created_at desc, t.id desc
              limit wanted
           )
           union all
           (
             select r.thread_id, r.user_id, r.created_at, true
               from threads.reposts as r
              where h.is_repost
                and r.user_id = h.user_id
                and r.created_at >= b.created_at
                and (r.created_at, r.thread_id) <= (before_at, before_thread_id)
                and (r.created_at, r.thread_id, r.user_id, true)
                    < (before_at, before_thread_id, before_user_id, before_is_repost)
              order by r.created_at desc, r.thread_id desc
              limit wanted
           )
         ) as p (thread_id, user_id, created_at, is_repost)
   order by p.created_at desc, p.thread_id desc, p.user_id desc, p.is_repost desc
   limit wanted;
end
$$;

comment on function private.newest_posts(bigint[], integer, threads.posts) is
'The newest that these people started or reposted before a place, so many, the latest first; all of it without a number.
What a policy hides is among them, so that only home_feed() asks: its body was read when it was made, and nobody else
finds the schema.';

-- A few more are read than the page has, since some may not be shown; and then more of them, until it is full.
create or replace function threads.home_feed(
  page_size integer default null, after_created_at timestamptz default null, after_thread_id bigint default null,
  after_user_id bigint default null, after_is_repost boolean default null
)
returns setof threads.posts
language sql stable parallel safe rows 50
begin atomic
  with recursive viewer as materialized (
    select
      (select threads.viewer_id()) as id,
      (select threads.viewer_muted()) as muted,
      (select threads.viewer_muted_words()) as words
  ),

  followed as materialized (
    select v.id || array(
      select f.followee_id
        from threads.follows as f
       where f.follower_id = v.id
         and f.followee_id <> all (v.muted)
    ) as people
      from viewer as v
     where v.id is not null
  ),

  batches (wanted, place, is_full, shown, posts) as (
    select
      $1 + $1 / 8 + 3,
      row($3, $4, coalesce($2, 'infinity'), $5)::threads.posts,
      true,
      0,
      array[]::threads.posts []
      from viewer as v
     where v.id is not null
     union all
    select
      b.wanted * 2,
      n.place,
      n.is_full,
      b.shown + cardinality(n.posts),
      n.posts
      from batches as b
     cross join viewer as v
     cross join followed as f
     cross join lateral (
             select
               coalesce(array_agg(p) filter (
                 where (
                   select ((t.body ~ v.words) is not true or t.author_id = v.id)
                          and (
                                not p.is_repost
                                or (t.parent_id is not null or t.author_id <> all (f.people))
                                and t.author_id <> all (v.muted)
                                and (
                                      select true
                                        from threads.users as u
                                       where u.id = p.user_id
                                    )
                                and not exists (
                                  select
                                    from threads.reposts as r
                                   where r.thread_id = p.thread_id
                                     and r.user_id = any (f.people)
                                     and (r.created_at, r.user_id) < (p.created_at, p.user_id)
                                )
                              )
                     from threads.threads as t
                    where t.id = p.thread_id
                      and t.author_id is not null
                 )
               ), '{}') as posts,
               count(*) = b.wanted as is_full,
               (array_agg(p order by p.created_at, p.thread_id, p.user_id, p.is_repost))[1] as place
               from private.newest_posts(f.people, b.wanted, b.place) as p
           ) as n
     where b.is_full
       and ($1 is null or b.shown < $1)
  )

  select
    n.thread_id,
    n.user_id,
    n.created_at,
    n.is_repost
    from batches as b
   cross join lateral unnest(b.posts) as n
   order by n.created_at desc, n.thread_id desc, n.user_id desc, n.is_repost desc
   limit $1;
end;

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

comment on function threads.hashtag_trends_hashtag(threads.hashtag_trends) is
'@notNull
The hashtag.';

grant execute on function
private.newest_posts(bigint[], integer, threads.posts),
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
