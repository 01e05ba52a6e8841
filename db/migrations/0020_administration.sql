-- Administration: a schema of its own for what administrators look at in psql. functions/administration.sql fills it.
create schema admin authorization threads_owner;

set role threads_owner;

comment on schema admin is
'For administrators in psql: who is who, what waits for them, and how the database is doing. The API does not show it.';

grant usage on schema admin to threads_admin;

-- No foreign key: what was done stays in the log when the people are gone; and no names, which may be theirs no more.
create table private.administration_actions (
  id           bigint      not null generated always as identity,
  action       text        not null,
  user_id      bigint,
  session_role text        not null default session_user,
  created_at   timestamptz not null default now(),

  constraint administration_actions_pkey primary key (id),
  constraint administration_actions_action_given check (action <> '')
);

comment on table private.administration_actions is
'What administrators did by the functions of the schema admin. Nobody changes it: see admin.actions.';
comment on column private.administration_actions.id is 'Identifies the action; later ones have larger ids.';
comment on column private.administration_actions.action is 'The function.';
comment on column private.administration_actions.user_id is 'To whom; null where it was to nobody.';
comment on column private.administration_actions.session_role is 'The role that was logged in to the database.';
comment on column private.administration_actions.created_at is 'When.';
comment on constraint administration_actions_pkey on private.administration_actions is 'Actions are known by their id.';
comment on constraint administration_actions_action_given on private.administration_actions is
'An action without a name would be a mistake of ours.';

-- No policy at all: only their owner's functions and views read it.
alter table private.administration_actions enable row level security;

reset role;
