-- Words that somebody does not want to read: muting and unmuting them, and the pattern that feeds leave out.
set role threads_owner;

create or replace function threads.tidy_word(word text)
returns text
language sql immutable parallel safe strict
set search_path = pg_catalog, pg_temp
as $$
  select lower(btrim(regexp_replace(tidy_word.word, '[\s\u00a0\u200b\u3000\ufeff]+', ' ', 'g')))
$$;

comment on function threads.tidy_word(text) is
'@omit
A word or phrase as it is kept: in lower case, with single blanks between words.';

create or replace function private.tidy_muted_word()
returns trigger
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  most constant integer := 100;
begin
  new.word := threads.tidy_word(new.word);

  if coalesce(new.word, '') in ('', '#', '@') then
    raise exception 'Write a word, a phrase or a hashtag.'
      using constraint = 'word_empty', column = 'word';
  end if;
  if char_length(new.word) > 50 then
    raise exception 'A muted word or phrase has at most 50 characters; this one has %.', char_length(new.word)
      using constraint = 'word_too_long', column = 'word';
  end if;

  -- Who mutes words in two places at once is counted one after the other.
  perform pg_advisory_xact_lock(hashtextextended('muted words', new.user_id));
  if (select count(*) from threads.muted_words as w where w.user_id = new.user_id and w.word <> new.word) >= most then
    raise exception 'You can mute % words. Unmute one first.', most
      using constraint = 'too_many_words', column = 'word';
  end if;

  return new;
end
$$;

comment on function private.tidy_muted_word() is
'Writes words in one way, and bounds how many somebody may have. Raises word_empty, word_too_long and too_many_words.';

create or replace trigger muted_words_tidy
before insert on threads.muted_words
for each row execute function private.tidy_muted_word();

comment on trigger muted_words_tidy on threads.muted_words is
'The same words for a broken rule, whichever way the row is written.';

create or replace function private.muted_pattern_of(user_id bigint)
returns text
language sql stable parallel safe security definer
set search_path = pg_catalog, pg_temp
as $$
  -- All that means something in a pattern is escaped, and nothing repeats but blanks: Postgres walks a text once.
  select '(?i)(?<![\w@])(?:'
         || string_agg(
              replace(regexp_replace(w.word, '([][\\.^$*+?(){}|])', '\\\1', 'g'), ' ', '\s+'), '|'
              order by w.word
            )
         || ')(?!\w)'
    from threads.muted_words as w
   where w.user_id = muted_pattern_of.user_id
$$;

comment on function private.muted_pattern_of(bigint) is
'A regular expression that finds any of the words that a user has muted, in any case and as whole words; null where
there are none. "cats" also finds "#cats", and "#cats" only that.';

create or replace function private.muted_pattern()
returns text
language sql stable parallel safe security definer
set search_path = pg_catalog, pg_temp
as $$
  select private.muted_pattern_of(threads.viewer_id())
$$;

comment on function private.muted_pattern() is 'The pattern of the words that who asks has muted: no one else''s.';

create or replace function threads.muted_pattern()
returns text
language sql stable parallel safe
return private.muted_pattern();

comment on function threads.muted_pattern() is
'@omit
What private.muted_pattern() returns, for functions that run with the caller''s rights. Once a statement:
where (t.body ~ (select threads.muted_pattern())) is not true.';

create or replace function threads.mute_word(word text)
returns threads.users
language plpgsql volatile
as $$
declare
  viewer_id constant bigint := threads.require_viewer_id();
begin
  insert into threads.muted_words (user_id, word)
  values (viewer_id, mute_word.word)
  on conflict on constraint muted_words_pkey do nothing;

  return (select u from threads.users as u where u.id = viewer_id);
end
$$;

comment on function threads.mute_word(text) is
'@notNull
@param word A word, a phrase, or a hashtag with its #; its case does not matter.
Keeps what contains a word out of your feeds and notifications, and returns you. Words are found as a whole: "cat" is
not in "catch". A word also stands for the hashtag of that name. Muting it twice changes nothing. Errors:
NOT_LOGGED_IN, WORD_EMPTY, WORD_TOO_LONG (over 50 characters), TOO_MANY_WORDS (over 100) and SUSPENDED.';

create or replace function threads.unmute_word(word text)
returns threads.users
language plpgsql volatile
as $$
declare
  viewer_id constant bigint := threads.require_viewer_id();
begin
  delete from threads.muted_words as w
   where w.user_id = viewer_id
     and w.word = threads.tidy_word(unmute_word.word);

  return (select u from threads.users as u where u.id = viewer_id);
end
$$;

comment on function threads.unmute_word(text) is
'@notNull
@param word One of your muted words, in any case.
Takes a muted word back, and returns you. Where you have not muted it, that changes nothing and is no error.
Errors: NOT_LOGGED_IN and SUSPENDED.';

grant execute on function
private.muted_pattern(),
threads.tidy_word(text),
threads.muted_pattern(),
threads.mute_word(text),
threads.unmute_word(text)
to threads_anonymous, threads_member;

reset role;
