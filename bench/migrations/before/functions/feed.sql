-- The home feed.
set role threads_owner;

-- Plain SQL without an order of its own: Postgres then merges it into the query that calls it, and reads the index only
-- as far as the page goes. In psql, add: order by created_at desc, id desc.
--
-- The "or" is there for the planner: it then walks threads_started_at_idx and looks authors up in a hash of the
-- followed. As a join it would now and then fetch all that the followed ever wrote, and sort it, for a page of 20. The
-- walk is long for those who follow few and quiet people; it ends where none of them had signed up yet.
create or replace function threads.home_feed()
returns setof threads.threads
language sql stable parallel safe
as $$
  select t.*
    from threads.threads as t
   where t.parent_id is null
     and (
           t.author_id = (select threads.viewer_id())
           or t.author_id in (
                select f.followee_id
                  from threads.follows as f
                 where f.follower_id = (select threads.viewer_id())
              )
         )
     and t.created_at >= (
           select min(u.created_at)
             from threads.users as u
            where u.id in (
                    select f.followee_id
                      from threads.follows as f
                     where f.follower_id = (select threads.viewer_id())
                     union all
                    select threads.viewer_id()
                  )
         )
$$;

comment on function threads.home_feed() is
'@orderBy created_at desc, id desc
What you and those you follow started, newest first, without replies. Empty for a caller who is not logged in.';

grant execute on function
threads.home_feed()
to threads_anonymous, threads_member;

reset role;
