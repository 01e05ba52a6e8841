-- How often a member may write: turns that come back with time, as private.limits says for each action.
--
-- Counted is what somebody does in their own name, where the claims say who asks: through the API, or in psql after
-- threads.act_as. Scripts, the owner and administrators in their own name are not counted. What is rolled back was not
-- done, and does not count; what is deleted again does.
set role threads_owner;

create or replace function private.take_limited_turn()
returns trigger
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  bounds  private.limits;
  seconds integer;
begin
  select l.* into bounds
    from private.limits as l
   where l.action = tg_argv[0];

  if not found then
    return new;
  end if;

  seconds := ceil(private.take_turn(
    bounds.action || ' by member', sha256(int8send(threads.viewer_id())), bounds.turns, bounds.refill
  ));

  if seconds > 0 then
    raise exception 'This is too often. Try again in % second%.', seconds, case when seconds > 1 then 's' else '' end
      using constraint = 'rate_limited', detail = json_build_object('retryAfter', seconds);
  end if;

  return new;
end
$$;

comment on function private.take_limited_turn() is
'Takes one of the turns that who asks has at the action named in the trigger: see private.limits. A turn is the
person''s own: nobody waits for another, and who writes in several sessions at once does so one after the other. Raises
rate_limited, whose detail says in how many seconds to try again (retryAfter).';

-- Their names come first in the alphabet of each table's triggers: nothing is locked for what is too often.
create or replace trigger threads_at_most
before insert on threads.threads
for each row when (new.author_id = threads.viewer_id())
execute function private.take_limited_turn('thread');

create or replace trigger threads_edit_at_most
before update of body on threads.threads
for each row when (new.author_id = threads.viewer_id())
execute function private.take_limited_turn('edit');

create or replace trigger likes_at_most
before insert on threads.likes
for each row when (new.user_id = threads.viewer_id())
execute function private.take_limited_turn('like');

create or replace trigger reposts_at_most
before insert on threads.reposts
for each row when (new.user_id = threads.viewer_id())
execute function private.take_limited_turn('repost');

create or replace trigger follows_at_most
before insert on threads.follows
for each row when (new.follower_id = threads.viewer_id())
execute function private.take_limited_turn('follow');

create or replace trigger follow_requests_at_most
before insert on threads.follow_requests
for each row when (new.requester_id = threads.viewer_id())
execute function private.take_limited_turn('follow');

create or replace trigger reports_at_most
before insert on threads.reports
for each row when (new.reporter_id = threads.viewer_id())
execute function private.take_limited_turn('report');

create or replace trigger poll_votes_at_most
before insert on threads.poll_votes
for each row when (new.user_id = threads.viewer_id())
execute function private.take_limited_turn('vote');

comment on trigger threads_at_most on threads.threads is 'Threads, quotes and replies: so many a minute.';
comment on trigger threads_edit_at_most on threads.threads is 'Edits: so many a minute.';
comment on trigger likes_at_most on threads.likes is 'Likes: so many a minute, those taken back included.';
comment on trigger reposts_at_most on threads.reposts is 'Reposts: so many a minute, those taken back included.';
comment on trigger follows_at_most on threads.follows is 'Follows: so many a minute, those taken back included.';
comment on trigger follow_requests_at_most on threads.follow_requests is 'Follows, also those that are asked for.';
comment on trigger poll_votes_at_most on threads.poll_votes is 'Votes: so many a minute.';
comment on trigger reports_at_most on threads.reports is 'Reports: so many a minute.';

reset role;
