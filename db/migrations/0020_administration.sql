-- Administration: a schema of its own for what administrators look at in psql. functions/administration.sql fills it.
create schema admin authorization threads_owner;

set role threads_owner;

comment on schema admin is
'For administrators in psql: who is who, what waits for them, and how the database is doing. The API does not show it.';

grant usage on schema admin to threads_admin;

reset role;
