-- Profiles: what users tell about themselves.
set role threads_owner;

drop function if exists threads.update_profile(text, text);

create or replace function private.is_web_address(address text)
returns boolean
language sql immutable parallel safe
set search_path = pg_catalog, pg_temp
as $$
  -- No user before the host, as it would pass for the host, and none of what a URI has only escaped (RFC 3986).
  select is_web_address.address ~ '^https?://[^/?#@:[:space:]]+\.[^/?#@:.[:space:]]{2,}(:[0-9]{1,5})?([/?#]|$)'
     and is_web_address.address !~ '["<>\\^`{|}[:space:][:cntrl:]\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]'
$$;

comment on function private.is_web_address(text) is
'Whether it is an address with http:// or https:// and a host that has a dot in it, without a user and a password.';

create or replace function private.tidy_web_address(address text)
returns text
language sql immutable parallel safe
set search_path = pg_catalog, pg_temp
as $$
  select case
           when tidy_web_address.address ~* '^https?:'
           then lower(split_part(tidy_web_address.address, ':', 1))
                || substr(tidy_web_address.address, strpos(tidy_web_address.address, ':'))
           else nullif(tidy_web_address.address, '')
         end
$$;

comment on function private.tidy_web_address(text) is
'The address with its scheme in lower case, as telephones begin a line with a capital; null where it is empty.';

create or replace function private.tidy_user()
returns trigger
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  -- All that looks like nothing: also no-break, zero-width and ideographic spaces.
  blanks constant text := E' \t\r\n\f\u00a0\u200b\u3000\ufeff';
  -- What would turn the text around it: control characters, and those that change the direction of writing.
  unruly constant text := '[[:cntrl:]\u202a-\u202e\u2066-\u2069]+';
begin
  new.username     := lower(btrim(new.username, blanks));
  new.display_name := btrim(regexp_replace(new.display_name, unruly, ' ', 'g'), blanks);
  new.display_name := coalesce(nullif(new.display_name, ''), new.username);
  if tg_op = 'UPDATE' and new.display_name = old.display_name and old.display_name = old.username then
    new.display_name := new.username;
  end if;
  new.bio          := coalesce(btrim(new.bio, blanks), '');
  new.link         := private.tidy_web_address(btrim(new.link, blanks));
  new.avatar_url   := private.tidy_web_address(btrim(new.avatar_url, blanks));

  if new.username is null or new.username !~ '^[a-z0-9_.]{3,30}$' then
    raise exception 'A username has 3 to 30 characters: the letters a to z, digits, "_" and ".".'
      using constraint = 'username_invalid', column = 'username';
  end if;
  -- Some have one from before that was a rule.
  if (tg_op = 'INSERT' or new.username <> old.username) and new.username ~ '^\.|\.$|\.\.' then
    raise exception 'A username does not begin or end with a dot, nor has two in a row.'
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
  if char_length(new.link) > 200 or not private.is_web_address(new.link) then
    raise exception 'A link is a web address, such as https://example.com, of at most 200 characters.'
      using constraint = 'link_invalid', column = 'link';
  end if;
  if char_length(new.avatar_url) > 500 or not private.is_web_address(new.avatar_url) then
    raise exception 'The picture is given by its web address, with https://, of at most 500 characters.'
      using constraint = 'avatar_url_invalid', column = 'avatar_url';
  end if;

  return new;
end
$$;

comment on function private.tidy_user() is
'Trims and lower-cases what is written into threads.users. Raises username_invalid, display_name_too_long, bio_too_long,
link_invalid and avatar_url_invalid.';

create or replace trigger users_tidy
before insert or update of username, display_name, bio, link, avatar_url on threads.users
for each row execute function private.tidy_user();

comment on trigger users_tidy on threads.users is 'The same words for a broken rule, whichever way the row is written.';

create or replace function threads.update_profile(
  display_name text default null,
  bio text default null,
  link text default null,
  avatar_url text default null,
  is_private boolean default null
)
returns threads.users
language plpgsql volatile
as $$
declare
  viewer_id constant bigint := threads.require_viewer_id();
  profile   threads.users;
begin
  update threads.users as u
     set display_name = coalesce(update_profile.display_name, u.display_name),
         bio          = coalesce(update_profile.bio, u.bio),
         link         = coalesce(update_profile.link, u.link),
         avatar_url   = coalesce(update_profile.avatar_url, u.avatar_url),
         is_private   = coalesce(update_profile.is_private, u.is_private)
   where u.id = viewer_id
  returning u.* into profile;

  return profile;
end
$$;

comment on function threads.update_profile(text, text, text, text, boolean) is
'@notNull
@param display_name The name to show: at most 50 characters.
@param bio What to say about yourself: at most 160 characters.
@param link A web address of yours: at most 200 characters, with http:// or https://.
@param avatar_url Where your picture is: at most 500 characters, with http:// or https://.
@param is_private Whether only followers, whom you approve, see what you write.
Changes your profile. What is left out (or null) stays as it is; an empty text clears it, and an empty display name shows
the username again. Who becomes private keeps their followers; who becomes public accepts the open follow requests.
Errors: NOT_LOGGED_IN, DISPLAY_NAME_TOO_LONG, BIO_TOO_LONG, LINK_INVALID, AVATAR_URL_INVALID and SUSPENDED.';

grant execute on function
threads.update_profile(text, text, text, text, boolean)
to threads_anonymous, threads_member;

reset role;
