-- Whoever deactivated or deleted their account is a stranger also to what was theirs, as long as their tokens may last.
-- These stand on top of the policies that let people read their own; what writing needs is in 0010_safety.sql. Where
-- all see most rows, only those of one's own put the question, and it is put once a statement.
set role threads_owner;

do $$
declare
  own record;
begin
  for own in
    select *
      from (values
             ('accounts', array['user_id']),
             ('blocks', array['blocker_id']),
             ('bookmarks', array['user_id']),
             ('drafts', array['author_id']),
             ('follow_requests', array['requester_id', 'target_id']),
             ('follows', array['follower_id', 'followee_id']),
             ('likes', array['user_id']),
             ('muted_words', array['user_id']),
             ('mutes', array['muter_id']),
             ('notification_actors', array['user_id']),
             ('notification_preferences', array['user_id']),
             ('notifications', array['user_id']),
             ('poll_votes', array['user_id']),
             ('reports', array['reporter_id']),
             ('reposts', array['user_id']),
             ('sessions', array['user_id']),
             ('suspensions', array['user_id']),
             ('threads', array['author_id'])
           ) as o (table_name, column_names)
  loop
    execute format(
      'create policy %I on threads.%I as restrictive for select to threads_member '
      'using (%s or (select private.viewer_is_active()))',
      own.table_name || '_active_only',
      own.table_name,
      (
        select string_agg(format('%I is distinct from (select threads.viewer_id())', c.name), ' and ')
          from unnest(own.column_names) as c (name)
      )
    );
    execute format(
      'comment on policy %I on threads.%I is %L',
      own.table_name || '_active_only',
      own.table_name,
      'Nothing of one''s own is read by somebody whose account is deactivated or deleted.'
    );
  end loop;
end
$$;

create or replace function private.viewer_is_moderator()
returns boolean
language plpgsql stable parallel safe security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  return exists (
    select
      from private.moderators as m
      join threads.users as u on u.id = m.user_id
     where m.user_id = (select threads.viewer_id())
       and u.deactivated_at is null
  );
end
$$;

reset role;
