-- Search: how texts are cut into words, and the words by which a thread is found. Their indexes are built by
-- 0105_search_indexes.sql, while the tables are in use.

-- A schema that nobody else can put anything into, and that no search path has. Whoever may create schemas may create
-- this extension, too: Postgres trusts it.
create schema if not exists extensions authorization threads_owner;
comment on schema extensions is 'What extensions of Postgres bring; only functions of threads_owner use it.';
create extension if not exists pg_trgm with schema extensions;

set role threads_owner;

-- English without its stop words: a phrase as "to be or not to be" can be found, and the search for a common word is no
-- search for nothing. Words in other letters than a to z are taken as they are, in lower case. In a block, as a linter
-- of SQL may not know these statements.
do $$
begin
  create text search dictionary private.stems (template = pg_catalog.snowball, language = english);
  create text search configuration private.words (copy = pg_catalog.simple);
  alter text search configuration private.words
    alter mapping for asciiword, hword_asciipart, asciihword with private.stems;

  comment on text search dictionary private.stems is 'English words without their endings; none is left out.';
  comment on text search configuration private.words is
  'How threads are searched: "baking" finds "bakes", and no word is too common to be looked for.';
end
$$;

create function private.search_document(thread_id bigint, author_id bigint, body text)
returns tsvector
language sql immutable parallel safe
return pg_catalog.to_tsvector('private.words'::regconfig, body)
|| pg_catalog.array_to_tsvector(array[
     'from ' || author_id::text,
     '10 ' || (thread_id >> 10)::text,
     '13 ' || (thread_id >> 13)::text,
     '16 ' || (thread_id >> 16)::text
   ]);

comment on function private.search_document(bigint, bigint, text) is
'What a thread is found by: its words, and, as words with a blank in them, which no text has: who wrote it, and in which
window of 2 to the 10, 13 and 16 ids it is. So the index finds the newest threads with a word without a look at all
others that have it.';

create type threads.text_part as (
  text     text,
  is_match boolean
);

comment on type threads.text_part is 'A part of a text: something that was searched for, or what stands between.';
comment on column threads.text_part.text is
'The part as it stands in the text. Plain text: show it as such, and never as HTML.';
comment on column threads.text_part.is_match is 'Whether it was searched for.';

reset role;
