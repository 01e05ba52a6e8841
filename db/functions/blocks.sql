-- Blocks: who blocks somebody and that somebody do not see each other any more, and follow each other no more.
set role threads_owner;

-- One of a thousand locks for each two users: a lock of their own for each would be too many where a script writes a
-- million follows.
create or replace function private.hold_pair(user_id bigint, other_id bigint, together boolean)
returns void
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  pair constant integer := (hashint8(hold_pair.user_id) # hashint8(hold_pair.other_id)) & 1023;
begin
  if hold_pair.together then
    perform pg_advisory_xact_lock_shared(hashtext('threads.blocks'), pair);
  else
    perform pg_advisory_xact_lock(hashtext('threads.blocks'), pair);
  end if;
end
$$;

comment on function private.hold_pair(bigint, bigint, boolean) is
'Has all who change what is between the two users wait for each other, to the end of the transaction: those who come
together (true) only for those who come alone. In either order of the two.';

create or replace function private.keep_walls()
returns trigger
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  block threads.blocks := case tg_op when 'DELETE' then old else new end;
begin
  perform private.hold_pair(block.blocker_id, block.blocked_id, false);

  -- What was committed while this waited, each statement from here on sees.
  if tg_op = 'DELETE' then
    delete from private.walls as w
     where (w.user_id, w.other_id) in ((block.blocker_id, block.blocked_id), (block.blocked_id, block.blocker_id))
       and not exists (
             select
               from threads.blocks as b
              where (b.blocker_id, b.blocked_id)
                 in ((block.blocker_id, block.blocked_id), (block.blocked_id, block.blocker_id))
           );

    return null;
  end if;

  insert into private.walls (user_id, other_id)
  values (block.blocker_id, block.blocked_id),
         (block.blocked_id, block.blocker_id)
  on conflict on constraint walls_pkey do nothing;

  delete from threads.follow_requests as r
   where (r.requester_id, r.target_id)
      in ((block.blocker_id, block.blocked_id), (block.blocked_id, block.blocker_id));

  delete from threads.follows as f
   where (f.follower_id, f.followee_id)
      in ((block.blocker_id, block.blocked_id), (block.blocked_id, block.blocker_id));

  return null;
end
$$;

comment on function private.keep_walls() is
'Hides two users from each other while one of them blocks the other, and has neither follow the other.';

create or replace trigger blocks_keep_walls
after insert or delete on threads.blocks
for each row execute function private.keep_walls();

comment on trigger blocks_keep_walls on threads.blocks is 'Keeps private.walls, which the policies read.';

-- Whom you block you do not see: these look them up for you, and for nobody else.
create or replace function private.find_blocked(username text)
returns bigint
language sql stable security definer
set search_path = pg_catalog, pg_temp
as $$
  select u.id
    from threads.users as u
    join threads.blocks as b on b.blocked_id = u.id
   where b.blocker_id = (select threads.viewer_id())
     and (select private.viewer_is_active())
     and u.username = lower(btrim(find_blocked.username))
$$;

comment on function private.find_blocked(text) is
'The id of the user with that name, in any case, if who asks blocks them; else null.';

create or replace function private.blocked_user(user_id bigint)
returns table (username text, display_name text, avatar_url text)
language plpgsql stable security definer rows 1
set search_path = pg_catalog, pg_temp
as $$
begin
  return query
  select u.username, u.display_name, u.avatar_url
    from threads.users as u
    join threads.blocks as b on b.blocked_id = u.id
   where b.blocker_id = (select threads.viewer_id())
     and (select private.viewer_is_active())
     and b.blocked_id = blocked_user.user_id;
end
$$;

comment on function private.blocked_user(bigint) is
'Who the user is, if who asks blocks them; else no row. So a row of blocks that somebody makes up tells nothing.';

grant execute on function
private.find_blocked(text),
private.blocked_user(bigint)
to threads_anonymous, threads_member;

-- Nobody may name what is in the schema private; a body that is parsed when the function is made does not need to.
create or replace function threads.find_blocked_id(username text)
returns bigint
language sql stable
return private.find_blocked(username);

comment on function threads.find_blocked_id(text) is
'@omit
The id of the user with that name, in any case, if you block them; else null. For functions that need one.';

create or replace function threads.block_user(username text)
returns threads.blocks
language plpgsql volatile
as $$
declare
  viewer_id constant bigint := threads.require_viewer_id();
  person_id bigint := threads.find_blocked_id(block_user.username);
  block     threads.blocks;
begin
  if person_id is null then
    person_id := threads.require_user_id(block_user.username);

    if person_id = viewer_id then
      raise exception 'You cannot block yourself.'
        using constraint = 'cannot_block_self', column = 'username';
    end if;

    insert into threads.blocks (blocker_id, blocked_id)
    values (viewer_id, person_id)
    on conflict on constraint blocks_pkey do nothing;
  end if;

  select b.* into block
    from threads.blocks as b
   where b.blocker_id = viewer_id
     and b.blocked_id = person_id;

  return block;
end
$$;

comment on function threads.block_user(text) is
'@notNull
@param username Whom to block, in any case.
Blocks a user: from now on neither of you sees the other in any way, and you do not follow each other any more, nor ask
to. They are not told. Blocking whom you block already changes nothing and is no error.
Errors: NOT_LOGGED_IN, USER_NOT_FOUND and CANNOT_BLOCK_SELF.';

create or replace function threads.unblock_user(username text)
returns threads.users
language plpgsql volatile
as $$
declare
  viewer_id constant bigint := threads.require_viewer_id();
  person_id constant bigint := coalesce(
    threads.find_blocked_id(unblock_user.username), threads.require_user_id(unblock_user.username)
  );
begin
  delete from threads.blocks as b
   where b.blocker_id = viewer_id
     and b.blocked_id = person_id;

  return (select u from threads.users as u where u.id = person_id);
end
$$;

comment on function threads.unblock_user(text) is
'@param username Whom to block no more, in any case.
Takes a block back, and returns the user, or null where you do not see them all the same. You follow each other again
only when you do so anew. Where you do not block them, that changes nothing and is no error.
Errors: NOT_LOGGED_IN and USER_NOT_FOUND.';

create or replace function threads.blocks_username(block threads.blocks)
returns setof text
language sql stable rows 1
begin atomic
  select b.username from private.blocked_user((block).blocked_id) as b;
end;

comment on function threads.blocks_username(threads.blocks) is
'@notNull
The user''s name, by which you unblock them.';

create or replace function threads.blocks_display_name(block threads.blocks)
returns setof text
language sql stable rows 1
begin atomic
  select b.display_name from private.blocked_user((block).blocked_id) as b;
end;

comment on function threads.blocks_display_name(threads.blocks) is
'@notNull
The name to show.';

create or replace function threads.blocks_avatar_url(block threads.blocks)
returns setof text
language sql stable rows 1
begin atomic
  select b.avatar_url from private.blocked_user((block).blocked_id) as b;
end;

comment on function threads.blocks_avatar_url(threads.blocks) is
'Where their picture is; null where they gave none.';

grant execute on function
threads.find_blocked_id(text),
threads.block_user(text),
threads.unblock_user(text),
threads.blocks_username(threads.blocks),
threads.blocks_display_name(threads.blocks),
threads.blocks_avatar_url(threads.blocks)
to threads_anonymous, threads_member;

reset role;
