-- Counts: likes, replies, reposts and quotes of a thread; followers, followed and threads of a user. Exact in every
-- snapshot, and nobody waits for another who counts on the same row.
set role threads_owner;

create or replace function private.count_on_thread(
  thread_id bigint, likes integer default 0, replies integer default 0, reposts integer default 0,
  quotes integer default 0
)
returns void
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  perform
     from threads.threads as t
    where t.id = count_on_thread.thread_id
      for no key update skip locked;

  if found then
    with noted as (
      delete from private.thread_count_changes as c
       where c.thread_id = count_on_thread.thread_id
      returning c.likes, c.replies, c.reposts, c.quotes
    ),
    added as (
      select
        count_on_thread.likes + coalesce(sum(n.likes), 0) as likes,
        count_on_thread.replies + coalesce(sum(n.replies), 0) as replies,
        count_on_thread.reposts + coalesce(sum(n.reposts), 0) as reposts,
        count_on_thread.quotes + coalesce(sum(n.quotes), 0) as quotes
        from noted as n
    )
    update threads.threads as t
       set like_count   = t.like_count + a.likes,
           reply_count  = t.reply_count + a.replies,
           repost_count = t.repost_count + a.reposts,
           quote_count  = t.quote_count + a.quotes
      from added as a
     where t.id = count_on_thread.thread_id;
  -- What is being deleted, by this transaction, is not there any more; what another has, is.
  elsif exists (select from threads.threads as t where t.id = count_on_thread.thread_id) then
    insert into private.thread_count_changes (thread_id, likes, replies, reposts, quotes)
    values (
      count_on_thread.thread_id, count_on_thread.likes, count_on_thread.replies, count_on_thread.reposts,
      count_on_thread.quotes
    );
  end if;
end
$$;

comment on function private.count_on_thread(bigint, integer, integer, integer, integer) is
'Adds to the counts of a thread, with all that was noted before; where another transaction has the row, notes it.';

create or replace function private.count_on_user(
  user_id bigint, followers integer default 0, following integer default 0, threads integer default 0
)
returns void
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  perform
     from threads.users as u
    where u.id = count_on_user.user_id
      for no key update skip locked;

  if found then
    with noted as (
      delete from private.user_count_changes as c
       where c.user_id = count_on_user.user_id
      returning c.followers, c.following, c.threads
    ),
    added as (
      select
        count_on_user.followers + coalesce(sum(n.followers), 0) as followers,
        count_on_user.following + coalesce(sum(n.following), 0) as following,
        count_on_user.threads + coalesce(sum(n.threads), 0) as threads
        from noted as n
    )
    update threads.users as u
       set follower_count  = u.follower_count + a.followers,
           following_count = u.following_count + a.following,
           thread_count    = u.thread_count + a.threads
      from added as a
     where u.id = count_on_user.user_id;
  elsif exists (select from threads.users as u where u.id = count_on_user.user_id) then
    insert into private.user_count_changes (user_id, followers, following, threads)
    values (count_on_user.user_id, count_on_user.followers, count_on_user.following, count_on_user.threads);
  end if;
end
$$;

comment on function private.count_on_user(bigint, integer, integer, integer) is
'Adds to the counts of a user, with all that was noted before; where another transaction has the row, notes it.';

create or replace function private.settle_counts()
returns integer
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  settled integer;
begin
  perform private.count_on_thread(c.thread_id)
     from (select distinct n.thread_id from private.thread_count_changes as n) as c;
  get diagnostics settled = row_count;

  perform private.count_on_user(c.user_id)
     from (select distinct n.user_id from private.user_count_changes as n) as c;

  delete from private.thread_count_changes as c
   where not exists (select from threads.threads as t where t.id = c.thread_id);
  delete from private.user_count_changes as c
   where not exists (select from threads.users as u where u.id = c.user_id);

  return settled;
end
$$;

comment on function private.settle_counts() is
'Adds up what is still noted, as after a rush on a thread that nobody touched since; counts are the same before and
after.';

-- Who counts what -----------------------------------------------------------------------------------------------------

create or replace function private.count_reaction()
returns trigger
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  if tg_argv[0] = 'like' then
    perform private.count_on_thread(new.thread_id, likes => 1);
  else
    perform private.count_on_thread(new.thread_id, reposts => 1);
  end if;

  return null;
end
$$;

create or replace function private.count_gone_reactions()
returns trigger
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  perform private.count_on_thread(
            g.thread_id,
            likes   => case tg_argv[0] when 'like' then -g.number else 0 end,
            reposts => case tg_argv[0] when 'repost' then -g.number else 0 end
          )
     from (
            select
              o.thread_id,
              count(*)::integer as number
              from gone as o
             group by o.thread_id
             order by o.thread_id
          ) as g;

  return null;
end
$$;

comment on function private.count_reaction() is
'Counts a like or repost for its thread: the trigger''s argument says which.';
comment on function private.count_gone_reactions() is
'Counts back the likes or reposts that a statement took, once for each thread: one by one would be slow where all go at
once. The trigger''s argument says which.';

create or replace trigger likes_count
after insert on threads.likes
for each row execute function private.count_reaction('like');

create or replace trigger likes_count_gone
after delete on threads.likes
referencing old table as gone
for each statement execute function private.count_gone_reactions('like');

create or replace trigger reposts_count
after insert on threads.reposts
for each row execute function private.count_reaction('repost');

create or replace trigger reposts_count_gone
after delete on threads.reposts
referencing old table as gone
for each statement execute function private.count_gone_reactions('repost');

drop function if exists private.count_like();
drop function if exists private.count_gone_likes();
drop function if exists private.count_repost();
drop function if exists private.count_gone_reposts();

comment on trigger likes_count on threads.likes is 'Keeps the count of likes.';
comment on trigger likes_count_gone on threads.likes is 'Keeps the count of likes.';
comment on trigger reposts_count on threads.reposts is 'Keeps the count of reposts.';
comment on trigger reposts_count_gone on threads.reposts is 'Keeps the count of reposts.';

create or replace function private.count_follow()
returns trigger
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  follow threads.follows := case tg_op when 'DELETE' then old else new end;
  step   constant integer := case tg_op when 'DELETE' then -1 else 1 end;
begin
  perform private.count_on_user(follow.follower_id, following => step);
  perform private.count_on_user(follow.followee_id, followers => step);

  return null;
end
$$;

comment on function private.count_follow() is 'Counts a follow for both users.';

create or replace trigger follows_count
after insert or delete on threads.follows
for each row execute function private.count_follow();

comment on trigger follows_count on threads.follows is 'Keeps the counts of followers and followed.';

create or replace function private.count_thread()
returns trigger
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  thread threads.threads := case tg_op when 'INSERT' then new else old end;
  step   constant integer := case tg_op when 'INSERT' then 1 else -1 end;
begin
  -- Such a one was counted back when it was deleted, and only its place is left.
  if thread.deleted_at is not null then
    return null;
  end if;

  if tg_op = 'UPDATE' then
    -- In the middle of a deletion, which must not find that rows changed that it comes to later.
    insert into private.thread_count_changes (thread_id, likes, replies, reposts, quotes)
    select a.id, 0, a.replies, 0, a.quotes
      from (values (thread.parent_id, -1, 0), (thread.quoted_id, 0, -1)) as a (id, replies, quotes)
     where a.id is not null;
  else
    if thread.parent_id is not null then
      perform private.count_on_thread(thread.parent_id, replies => step);
    end if;
    if thread.quoted_id is not null then
      perform private.count_on_thread(thread.quoted_id, quotes => step);
    end if;
  end if;
  perform private.count_on_user(thread.author_id, threads => step);

  return null;
end
$$;

comment on function private.count_thread() is
'Counts a thread for its author, and for what it replies to and quotes: once when written, back once when deleted.';

create or replace trigger threads_count
after insert or delete on threads.threads
for each row execute function private.count_thread();

create or replace trigger threads_count_deleted
after update of deleted_at on threads.threads
for each row when (old.deleted_at is null and new.deleted_at is not null)
execute function private.count_thread();

comment on trigger threads_count on threads.threads is 'Keeps the counts of threads, replies and quotes.';
comment on trigger threads_count_deleted on threads.threads is
'Keeps the counts of threads, replies and quotes when a deleted thread keeps its place.';

-- What is read --------------------------------------------------------------------------------------------------------

-- "begin atomic", so that callers, who may not enter the schema private, need not find its tables by name; and
-- "setof … rows 1", so that Postgres merges them into the query all the same.

create or replace function threads.threads_like_count(thread threads.threads)
returns setof integer
language sql stable parallel safe rows 1
begin atomic
  select ($1).like_count + coalesce((
    select sum(c.likes)::integer
      from private.thread_count_changes as c
     where c.thread_id = ($1).id
  ), 0);
end;

comment on function threads.threads_like_count(threads.threads) is
'@notNull
How many users like it.';

create or replace function threads.threads_reply_count(thread threads.threads)
returns setof integer
language sql stable parallel safe rows 1
begin atomic
  select ($1).reply_count + coalesce((
    select sum(c.replies)::integer
      from private.thread_count_changes as c
     where c.thread_id = ($1).id
  ), 0);
end;

comment on function threads.threads_reply_count(threads.threads) is
'@notNull
How many replies it has, not counting replies to those.';

create or replace function threads.threads_repost_count(thread threads.threads)
returns setof integer
language sql stable parallel safe rows 1
begin atomic
  select ($1).repost_count + coalesce((
    select sum(c.reposts)::integer
      from private.thread_count_changes as c
     where c.thread_id = ($1).id
  ), 0);
end;

comment on function threads.threads_repost_count(threads.threads) is
'@notNull
How many users reposted it.';

create or replace function threads.threads_quote_count(thread threads.threads)
returns setof integer
language sql stable parallel safe rows 1
begin atomic
  select ($1).quote_count + coalesce((
    select sum(c.quotes)::integer
      from private.thread_count_changes as c
     where c.thread_id = ($1).id
  ), 0);
end;

comment on function threads.threads_quote_count(threads.threads) is
'@notNull
How many threads quote it.';

create or replace function threads.users_follower_count(person threads.users)
returns setof integer
language sql stable parallel safe rows 1
begin atomic
  select ($1).follower_count + coalesce((
    select sum(c.followers)::integer
      from private.user_count_changes as c
     where c.user_id = ($1).id
  ), 0);
end;

comment on function threads.users_follower_count(threads.users) is
'@notNull
How many users follow this one.';

create or replace function threads.users_following_count(person threads.users)
returns setof integer
language sql stable parallel safe rows 1
begin atomic
  select ($1).following_count + coalesce((
    select sum(c.following)::integer
      from private.user_count_changes as c
     where c.user_id = ($1).id
  ), 0);
end;

comment on function threads.users_following_count(threads.users) is
'@notNull
How many users this one follows.';

create or replace function threads.users_thread_count(person threads.users)
returns setof integer
language sql stable parallel safe rows 1
begin atomic
  select ($1).thread_count + coalesce((
    select sum(c.threads)::integer
      from private.user_count_changes as c
     where c.user_id = ($1).id
  ), 0);
end;

comment on function threads.users_thread_count(threads.users) is
'@notNull
How many threads this user has written, replies included.';

grant execute on function
threads.threads_like_count(threads.threads),
threads.threads_reply_count(threads.threads),
threads.threads_repost_count(threads.threads),
threads.threads_quote_count(threads.threads),
threads.users_follower_count(threads.users),
threads.users_following_count(threads.users),
threads.users_thread_count(threads.users)
to threads_anonymous, threads_member;

reset role;
