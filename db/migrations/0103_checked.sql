-- gatepost: no transaction
-- squawk-disable-assume-in-transaction
-- squawk-ignore-file prefer-robust-stmts, ban-drop-constraint
-- Validating what is valid does nothing, and a constraint is dropped where it is added again at once.
--
-- Constraints that held for new rows only are checked for the old ones, which keeps nobody from reading or writing.
set role threads_owner;

-- In one statement, so that it can be said again.
alter table threads.threads
drop constraint if exists threads_author_unless_deleted,
add constraint threads_author_unless_deleted check ((author_id is null) = (deleted_at is not null)) not valid;

comment on constraint threads_author_unless_deleted on threads.threads is
'Only what was deleted has no author, and nobody sees any more who wrote it.';

alter table threads.threads validate constraint threads_author_unless_deleted;
alter table threads.threads validate constraint threads_root_id_fkey;
alter table threads.threads validate constraint threads_quoted_id_fkey;
alter table threads.threads validate constraint threads_body_length;
alter table threads.threads validate constraint threads_reply_control_of_first;

alter table threads.users validate constraint users_link_form;
alter table threads.users validate constraint users_avatar_url_form;
alter table threads.users validate constraint users_pinned_thread_id_fkey;
