-- Administration: what people do in psql. No API role may call these.
set role threads_owner;

create or replace function threads.act_as(username text default null)
returns text
language plpgsql volatile
as $$
declare
  person threads.users;
begin
  if act_as.username is null then
    perform set_config('request.jwt.claims', '{"role": "threads_anonymous"}', true);
    perform set_config('role', 'threads_anonymous', true);
    return 'nobody (threads_anonymous)';
  end if;

  select u.* into person
    from threads.users as u
   where u.username = lower(btrim(act_as.username));

  if not found then
    raise exception 'There is no user "%".', act_as.username
      using constraint = 'user_not_found', column = 'username';
  end if;

  -- Alone in its transaction it would be over as soon as it is done.
  if statement_timestamp() = transaction_timestamp() then
    raise notice 'This lasts to the end of the transaction: type begin first.';
  end if;

  perform set_config(
    'request.jwt.claims',
    json_build_object('sub', person.id::text, 'role', 'threads_member')::text,
    true
  );
  -- In a function with a SET clause, or a security definer, this would not outlast the call.
  perform set_config('role', 'threads_member', true);

  return format('%s (threads_member, id %s)', person.username, person.id);
end
$$;

comment on function threads.act_as(text) is
'@omit
For administrators: from here to the end of the transaction, this session sees and may do what the named user sees and
may do through the API; without a name, what a caller who is not logged in does. Raises user_not_found.';

grant execute on function
threads.act_as(text)
to threads_admin;

reset role;
