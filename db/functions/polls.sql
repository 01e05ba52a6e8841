-- Polls: writing one with a thread, voting once, and who may know how it stands.
set role threads_owner;

create or replace function private.tidy_poll()
returns trigger
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
begin
  -- All that looks like nothing: also no-break, zero-width and ideographic spaces.
  new.options := array(
    select btrim(o.label, E' \t\r\n\f\u00a0\u200b\u3000\ufeff')
      from unnest(new.options) with ordinality as o (label, number)
     order by o.number
  );

  if cardinality(new.options) not between 2 and 4 then
    raise exception 'A poll has 2 to 4 options; this one has %.', cardinality(new.options)
      using constraint = 'poll_options_invalid', column = 'poll';
  end if;
  if exists (select from unnest(new.options) as o (label) where coalesce(o.label, '') = '') then
    raise exception 'An option of a poll has at least one character.'
      using constraint = 'poll_options_invalid', column = 'poll';
  end if;
  if exists (select from unnest(new.options) as o (label) where char_length(o.label) > 40) then
    raise exception 'An option of a poll has at most 40 characters.'
      using constraint = 'poll_options_invalid', column = 'poll';
  end if;
  if cardinality(new.options) <> (select count(distinct o.label) from unnest(new.options) as o (label)) then
    raise exception 'No two options of a poll are alike.'
      using constraint = 'poll_options_invalid', column = 'poll';
  end if;

  return new;
end
$$;

comment on function private.tidy_poll() is
'Trims the options of a poll before it is written, and counts their characters then. Raises poll_options_invalid.';

create or replace trigger polls_tidy
before insert on threads.polls
for each row execute function private.tidy_poll();

comment on trigger polls_tidy on threads.polls is
'The same words for a broken rule, whichever way the row is written.';

create or replace function threads.add_poll(thread_id bigint, poll threads.new_poll)
returns void
language plpgsql volatile
as $$
begin
  if poll.minutes is null or poll.minutes not between 5 and 10080 then
    raise exception 'A poll lasts from 5 minutes to 7 days, which are 10080 minutes.'
      using constraint = 'poll_end_invalid', column = 'poll';
  end if;

  insert into threads.polls (thread_id, ends_at, options)
  values (add_poll.thread_id, now() + make_interval(mins => poll.minutes), poll.options);
end
$$;

comment on function threads.add_poll(bigint, threads.new_poll) is
'@omit
Puts a poll into a thread of the same transaction, for the functions that write threads. Raises poll_options_invalid and
poll_end_invalid.';

create or replace function private.count_vote()
returns trigger
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  -- A row for each sixteenth of the voters: those of another one are not waited for.
  if tg_op = 'INSERT' then
    insert into private.poll_counts as c (thread_id, option, slot, votes)
    values (new.thread_id, new.option, new.user_id & 15, 1)
    on conflict on constraint poll_counts_pkey do update
       set votes = c.votes + 1;
  else
    update private.poll_counts as c
       set votes = c.votes - 1
     where c.thread_id = old.thread_id
       and c.option = old.option
       and c.slot = old.user_id & 15;
  end if;

  return null;
end
$$;

comment on function private.count_vote() is 'Counts a vote, and counts it back when its user goes.';

create or replace trigger poll_votes_count
after insert or delete on threads.poll_votes
for each row execute function private.count_vote();

comment on trigger poll_votes_count on threads.poll_votes is 'Keeps private.poll_counts.';

create or replace function private.drop_saved()
returns trigger
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  delete from threads.polls as p
   where p.thread_id = new.id;
  delete from threads.bookmarks as b
   where b.thread_id = new.id;

  return null;
end
$$;

comment on function private.drop_saved() is
'A deleted thread that keeps its place for its replies loses its poll and its bookmarks all the same.';

create or replace trigger threads_drop_saved
after update of deleted_at on threads.threads
for each row when (old.deleted_at is null and new.deleted_at is not null)
execute function private.drop_saved();

comment on trigger threads_drop_saved on threads.threads is 'What is deleted has no poll and no bookmarks.';

create or replace function threads.vote_in_poll(thread_id bigint, option integer)
returns threads.polls
language plpgsql volatile
as $$
declare
  viewer_id constant bigint := threads.require_viewer_id();
  poll      threads.polls;
begin
  select p.* into poll
    from threads.polls as p
   where p.thread_id = vote_in_poll.thread_id;

  if not found then
    raise exception 'There is no such poll.'
      using constraint = 'poll_not_found', column = 'thread_id';
  end if;
  if poll.ends_at <= clock_timestamp() then
    raise exception 'This poll has ended.'
      using constraint = 'poll_ended', column = 'thread_id';
  end if;
  if vote_in_poll.option is null or vote_in_poll.option not between 1 and cardinality(poll.options) then
    raise exception 'This poll has the options 1 to %.', cardinality(poll.options)
      using constraint = 'poll_option_not_found', column = 'option';
  end if;

  insert into threads.poll_votes (thread_id, user_id, option)
  values (poll.thread_id, viewer_id, vote_in_poll.option)
  on conflict on constraint poll_votes_pkey do nothing;

  -- The same vote again is no error, so that a client may send it again.
  if not found and not exists (
    select
      from threads.poll_votes as v
     where v.thread_id = vote_in_poll.thread_id
       and v.user_id = viewer_id
       and v.option = vote_in_poll.option
  ) then
    raise exception 'You voted in this poll already, and votes cannot be changed.'
      using constraint = 'already_voted', column = 'thread_id';
  end if;

  return poll;
end
$$;

comment on function threads.vote_in_poll(bigint, integer) is
'@notNull
@param thread_id The thread with the poll.
@param option The number of what you choose.
Votes in a poll, once and for all; nobody but you sees for what. The same vote again changes nothing and is no error.
Errors: NOT_LOGGED_IN, POLL_NOT_FOUND, POLL_ENDED, POLL_OPTION_NOT_FOUND and ALREADY_VOTED.';

-- Whatever row of polls is passed, what counts is the one that is kept, if who asks sees it; and nobody can name the
-- function that tells: the schema private is open to none of the API's roles.
create or replace function private.poll_results(thread_id bigint)
returns integer[]
language plpgsql stable security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  results integer[];
begin
  select
    array(
      select coalesce(sum(c.votes), 0)::integer
        from generate_series(1, cardinality(p.options)) as n (option)
        left join private.poll_counts as c on p.thread_id = c.thread_id and c.option = n.option
       group by n.option
       order by n.option
    ) into results
    from threads.polls as p
    join threads.threads as t on t.id = p.thread_id
   where p.thread_id = poll_results.thread_id
     and (
           p.ends_at <= now()
           or t.author_id = (select threads.viewer_id())
           or exists (
                select
                  from threads.poll_votes as v
                 where v.thread_id = p.thread_id
                   and v.user_id = (select threads.viewer_id())
              )
         );

  return results;
end
$$;

comment on function private.poll_results(bigint) is
'How many votes each option of a poll has; null to those who may not know yet. That they see the thread is for the
functions to say that call this.';

-- "begin atomic", so that callers, who may not enter the schema private, need not find the function by name.

create or replace function threads.polls_options(poll threads.polls)
returns threads.poll_option[]
language sql stable
begin atomic
  select array(
    select row(o.number, o.label, r.votes[o.number], coalesce(o.number = v.option, false))::threads.poll_option
      from threads.polls as p
     cross join lateral unnest(p.options) with ordinality as o (label, number)
     cross join (select private.poll_results(($1).thread_id) as votes) as r
      left join threads.poll_votes as v on p.thread_id = v.thread_id and v.user_id = (select threads.viewer_id())
     where p.thread_id = ($1).thread_id
     order by o.number
  );
end;

comment on function threads.polls_options(threads.polls) is
'@notNull
What one can choose, in the order of its author.';

create or replace function threads.polls_vote_count(poll threads.polls)
returns integer
language sql stable
begin atomic
  select (
    select sum(n.votes)::integer
      from unnest(private.poll_results(p.thread_id)) as n (votes)
  )
    from threads.polls as p
   where p.thread_id = ($1).thread_id;
end;

comment on function threads.polls_vote_count(threads.polls) is
'How many voted; null until you may know: when you voted, wrote the poll, or it has ended.';

create or replace function threads.polls_viewer_vote(poll threads.polls)
returns setof integer
language sql stable rows 1
as $$
  select v.option
    from threads.poll_votes as v
   where v.thread_id = poll.thread_id
     and v.user_id = (select threads.viewer_id())
$$;

comment on function threads.polls_viewer_vote(threads.polls) is
'The number of the option that you chose; null where you did not vote.';

create or replace function threads.polls_has_ended(poll threads.polls)
returns setof boolean
language sql stable parallel safe rows 1
as $$
  select poll.ends_at <= now()
$$;

comment on function threads.polls_has_ended(threads.polls) is
'@notNull
Whether one can vote no longer.';

grant execute on function
private.poll_results(bigint),
threads.add_poll(bigint, threads.new_poll),
threads.vote_in_poll(bigint, integer),
threads.polls_options(threads.polls),
threads.polls_vote_count(threads.polls),
threads.polls_viewer_vote(threads.polls),
threads.polls_has_ended(threads.polls)
to threads_anonymous, threads_member;

reset role;
