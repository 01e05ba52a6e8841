-- Roles belong to the whole server, and mending changes them: this makes them what they were.
do $$
declare
  name text;
begin
  foreach name in array string_to_array('patient,nurse,chief,porter,landlord,visitor', ',') loop
    if not exists (select from pg_roles where rolname = 'ward_' || name) then
      execute format('create role %I nologin', 'ward_' || name);
    end if;
  end loop;
end
$$;
-- The API's roles: a patient is as it should be, the others are not.
alter role ward_nurse bypassrls createdb;
grant pg_read_server_files to ward_nurse;
alter role ward_chief set statement_timeout = 0;
-- What the gateway logs in as.
alter role ward_porter login inherit createrole;
revoke ward_patient, ward_nurse, ward_chief, ward_landlord, pg_signal_backend, ward_visitor from ward_porter;
grant ward_patient, ward_nurse, ward_chief, ward_landlord, pg_signal_backend, ward_visitor to ward_porter;
