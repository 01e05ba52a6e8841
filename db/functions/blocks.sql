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

reset role;
