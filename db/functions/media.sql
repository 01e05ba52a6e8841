-- Media: what there is to look at in a thread.
set role threads_owner;

create or replace function private.tidy_media()
returns trigger
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  -- All that looks like nothing: also no-break, zero-width and ideographic spaces.
  blanks constant text := E' \t\r\n\f\u00a0\u200b\u3000\ufeff';
begin
  new.url      := btrim(new.url, blanks);
  new.alt_text := coalesce(btrim(new.alt_text, blanks), '');
  new.kind     := coalesce(new.kind, 'image');

  if new.position > 10 then
    raise exception 'A thread has at most ten pictures and videos.'
      using constraint = 'too_many_media', column = 'media';
  end if;
  if new.url is null or char_length(new.url) > 2000 or new.url !~ '^https?://[^\s]+$' then
    raise exception 'The address of a picture or video begins with http:// or https:// and has at most 2000 characters.'
      using constraint = 'media_url_invalid', column = 'media';
  end if;
  if char_length(new.alt_text) > 1000 then
    raise exception 'A description has at most 1000 characters; this one has %.', char_length(new.alt_text)
      using constraint = 'alt_text_too_long', column = 'media';
  end if;
  if (new.width is null) <> (new.height is null)
    or new.width not between 1 and 100000
    or new.height not between 1 and 100000
  then
    raise exception 'A size is a width and a height, each of 1 to 100000 pixels.'
      using constraint = 'media_size_invalid', column = 'media';
  end if;

  return new;
end
$$;

comment on function private.tidy_media() is
'Trims what is written into threads.media. Raises too_many_media, media_url_invalid, alt_text_too_long and
media_size_invalid.';

create or replace trigger media_tidy
before insert or update on threads.media
for each row execute function private.tidy_media();

comment on trigger media_tidy on threads.media is 'The same words for a broken rule, whichever way the row is written.';

create or replace function threads.put_media(thread_id bigint, media threads.media_item[])
returns void
language sql volatile
as $$
  insert into threads.media (thread_id, position, url, alt_text, kind, width, height)
  select put_media.thread_id, m.position, m.url, m.alt_text, m.kind, m.width, m.height
    from unnest(put_media.media) with ordinality as m (url, alt_text, kind, width, height, position)
$$;

comment on function threads.put_media(bigint, threads.media_item[]) is
'@omit
Adds media to a thread that has none, in their order. For the functions that write threads.';

grant execute on function
threads.put_media(bigint, threads.media_item[])
to threads_member;

reset role;
