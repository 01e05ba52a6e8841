-- Whoever is suspended hears so about what is their own: where it was said about each row that a statement came to,
-- they could learn that there is one that they do not see.
set role threads_owner;

do $$
declare
  own record;
begin
  for own in
    select p.polname as policy_name, c.relname as table_name, o.expression
      from (values
             ('blocks', 'blocker_id is distinct from (select threads.viewer_id())'),
             ('bookmarks', 'user_id is distinct from (select threads.viewer_id())'),
             ('drafts', 'author_id is distinct from (select threads.viewer_id())'),
             ('follow_requests', '(select threads.viewer_id()) <> all (array[requester_id, target_id])'),
             ('follows', '(select threads.viewer_id()) <> all (array[follower_id, followee_id])'),
             ('likes', 'user_id is distinct from (select threads.viewer_id())'),
             (
               'media',
               '(select t.author_id from threads.threads as t where t.id = media.thread_id) '
               'is distinct from (select threads.viewer_id())'
             ),
             ('muted_words', 'user_id is distinct from (select threads.viewer_id())'),
             ('mutes', 'muter_id is distinct from (select threads.viewer_id())'),
             ('notification_preferences', 'user_id is distinct from (select threads.viewer_id())'),
             ('notifications', 'user_id is distinct from (select threads.viewer_id())'),
             ('reposts', 'user_id is distinct from (select threads.viewer_id())'),
             ('threads', 'author_id is distinct from (select threads.viewer_id())'),
             ('users', 'id is distinct from (select threads.viewer_id())')
           ) as o (table_name, expression)
      join pg_catalog.pg_class as c on c.relname = o.table_name and c.relnamespace = 'threads'::regnamespace
      join pg_catalog.pg_policy as p
        on p.polrelid = c.oid
           and p.polname in (o.table_name || '_may_update', o.table_name || '_may_delete')
  loop
    execute format(
      'alter policy %I on threads.%I using (%s or (select private.viewer_may_write()))',
      own.policy_name, own.table_name, own.expression
    );
  end loop;
end
$$;

reset role;
