-- The home feed.
set role threads_owner;

-- Plain SQL without an order of its own: Postgres then merges it into the query that calls it, and reads the index only as
-- far as the page goes.
create or replace function threads.home_feed()
returns setof threads.threads
language sql stable parallel safe
as $$
  select t.*
    from threads.threads as t
   where t.parent_id is null
     and t.author_id in (
           select f.followee_id
             from threads.follows as f
            where f.follower_id = (select threads.viewer_id())
           union all
           select threads.viewer_id()
         )
$$;

comment on function threads.home_feed() is
'What you and those you follow started, without replies: order it by created_at and id, newest first. Empty for a caller who
is not logged in.';

grant execute on function
threads.home_feed()
to threads_anonymous, threads_member;

reset role;
