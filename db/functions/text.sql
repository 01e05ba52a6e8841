-- Text: the mentions, hashtags and links in what people write.
set role threads_owner;

create or replace function private.read_text(body text)
returns table (kind threads.text_entity_kind, start integer, length integer, value text)
language plpgsql immutable parallel safe rows 10
set search_path = pg_catalog, pg_temp
as $$
declare
  -- What words and hashtags are made of: all but controls, blanks, punctuation, symbols and emoji. Said by code points,
  -- because Postgres' own classes of characters depend on the locale and leave out vowel signs.
  word constant text := '[^\u0001-\u002f\u003a-\u0040\u005b-\u005e\u0060\u007b-\u00a9\u00ab-\u00b4\u00b6-\u00b9'
    '\u00bb-\u00bf\u00d7\u00f7\u037e\u0387\u055a-\u055f\u0589\u058a\u05be\u05c0\u05c3\u05c6\u05f3\u05f4\u060c\u061b'
    '\u061e\u061f\u066a-\u066d\u06d4\u0964\u0965\u0e3f\u104a-\u104f\u1360-\u1368\u1680\u17d4-\u17db\u1800-\u180a'
    '\u2000-\u200b\u200e-\u2bff\u2e00-\u2e7f\u2ff0-\u3004\u3008-\u3020\u3030\u303d-\u303f\u30a0\u30fb\ue000-\uf8ff'
    '\ufe00-\ufe6f\ufeff\uff00-\uff0f\uff1a-\uff20\uff3b-\uff3e\uff40\uff5b-\uff65\uffe0-\uffff'
    '\U0001f000-\U0001fbff\U000e0000-\U0010ffff]';
  -- What is in no address: blanks, controls, quotation marks, brackets of other scripts; and what may not end one.
  outside constant text := '\u0001-\u0020"<>\u007f-\u00a0\u00ab\u00bb\u2000-\u200f\u2018-\u201f\u2028-\u202f'
    '\u205f-\u206f\u3000-\u3002\u3008-\u3011\ufeff()';
  closing constant text := '.,;:!?''\]}\u2026';
  -- The text falls into these without a rest, and of two that begin at one place the longer counts. A word takes the
  -- "@" and "#" along that follow it, and so there is no mention in an address of e-mail.
  parts constant text :=
    '[Hh][Tt][Tt][Pp][Ss]?://' || word || '(?:'
    || '(?:[^' || outside || ']|\([^' || outside || ']*\))*'
    || '(?:[^' || outside || closing || ']|\([^' || outside || ']*\))'
    || ')?'
    || '|@(?:' || word || '|[.@])+'
    || '|[#\uff03]' || word || '+'
    || '|' || word || '(?:' || word || '|[@#\uff03])*'
    || '|\s+|.';
begin
  return query
  with pieces as (
    select
      p.part[1] as piece,
      (sum(char_length(p.part[1])) over (order by p.place))::integer as ends
      from regexp_matches(read_text.body, parts, 'g') with ordinality as p (part, place)
  ),
  found as (
    select
      case
        when p.piece like '@_%' then 'mention'
        when p.piece ~ '^[#\uff03].' then 'hashtag'
        when p.piece like '%://_%' then 'link'
      end::threads.text_entity_kind as kind,
      p.ends - char_length(p.piece) as start,
      case when p.piece like '@%' then rtrim(p.piece, '.') else p.piece end as piece
      from pieces as p
  ),
  read as (
    select
      f.kind,
      f.start,
      char_length(f.piece) as length,
      case f.kind
        when 'mention' then lower(substr(f.piece, 2))
        when 'hashtag' then lower(normalize(substr(f.piece, 2), nfkc))
        else f.piece
      end as value
      from found as f
     where f.kind is not null
  )
  select
    r.kind,
    r.start,
    r.length,
    r.value
    from read as r
   where case r.kind
           when 'mention' then r.value ~ '^[a-z0-9_.]{3,30}$'
           when 'hashtag' then char_length(r.value) <= 100 and r.value !~ '^[0-9_\u200c\u200d]*$'
           else true
         end
   order by r.start;
end
$$;

comment on function private.read_text(text) is
'What of a text may lead somewhere, in its order: where it starts, counted in characters from 0, how long it is, and the
username, the name of the hashtag, or the address. A username takes no dot from the end of a sentence, and an address no
closing punctuation or bracket that it did not open.';

create or replace function private.index_text()
returns trigger
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  author threads.users;
begin
  select u.* into author
    from threads.users as u
   where u.id = new.author_id;

  if tg_op = 'UPDATE' then
    delete from threads.text_entities as e
     where e.thread_id = new.id;
  end if;

  insert into threads.text_entities (thread_id, start, length, kind, user_id, hashtag, url)
  select
    new.id,
    f.start,
    f.length,
    f.kind,
    f.user_id,
    case f.kind when 'hashtag' then f.value end as hashtag,
    case f.kind when 'link' then f.value end as url
    from (
           select
             r.*,
             (
               select u.id
                 from threads.users as u
                where r.kind = 'mention'
                  and u.username = r.value
                  and (
                        u.id = author.id
                        or u.deactivated_at is null
                        and not exists (
                              select
                                from private.walls as w
                               where w.user_id = author.id
                                 and w.other_id = u.id
                            )
                        and (
                              not author.is_private
                              or exists (
                                   select
                                     from threads.follows as b
                                    where b.follower_id = u.id
                                      and b.followee_id = author.id
                                 )
                            )
                      )
             ) as user_id
             from private.read_text(new.body) as r
         ) as f
   where f.kind <> 'mention'
      or f.user_id is not null;

  -- Who was mentioned before stays so without interruption: nobody hears of it twice.
  if tg_op = 'UPDATE' then
    delete from threads.mentions as m
     where m.thread_id = new.id
       and not exists (
             select
               from threads.text_entities as e
              where e.thread_id = new.id
                and e.user_id = m.user_id
           );

    delete from threads.thread_hashtags as h
     where h.thread_id = new.id
       and not exists (
             select
               from threads.text_entities as e
              where e.thread_id = new.id
                and e.hashtag = h.hashtag
           );
  end if;

  insert into threads.mentions (thread_id, user_id)
  select distinct
    new.id,
    e.user_id
    from threads.text_entities as e
   where e.thread_id = new.id
     and e.user_id is not null
   order by e.user_id
  on conflict on constraint mentions_pkey do nothing;

  -- All in one order, so that two who use the same new hashtags do not wait for each other.
  insert into threads.hashtags (name)
  select distinct e.hashtag
    from threads.text_entities as e
   where e.thread_id = new.id
     and e.hashtag is not null
   order by e.hashtag
  on conflict on constraint hashtags_pkey do nothing;

  insert into threads.thread_hashtags (hashtag, thread_id, created_at)
  select distinct
    e.hashtag,
    new.id,
    new.created_at
    from threads.text_entities as e
   where e.thread_id = new.id
     and e.hashtag is not null
   order by e.hashtag
  on conflict on constraint thread_hashtags_pkey do nothing;

  return null;
end
$$;

comment on function private.index_text() is
'Keeps the mentions, hashtags and links of a text. Only those are mentioned whom its author sees, and who see it.';

create or replace trigger threads_index_text
after insert on threads.threads
for each row when (new.body ~ '[@#\uff03]|://')
execute function private.index_text();

create or replace trigger threads_index_edited_text
after update of body on threads.threads
for each row when (new.body <> old.body)
execute function private.index_text();

comment on trigger threads_index_text on threads.threads is 'What is in a text that is written, however it is written.';
comment on trigger threads_index_edited_text on threads.threads is
'What is in a text that is changed, and no more what was; of a deleted thread nothing.';

reset role;
