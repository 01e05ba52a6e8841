-- Erasing: what a deleted account leaves goes in parts.
set role threads_owner;

create or replace function private.close_account(user_id bigint)
returns void
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  delete from private.credentials as c
   where c.user_id = close_account.user_id;
  delete from threads.sessions as s
   where s.user_id = close_account.user_id;
  update threads.accounts as a
     set email = null
   where a.user_id = close_account.user_id;

  -- The trigger of usernames holds the name.
  update threads.users as u
     set username         = 'deleted_' || left(replace(gen_random_uuid()::text, '-', ''), 22),
         display_name     = '',
         bio              = '',
         link             = null,
         avatar_url       = null,
         pinned_thread_id = null,
         deactivated_at   = now()
   where u.id = close_account.user_id;

  insert into private.erasures (user_id)
  values (close_account.user_id)
  on conflict on constraint erasures_pkey do nothing;
end
$$;

comment on function private.close_account(bigint) is
'Takes an account from its owner and from the sight of all others at once, in a short transaction: profile, e-mail,
password and sessions are gone, and the username is held for 30 days. private.erase does the rest.';

create or replace function private.hold_threads(thread_ids bigint[])
returns void
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  wanted bigint[] := thread_ids;
  thread threads.threads;
begin
  loop
    select t.* into thread
      from threads.threads as t
     where t.id = any (wanted)
     order by t.id desc
     limit 1
       for no key update;

    exit when not found;

    if thread.id = any (thread_ids) then
      perform from threads.threads as t where t.id = thread.id for update;
    end if;
    if thread.id = any (thread_ids) or thread.deleted_at is not null then
      wanted := wanted || thread.parent_id || thread.quoted_id;
    end if;
    wanted := array_remove(wanted, thread.id);
  end loop;
end
$$;

comment on function private.hold_threads(bigint[]) is
'Locks what several threads are when they are deleted, and what private.clear_places may come to then: later threads
first, as everybody does, so that nobody waits for somebody who waits for them.';

create or replace function private.erase(atmost integer default 500)
returns boolean
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  erased     bigint;
  thread_ids bigint[];
  budget     integer := erase.atmost;
  hashtags   text[];
  deleted    integer;
  reference  record;
begin
  -- Of two who followed, answered and blocked each other, each has rows that go with the other: one part at a time.
  perform pg_advisory_xact_lock(hashtext('private.erase'));

  select e.user_id into erased
    from private.erasures as e
   order by e.begun_at, e.user_id
   limit 1;

  if not found then
    return false;
  end if;

  -- Threads first, and before them what hangs on them and would go with them all at once.
  thread_ids := array(
    select t.id
      from threads.threads as t
     where t.author_id = erased
     order by t.created_at desc, t.id desc
     limit greatest(erase.atmost / 10, 1)
  );

  -- Whatever goes with a thread or a user, and before it what goes with that. In the order of those who take it back, or
  -- delete it, at the same moment: likes before the notifications of them, and each row before what goes with it.
  hashtags := array(
    select distinct h.hashtag
      from threads.thread_hashtags as h
     where h.thread_id = any (thread_ids)
  );

  for reference in
    with direct as (
      select
        k.conrelid::regclass as table_name,
        a.attname as column_name,
        k.confrelid = 'threads.users'::regclass as is_of_user,
        exists (
          select
            from pg_catalog.pg_constraint as p
           where p.confrelid = k.conrelid
             and p.contype = 'f'
             and p.confdeltype = 'c'
        ) as has_parts
        from pg_catalog.pg_constraint as k
        join pg_catalog.pg_attribute as a on a.attrelid = k.conrelid and a.attnum = k.conkey[1]
       where k.contype = 'f'
         and k.confdeltype = 'c'
         and k.confrelid in ('threads.threads'::regclass, 'threads.users'::regclass)
         and k.conrelid <> 'private.erasures'::regclass
         and cardinality(k.conkey) = 1
    )
    select
      d.is_of_user,
      d.has_parts,
      d.table_name as whole,
      1 as distance,
      d.table_name,
      format('f.%I = any ($1)', d.column_name) as condition
      from direct as d
     union all
    select
      d.is_of_user,
      d.has_parts,
      d.table_name,
      2,
      k.conrelid::regclass,
      format(
        'f.%I in (select p.%I from %s as p where p.%I = any ($1) limit $2 for update)',
        a.attname, b.attname, d.table_name, d.column_name
      )
      from direct as d
      join pg_catalog.pg_constraint as k on k.confrelid = d.table_name and k.contype = 'f' and k.confdeltype = 'c'
      join pg_catalog.pg_attribute as a on a.attrelid = k.conrelid and a.attnum = k.conkey[1]
      join pg_catalog.pg_attribute as b on b.attrelid = k.confrelid and b.attnum = k.confkey[1]
     where cardinality(k.conkey) = 1
     order by is_of_user, has_parts, whole, distance desc, table_name, condition
  loop
    -- All threads before all else of the user.
    exit when reference.is_of_user and thread_ids <> '{}';

    execute format(
      'delete from %1$s as d where d.ctid = any (array(select f.ctid from %1$s as f where %2$s limit $2))',
      reference.table_name, reference.condition
    )
      using case when reference.is_of_user then array[erased] else thread_ids end, budget;
    get diagnostics deleted = row_count;
    budget := budget - deleted;
    exit when budget <= 0;
  end loop;

  -- Hashtags that nobody else used. Locked first, so that the second statement sees whoever did meanwhile.
  perform
     from threads.hashtags as n
    where n.name = any (hashtags)
    order by n.name
      for update;
  delete from threads.hashtags as n
   where n.name = any (hashtags)
     and not exists (select from threads.thread_hashtags as h where h.hashtag = n.name);

  if budget <= 0 then
    return true;
  end if;

  if thread_ids <> '{}' then
    perform private.hold_threads(thread_ids);
    -- Each by itself decides whether it leaves a tombstone.
    delete from threads.threads as t
     where t.id = any (thread_ids);

    return true;
  end if;

  -- A report stays, without the words of who made it.
  update threads.reports as r
     set note = ''
   where r.reporter_id = erased
     and r.note <> '';
  delete from private.user_count_changes as c
   where c.user_id = erased;
  delete from threads.users as u
   where u.id = erased;

  return exists (select from private.erasures);
end
$$;

comment on function private.erase(integer) is
'Takes away some of what is left of the account that was deleted first: at most so many rows, so that its locks are
short. True while there is more to do. Threads that others replied to or quoted become tombstones. Calls at the same
moment come one after the other.';

grant execute on function
private.erase(integer)
to threads_auth;

reset role;
