-- gatepost: no transaction
-- squawk-disable-assume-in-transaction
-- squawk-ignore-file prefer-robust-stmts
-- What is set again is as it was.
--
-- Indexes of feeds and profiles.
-- gatepost: was de73d07e7d5bb06887ffb6c1d82805bbd25cc11e269ce2ee11c347b7249137f5
set role threads_owner;

create index concurrently if not exists threads_started_by_idx on threads.threads (
  author_id, created_at desc, id desc
)
where parent_id is null;

comment on index threads.threads_started_by_idx is 'What somebody started, the latest first: home feeds and profiles.';

create index concurrently if not exists threads_replied_by_idx on threads.threads (
  author_id, created_at desc, id desc
)
where parent_id is not null;

comment on index threads.threads_replied_by_idx is 'What somebody replied, the latest first: profiles.';

create index concurrently if not exists threads_media_by_idx on threads.threads (
  author_id, created_at desc, id desc
)
where has_media;

comment on index threads.threads_media_by_idx is
'Where somebody shows something to look at, the latest first: profiles.';

create index concurrently if not exists reposts_thread_id_created_at_idx on threads.reposts (
  thread_id, created_at, user_id
);

comment on index threads.reposts_thread_id_created_at_idx is 'Who reposted a thread before others did: home feeds.';

-- Most people wrote little and some a lot. The planner is told of these, so that it reads a page from an index in its
-- order, where it would read all that somebody wrote and sort it for an average person.
alter table threads.threads
alter column author_id set (n_distinct = -0.002),
alter column parent_id set (n_distinct = -0.002),
alter column root_id set (n_distinct = -0.002),
alter column quoted_id set (n_distinct = -0.002);

alter table threads.reposts
alter column user_id set (n_distinct = -0.002);

create index concurrently if not exists threads_ranked_at_idx on threads.threads (ranked_at desc, id desc)
where parent_id is null;

comment on index threads.threads_ranked_at_idx is 'What starts a conversation, by its rank: for you.';

create index concurrently if not exists threads_heat_idx on threads.threads (heat, created_at desc, id desc)
where parent_id is null
and heat > 0;

comment on index threads.threads_heat_idx is 'What much came of, the latest first for each step: what is trending.';
