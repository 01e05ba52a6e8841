-- Conversations and profiles: what a thread answers and what answers it; the tabs of a profile.
set role threads_owner;

create or replace function threads.threads_ancestors(thread threads.threads)
returns setof threads.threads
language sql stable parallel safe rows 100
as $$
  with recursive above (thread, height) as (
    select
      p.*::threads.threads,
      1
      from threads.threads as p
     where p.id = thread.parent_id
     union all
    select
      p.*::threads.threads,
      a.height + 1
      from above as a
      join threads.threads as p on p.id = (a.thread).parent_id
     where a.height < 100
  )
  select (a.thread).*
    from above as a
$$;

comment on function threads.threads_ancestors(threads.threads) is
'@orderBy id
What it replies to, what that replies to, and so on: what started the conversation first, the places of deleted threads
included. At most the 100 nearest, and no further than to one that you may not see.';

create or replace function threads.threads_reply_tree(thread threads.threads, depth integer default 3)
returns setof threads.threads
language sql stable parallel safe rows 200
as $$
  with recursive below (thread, level) as (
    select
      r.*::threads.threads,
      1
      from threads.threads as r
     where r.parent_id = thread.id
     union all
    select
      r.*::threads.threads,
      b.level + 1
      from below as b
      join threads.threads as r on r.parent_id = (b.thread).id
     where b.level < least(depth, 10)
  )
  select (b.thread).*
    from below as b
   limit 1000
$$;

comment on function threads.threads_reply_tree(threads.threads, integer) is
'@orderBy id
@param depth How deep: 1 for its replies alone, 2 with the replies to those, to 10.
Its replies, the replies to those, and so on, in the order in which they were written: whatever one replies to comes
before it. The places of deleted ones are among them. At most 1,000, those nearest to it.';

-- Profiles ------------------------------------------------------------------------------------------------------------

-- Both lists in the order of their indexes, as far as the page goes: the planner would read and sort all of them.
create or replace function threads.users_posts(
  person threads.users, page_size integer default null, after_created_at timestamptz default null,
  after_thread_id bigint default null, after_user_id bigint default null, after_is_repost boolean default null
)
returns setof threads.posts
language sql stable parallel safe
as $$
  (
    select
      t.id as thread_id,
      t.author_id as user_id,
      t.created_at,
      false as is_repost
      from threads.threads as t
     where t.author_id = person.id
       and t.parent_id is null
       and (t.created_at, t.id, t.author_id, false)
           < (coalesce(after_created_at, 'infinity'), after_thread_id, after_user_id, after_is_repost)
     order by t.created_at desc, t.id desc
     limit page_size
  )
   union all
  (
    select
      r.thread_id,
      r.user_id,
      r.created_at,
      true as is_repost
      from threads.reposts as r
     where r.user_id = person.id
       and (r.created_at, r.thread_id, r.user_id, true)
           < (coalesce(after_created_at, 'infinity'), after_thread_id, after_user_id, after_is_repost)
       and (
             select t.author_id is not null
               from threads.threads as t
              where t.id = r.thread_id
           )
     order by r.created_at desc, r.thread_id desc
     limit page_size
  )
$$;

comment on function threads.users_posts(threads.users, integer, timestamptz, bigint, bigint, boolean) is
'@orderBy created_at desc, thread_id desc, user_id desc, is_repost desc
@page page_size created_at=after_created_at thread_id=after_thread_id user_id=after_user_id is_repost=after_is_repost
What the user started and reposted, without replies, the latest first.';

create or replace function threads.users_started_threads(person threads.users)
returns setof threads.threads
language sql stable parallel safe
as $$
  select t.*
    from threads.threads as t
   where t.author_id = person.id
     and t.parent_id is null
$$;

comment on function threads.users_started_threads(threads.users) is
'@orderBy created_at desc, id desc
What the user started, without replies, the latest first.';

create or replace function threads.users_replies(person threads.users)
returns setof threads.threads
language sql stable parallel safe
as $$
  select t.*
    from threads.threads as t
   where t.author_id = person.id
     and t.parent_id is not null
$$;

comment on function threads.users_replies(threads.users) is
'@orderBy created_at desc, id desc
What the user replied, the latest first.';

create or replace function threads.users_media_threads(person threads.users)
returns setof threads.threads
language sql stable parallel safe
as $$
  select t.*
    from threads.threads as t
   where t.author_id = person.id
     and t.has_media
$$;

comment on function threads.users_media_threads(threads.users) is
'@orderBy created_at desc, id desc
The threads and replies in which the user shows something to look at, the latest first.';

grant execute on function
threads.threads_ancestors(threads.threads),
threads.threads_reply_tree(threads.threads, integer),
threads.users_posts(threads.users, integer, timestamptz, bigint, bigint, boolean),
threads.users_started_threads(threads.users),
threads.users_replies(threads.users),
threads.users_media_threads(threads.users)
to threads_anonymous, threads_member;

reset role;
