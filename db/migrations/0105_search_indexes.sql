-- gatepost: no transaction
-- squawk-disable-assume-in-transaction
-- The indexes of search, built while the tables are in use.
set role threads_owner;

-- What is hidden or deleted is not in it. Without the list of what is to be added later, which every search would have
-- to read through.
create index concurrently if not exists threads_search_idx on threads.threads
using gin (private.search_document(id, author_id, body)) with (fastupdate = off)
where hidden_at is null and deleted_at is null;

comment on index threads.threads_search_idx is 'Threads by their words, author and age.';

create index concurrently if not exists users_search_idx on threads.users
using gin (lower(username || ' ' || display_name) extensions.gin_trgm_ops) with (fastupdate = off)
where deactivated_at is null;

comment on index threads.users_search_idx is 'Users by three letters in a row of their names.';

create index concurrently if not exists users_username_prefix_idx on threads.users (username collate "C");

comment on index threads.users_username_prefix_idx is 'Users by how their name begins, whatever the collation is.';

create index concurrently if not exists hashtags_name_prefix_idx on threads.hashtags (name collate "C");

comment on index threads.hashtags_name_prefix_idx is 'Hashtags by how they begin, whatever the collation is.';
