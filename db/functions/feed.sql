-- The home feed.
set role threads_owner;

-- Plain SQL without an order of its own: Postgres then merges it into the query that calls it, and reads the index only
-- as far as the page goes. In psql, add: order by created_at desc, id desc.
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
'@orderBy created_at desc, id desc
What you and those you follow started, newest first, without replies. Empty for a caller who is not logged in.';

grant execute on function
threads.home_feed()
to threads_anonymous, threads_member;

reset role;
