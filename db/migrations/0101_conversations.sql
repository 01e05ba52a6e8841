-- gatepost: no transaction
-- squawk-disable-assume-in-transaction
-- Indexes of what threads and users got, built while both are in use.
set role threads_owner;

create index concurrently if not exists threads_root_id_created_at_idx on threads.threads (root_id, created_at, id)
where root_id is not null;

comment on index threads.threads_root_id_created_at_idx is 'A conversation, oldest or newest first.';

create index concurrently if not exists threads_quoted_id_created_at_idx on threads.threads (quoted_id, created_at, id)
where quoted_id is not null;

comment on index threads.threads_quoted_id_created_at_idx is 'What quotes a thread, newest or oldest first.';

create index concurrently if not exists users_pinned_thread_id_idx on threads.users (pinned_thread_id)
where pinned_thread_id is not null;

comment on index threads.users_pinned_thread_id_idx is 'Whose profile a thread is pinned to.';
