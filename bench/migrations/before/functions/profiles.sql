-- Profiles: what users tell about themselves.
set role threads_owner;

create or replace function private.tidy_user()
returns trigger
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  -- All that looks like nothing: also no-break, zero-width and ideographic spaces.
  blanks constant text := E' \t\r\n\f\u00a0\u200b\u3000\ufeff';
begin
  new.username     := lower(btrim(new.username, blanks));
  new.display_name := coalesce(nullif(btrim(new.display_name, blanks), ''), new.username);
  new.bio          := coalesce(btrim(new.bio, blanks), '');

  if new.username is null or new.username !~ '^[a-z0-9_.]{3,30}$' then
    raise exception 'A username has 3 to 30 characters: the letters a to z, digits, "_" and ".".'
      using constraint = 'username_invalid', column = 'username';
  end if;
  if char_length(new.display_name) > 50 then
    raise exception 'A display name has at most 50 characters; this one has %.', char_length(new.display_name)
      using constraint = 'display_name_too_long', column = 'display_name';
  end if;
  if char_length(new.bio) > 160 then
    raise exception 'A bio has at most 160 characters; this one has %.', char_length(new.bio)
      using constraint = 'bio_too_long', column = 'bio';
  end if;

  return new;
end
$$;

comment on function private.tidy_user() is
'Trims and lower-cases what is written into threads.users. Raises username_invalid, display_name_too_long and
bio_too_long.';

create or replace trigger users_tidy
before insert or update of username, display_name, bio on threads.users
for each row execute function private.tidy_user();

comment on trigger users_tidy on threads.users is 'The same words for a broken rule, whichever way the row is written.';

create or replace function threads.update_profile(display_name text default null, bio text default null)
returns threads.users
language plpgsql volatile
as $$
declare
  viewer_id constant bigint := threads.require_viewer_id();
  profile   threads.users;
begin
  update threads.users as u
     set display_name = coalesce(update_profile.display_name, u.display_name),
         bio          = coalesce(update_profile.bio, u.bio)
   where u.id = viewer_id
  returning u.* into profile;

  return profile;
end
$$;

comment on function threads.update_profile(text, text) is
'@notNull
@param display_name The name to show.
@param bio What to say about yourself.
Changes your profile. What is left out (or null) stays as it is; an empty bio clears it, an empty display name shows
the username again. Errors: NOT_LOGGED_IN, DISPLAY_NAME_TOO_LONG (over 50 characters) and BIO_TOO_LONG (over 160).';

grant execute on function
threads.update_profile(text, text)
to threads_anonymous, threads_member;

reset role;
