-- Suggestions: people who are followed by those whom you follow.
set role threads_owner;

-- As its owner, since the policy of follows would cost more than the rest: of what those do whom the viewer follows it
-- hides nothing but who is deactivated (see follows_read).
create or replace function private.suggest_users()
returns table (user_id bigint, followed_by_count integer)
language plpgsql stable security definer rows 100
set search_path = pg_catalog, pg_temp
-- Else the planner, who thinks that all follow as many, might fetch all that somebody follows for the first hundred.
set enable_bitmapscan = off
as $$
declare
  viewer_id constant bigint := threads.viewer_id();
begin
  return query
  with followed as materialized (
    select f.followee_id as id
      from threads.follows as f
      join threads.users as u on u.id = f.followee_id
     where f.follower_id = viewer_id
       and u.deactivated_at is null
       and (select private.viewer_is_active())
     order by f.created_at desc, f.followee_id desc
     limit 200
  ),
  found as materialized (
    select f.followee_id as id, count(*)::integer as followers
      from followed as d
     cross join lateral (
             select o.followee_id
               from threads.follows as o
              where o.follower_id = d.id
              order by o.followee_id desc
              limit 100
           ) as f
     group by f.followee_id
  ),
  -- "not in": one look into a hash for each. Of a join, the planner expects a row, and would go through all for each.
  fresh as materialized (
    select f.id, f.followers
      from found as f
     where f.id <> viewer_id
       and f.id not in (select m.followee_id from threads.follows as m where m.follower_id = viewer_id)
       and f.id not in (select m.target_id from threads.follow_requests as m where m.requester_id = viewer_id)
       and f.id not in (select m.muted_id from threads.mutes as m where m.muter_id = viewer_id)
       and f.id not in (select m.other_id from private.walls as m where m.user_id = viewer_id)
     order by f.followers desc, f.id
  )
  select s.id, s.followers
    from fresh as s
   where (
           select u.deactivated_at is null
             from threads.users as u
            where u.id = s.id
         )
   limit 500;
end
$$;

comment on function private.suggest_users() is
'Who is followed by those whom the viewer follows, and by how many of them. At most 20,000 follows are looked at: the
100 newest accounts that each of the 200 follow whom the viewer followed last. Nobody whom the viewer follows, asks to
follow, mutes or does not see.';

grant execute on function
private.suggest_users()
to threads_anonymous, threads_member;

create or replace view threads.suggestions with (security_invoker = true) as
select
  s.user_id,
  s.followed_by_count
  from private.suggest_users() as s;

comment on view threads.suggestions is
'@name suggested_users
@omit aggregates,distinct
@primaryKey user_id|@omit
@orderBy followed_by_count desc, user_id
A user whom you may want to follow: some of those whom you follow do. At most 500, the best known first; nobody whom
you follow, ask to follow or mute, and none for a caller who is not logged in.';
comment on column threads.suggestions.user_id is
'@notNull
The id of the user.';
comment on column threads.suggestions.followed_by_count is
'@notNull
How many of those whom you follow follow them; User.followersYouKnow tells who. Of those who follow thousands, a part is
counted.';

create or replace function threads.suggestions_user(suggestion threads.suggestions)
returns setof threads.users
language sql stable parallel safe rows 1
as $$
  select u.*
    from threads.users as u
   where u.id = suggestion.user_id
$$;

comment on function threads.suggestions_user(threads.suggestions) is
'@notNull
The user.';

grant select (user_id, followed_by_count) on threads.suggestions to threads_anonymous, threads_member;
grant execute on function
threads.suggestions_user(threads.suggestions)
to threads_anonymous, threads_member;

reset role;
