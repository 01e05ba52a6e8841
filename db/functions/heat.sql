-- What came of a thread: its heat and rank, and whether it shows something; feed.sql reads them.
set role threads_owner;

-- Doublings, and not the numbers themselves: a thread whose likes are counted moves in its indexes only so often. In
-- binary digits: the logarithm of a numeric takes twenty times as long.
create or replace function private.heat_of(
  like_count integer, reply_count integer, repost_count integer, quote_count integer
)
returns smallint
language sql immutable parallel safe
return length(ltrim((1 + like_count + 2 * reply_count + 3 * (repost_count + quote_count))::bit(32)::text, '0')) - 1;

comment on function private.heat_of(integer, integer, integer, integer) is
'How often what came of a thread has doubled: a like counts once, a reply twice, a repost and a quote three times.';

create or replace function private.rank_thread()
returns trigger
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  new.heat      := private.heat_of(new.like_count, new.reply_count, new.repost_count, new.quote_count);
  new.ranked_at := new.created_at + interval '6 hours' * new.heat;

  return new;
end
$$;

comment on function private.rank_thread() is 'Ranks a thread by its age and by what came of it.';

create or replace trigger threads_rank
before insert or update of like_count, reply_count, repost_count, quote_count on threads.threads
for each row execute function private.rank_thread();

comment on trigger threads_rank on threads.threads is 'Keeps threads.heat and threads.ranked_at.';

create or replace function private.note_media()
returns trigger
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  if tg_op = 'INSERT' then
    update threads.threads as t
       set has_media = true
     where t.id = new.thread_id
       and not t.has_media;
  else
    update threads.threads as t
       set has_media = false
     where t.id = old.thread_id
       and t.has_media
       and not exists (
         select
           from threads.media as m
          where m.thread_id = old.thread_id
       );
  end if;

  return null;
end
$$;

comment on function private.note_media() is 'Notes whether a thread has something to look at.';

create or replace trigger media_note
after insert or delete on threads.media
for each row execute function private.note_media();

comment on trigger media_note on threads.media is 'Keeps threads.has_media.';

reset role;
