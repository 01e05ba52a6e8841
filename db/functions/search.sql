-- Search: users, threads and hashtags. What a policy hides is not found, nor does it show in a count, rank or order.
--
-- Under row-level security no index finds words: "@@" and the operators of pg_trgm are not leakproof, so that Postgres
-- applies them after the policy, to every row of the table. So functions of the schema private, which sees all, look
-- words up and return nothing but candidates' ids, by which the rows are read with the rights of whoever asks. Only the
-- functions below can call them ("begin atomic" binds them when it is written): no role of the API may enter the
-- schema.
set role threads_owner;

-- Threads -------------------------------------------------------------------------------------------------------------

create or replace function private.search_step(wanted tsquery, upper bigint, level integer)
returns table (ids bigint[], lower bigint, next_level integer)
language plpgsql stable security definer
set search_path = pg_catalog, pg_temp
set enable_seqscan = off
set plan_cache_mode = force_generic_plan
as $$
declare
  -- The index knows no order of words, and is slow to leave out words that many have: it finds what has the other
  -- words, and of that the texts are read. What only leaves out words, it has to find itself.
  only_out constant boolean := querytree(wanted) = 'T';
  words constant tsquery := case
    when only_out then wanted
    else regexp_replace(querytree(wanted), '<(-|\d+)>', '&', 'g')::tsquery
  end;
  exact constant boolean := words = wanted;
  place tsquery;
  width bigint;
begin
  lower      := coalesce(search_step.upper, (select max(t.id) + 1 from threads.threads as t));
  next_level := search_step.level;

  -- From the newest window to the oldest, until one has something. The next one is up to eight times as large, but no
  -- larger than where some sixty are to be expected: looking up many takes longer than looking twice. Where there is
  -- little in the largest, all that is older is next: there may be much once in a while, and that then takes as long as
  -- it does.
  while lower > 0 and wanted is not null loop
    place := case
      when next_level > 16 then words
      else format('%L', next_level || ' ' || (lower - 1 >> next_level))::tsquery
    end;
    ids := array(
      select t.id
        from threads.threads as t
       -- Two conditions, and the window first: so the index looks at no word before it.
       where private.search_document(t.id, t.author_id, t.body) @@ place
         and private.search_document(t.id, t.author_id, t.body) @@ case when only_out then words && place else words end
         and (
               exact
               or to_tsvector('private.words', t.body) || array_to_tsvector(array['from ' || t.author_id]) @@ wanted
             )
         and t.hidden_at is null
         and t.deleted_at is null
         -- Plus nothing, or Postgres would read all of them from the index of ids as well.
         and t.id + 0 < lower
       order by t.id desc
    );
    width := lower;
    lower := case
      when next_level > 16 then 0
      else lower - 1 >> next_level << next_level
    end;
    width := width - lower;

    next_level := next_level + 3;
    while next_level > 10 and cardinality(ids)::bigint << next_level > 60 * width loop
      next_level := next_level - 3;
    end loop;

    exit when ids <> '{}';
  end loop;

  return next;
end
$$;

comment on function private.search_step(tsquery, bigint, integer) is
'The ids, newest first, of the threads below `upper` (null: of all) that have the words, in the newest window of 2 to
the `level` ids or more that has any, or of all that are left; where that window begins; and how large the next one should be.';

create or replace function private.words_of(query text)
returns tsquery
language sql immutable parallel safe
return websearch_to_tsquery(
  'private.words'::regconfig, regexp_replace(left(query, 200), '(^|\s)from:@?[\w.]+(?!\S)', ' ', 'g')
);

comment on function private.words_of(text) is
'The words that a search in the web-search syntax looks for, without its from:name.';

create or replace function threads.matching_threads(
  query text, author_id bigint, hashtags text[], muted_ids bigint[], muted_words text, page_size integer,
  before_id bigint
)
returns setof threads.threads
language sql stable
begin atomic
  with recursive asked (wanted) as materialized (
    select case
        when ($2) is not null then w.words && format('%L', 'from ' || ($2))::tsquery
        when numnode(w.words) > 0 then w.words
      end
      from (select private.words_of(($1)) as words) as w
  ),

  -- Postgres takes a step only when the page is not full yet.
  step (ids, lower, level, seen) as (
    select
      s.ids,
      s.lower,
      s.next_level,
      cardinality(s.ids)
      from asked as a
     cross join lateral private.search_step(a.wanted, ($7), 10) as s
     union all
    select
      s.ids,
      s.lower,
      s.next_level,
      p.seen + cardinality(s.ids)
      from step as p
     cross join asked as a
     cross join lateral private.search_step(a.wanted, p.lower, p.level) as s
     where p.lower > 0
       and p.seen < 10000
  )

  select t.*
    from step as s
   cross join lateral unnest(s.ids) as i (id)
   cross join lateral (
           select h.*
             from threads.threads as h
            where h.id = i.id
              -- In selects, as what is given here is calls: so each is made once, and not for each row.
              and h.author_id <> all ((select ($4))::bigint[])
              and (h.body ~ (select ($5))) is not true
              and not exists (
                    select
                      from unnest((select ($3))) as n (name)
                     where not exists (
                             select
                               from threads.thread_hashtags as g
                              where g.hashtag = n.name
                                and g.thread_id = h.id
                           )
                  )
            order by h.id
           offset 0
         ) as t
   fetch first (least(($6), 2000)) rows only;
end;

comment on function threads.matching_threads(text, bigint, text[], bigint[], text, integer, bigint) is
'@omit
The newest threads, below an id if there is one, that a search finds: by an author if one is given, with all of the
hashtags, none of those and of what is muted. Newest first, 2,000 at most, among the
10,000 newest that the index finds and a few more.';

create or replace function threads.best_matching_threads(
  query text, author_id bigint, hashtags text[], muted_ids bigint[], muted_words text
)
returns setof threads.threads
language sql stable
begin atomic
  -- Where words stand takes long to find out, and most threads are as good as others by that.
  with found as (
    select m.*
      from threads.matching_threads(($1), ($2), ($3), ($4), ($5), 300, null) as m
  ),

  noticed as (
    select
      f.*,
      (1 + ln(1 + f.like_count + 2 * f.reply_count + 3 * (f.repost_count + f.quote_count)))
      / sqrt(1 + extract(epoch from now() - f.created_at) / 604800) as notice
      from found as f
     order by notice desc, f.id desc
     limit 100
  )

  select t.*
    from noticed as n
   inner join threads.threads as t on n.id = t.id
   order by
     n.notice
     * (0.1 + ts_rank_cd(
                private.search_document(n.id, 0, n.body), private.words_of(($1))
              )) desc,
     n.id desc;
end;

comment on function threads.best_matching_threads(text, bigint, text[], bigint[], text) is
'@omit
The hundred best of the 300 newest threads that a search finds, best first.';

create or replace function threads.searched_author(query text)
returns bigint
language plpgsql stable
as $$
declare
  name      constant text := lower(substring(query from '(?:^|\s)from:@?([\w.]+)(?!\S)'));
  author_id bigint;
begin
  if name is null then
    return null;
  end if;

  -- What a private account wrote is not even looked for: how long that takes could tell.
  select u.id into author_id
    from threads.users as u
   where u.username = name
     and (
           not u.is_private
           or u.id = (select threads.viewer_id())
           or exists (
                select
                  from threads.follows as f
                 where f.follower_id = (select threads.viewer_id())
                   and f.followee_id = u.id
              )
         );

  return coalesce(author_id, 0);
end
$$;

comment on function threads.searched_author(text) is
'@omit
The id of the user whom the from:name of a search names; null without one, and 0 where the viewer sees nothing of theirs.';

create or replace function threads.searched_hashtags(query text)
returns text[]
language sql immutable parallel safe
as $$
  select case
    when query ~* '\mor\M' then '{}'
    else array(
      select lower(normalize(m.groups[1], nfkc))
        from regexp_matches(query, '(?:^|\s)#(\w+)', 'g') as m (groups)
       where m.groups[1] !~ '^\d+$' -- which is no hashtag, but a number
    )
  end
$$;

comment on function threads.searched_hashtags(text) is
'@omit
The hashtags that a search asks for; with an "or" in it they are words like others.';

create or replace function threads.search_threads(
  query text, page_size integer default null, before_id bigint default null
)
returns setof threads.threads
language plpgsql stable
set plan_cache_mode = force_generic_plan -- To plan it takes longer than to run it.
set client_min_messages = warning -- Postgres would tell of each search that has no words.
as $$
begin
  if char_length(query) > 200 then
    raise exception 'A search has at most 200 characters; this one has %.', char_length(query)
      using constraint = 'search_too_long', column = 'query';
  end if;

  return query
  select m.*
    from threads.matching_threads(
           search_threads.query,
           threads.searched_author(search_threads.query),
           threads.searched_hashtags(search_threads.query),
           threads.viewer_muted(),
           threads.muted_pattern(),
           search_threads.page_size,
           search_threads.before_id
         ) as m;
end
$$;

comment on function threads.search_threads(text, integer, bigint) is
'@orderBy id desc
@page page_size id=before_id
@param query What to look for, at most 200 characters: sourdough "rye bread" -wheat or spelt from:ada #baking.
Threads and replies with these words, newest first: words in any form ("bakes" finds "baking"), "phrases", -without,
this or that, from:username and #hashtag. What you mute is left out. At most the
newest 2,000 are counted, or looked through by a filter.
Errors: SEARCH_TOO_LONG.';

create or replace function threads.search_top_threads(query text)
returns setof threads.threads
language plpgsql stable
set plan_cache_mode = force_generic_plan -- To plan it takes longer than to run it.
set client_min_messages = warning -- Postgres would tell of each search that has no words.
as $$
begin
  if char_length(query) > 200 then
    raise exception 'A search has at most 200 characters; this one has %.', char_length(query)
      using constraint = 'search_too_long', column = 'query';
  end if;

  return query
  select m.*
    from threads.best_matching_threads(
           search_top_threads.query,
           threads.searched_author(search_top_threads.query),
           threads.searched_hashtags(search_top_threads.query),
           threads.viewer_muted(),
           threads.muted_pattern()
         ) as m;
end
$$;

comment on function threads.search_top_threads(text) is
'@param query What to look for, as in searchThreads.
Of the newest 300 threads that searchThreads finds the best 100, best first: by where the words stand, by what people did
with them, and by age. Errors: SEARCH_TOO_LONG.';

create or replace function threads.threads_highlights(thread threads.threads, query text)
returns threads.text_part[]
language sql stable parallel safe
begin atomic
  select array(
    select row(string_agg(part.token, '' order by part.place), bool_or(part.is_match))::threads.text_part
      from (
             select
               token.*,
               count(*) filter (where token.begins) over (order by token.place) as number
               from (
                      select
                        word.*,
                        word.is_match <> lag(word.is_match, 1, not word.is_match) over (order by word.place) as begins
                        from (
                               select
                                 found.place,
                                 found.groups[1] as token,
                                 coalesce(
                                   case
                                     when found.groups[1] ~ '^[[:ascii:]]+$'
                                       then ts_lexize('private.stems'::regdictionary, found.groups[1])
                                     else array[lower(found.groups[1])]
                                   end && asked.words,
                                   false
                                 ) as is_match
                                 from regexp_matches(($1).body, '[[:alnum:]]+|[^[:alnum:]]+', 'g')
                                      with ordinality as found (groups, place)
                                cross join (
                                        select array(
                                          select lexeme.groups[1]
                                            from regexp_matches(
                                                   querytree(private.words_of(($2))), '''([^'']+)''', 'g'
                                                 ) as lexeme (groups)
                                        ) as words
                                      ) as asked
                             ) as word
                    ) as token
           ) as part
     group by part.number
     order by part.number
  );
end;

comment on function threads.threads_highlights(threads.threads, text) is
'@notNull
@param query What was searched for, as in searchThreads.
The body in parts, of which those that were searched for are marked. Put together they are the body, letter by letter.';

-- Users ---------------------------------------------------------------------------------------------------------------

create or replace function private.similar_users(query text)
returns table (user_id bigint, score real)
language plpgsql stable security definer rows 50
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan
as $$
begin
  -- A parameter of the extension, which is there from when the extension is first used. It asks for every other group of
  -- three letters to be alike, which finds "grase" for "grace".
  perform extensions.show_limit();
  perform set_config('pg_trgm.word_similarity_threshold', '0.5', true);

  -- Whom the viewer may not see is left out here, too, or they would take the places of others. Of names that thousands
  -- have, as "user", only some are compared.
  return query
  with alike as materialized (
    select
      u.id,
      lower(u.username || ' ' || u.display_name) as names
      from threads.users as u
     where similar_users.query operator(extensions.<%) lower(u.username || ' ' || u.display_name)
       and u.deactivated_at is null
       and u.id <> all (array(
         select w.other_id
           from private.walls as w
          where w.user_id = (select threads.viewer_id())
       ))
     fetch first 200 rows only
  )

  select
    a.id,
    extensions.word_similarity(similar_users.query, a.names) as closeness
    from alike as a
   order by closeness desc, extensions.similarity(similar_users.query, a.names) desc, a.id
   limit 50;
end
$$;

comment on function private.similar_users(text) is
'The ids of the fifty users whose names are most like the query, best first, also with letters missing or exchanged.';

create or replace function threads.search_users(query text)
returns setof threads.users
language sql stable
begin atomic
  with asked as materialized (
    select lower(ltrim(btrim(left(($1), 50)), '@')) as name
  ),

  prefixed as materialized (
    select
      p.id,
      case when p.username = a.name then 0 else 1 end as place,
      0::real as score
      from asked as a
     cross join lateral (
             select
               u.id,
               u.username
               from threads.users as u
              -- What begins so stands between it and it with the last of all characters: an index finds that.
              where u.username collate "C" >= a.name
                and u.username collate "C" < a.name || chr(1114111)
              order by u.username collate "C"
              limit 50
           ) as p
     where a.name <> ''
  ),

  -- What is like it is looked for where little begins with it.
  found (id, place, score) as (
    select
      p.id,
      p.place,
      p.score
      from prefixed as p
     union all
    select
      s.user_id,
      2 as place,
      s.score
      from asked as a
     cross join lateral private.similar_users(a.name) as s
     where char_length(a.name) >= 3
       and (select count(*) from prefixed) < 20
  ),

  best as (
    select
      f.id,
      min(f.place) as place,
      max(f.score) as score
      from found as f
     group by f.id
  )

  select u.*
    from best as b
   inner join threads.users as u on b.id = u.id
   order by b.place, b.score desc, u.username
   limit 100;
end;

comment on function threads.search_users(text) is
'@param query How a username begins, with or without "@", or a name, also with letters missing or exchanged.
Users by name, at most 100: whose username it is, then whose username begins so, then, where these are few, those with
names most like it.';

-- Hashtags ------------------------------------------------------------------------------------------------------------

create or replace function threads.search_hashtags(query text)
returns setof threads.hashtags
language sql stable
begin atomic
  select h.*
    from threads.hashtags as h
   where h.name collate "C" >= (select lower(normalize(ltrim(btrim(left(($1), 101)), '#'), nfkc)))
     and h.name collate "C" < (select lower(normalize(ltrim(btrim(left(($1), 101)), '#'), nfkc)) || chr(1114111))
     and ltrim(btrim(($1)), '#') <> '';
end;

comment on function threads.search_hashtags(text) is
'@orderBy name
@param query How it begins, with or without "#".
Hashtags that begin so, in the order of the alphabet: those in threads that you see.';

create or replace function private.public_uses(hashtag text)
returns integer
language sql stable security definer
set search_path = pg_catalog, pg_temp
begin atomic
  select count(*)::integer
    from (
           select
             from threads.thread_hashtags as g
            inner join threads.threads as t on g.thread_id = t.id
            inner join threads.users as u on t.author_id = u.id
            where g.hashtag = ($1)
              and t.hidden_at is null
              and t.deleted_at is null
              and u.deactivated_at is null
              and not u.is_private
              and u.id <> all (array(
                    select w.other_id
                      from private.walls as w
                     where w.user_id = (select threads.viewer_id())
                  ))
            order by g.thread_id desc
            limit 1000
         ) as used;
end;

comment on function private.public_uses(text) is
'How many threads of public accounts have a hashtag, but for those that a block hides; 1,000 where it is more.';

create or replace function threads.hashtags_thread_count(hashtag threads.hashtags)
returns integer
language sql stable
begin atomic
  select private.public_uses(h.name)
    from threads.hashtags as h
   where h.name = ($1).name;
end;

comment on function threads.hashtags_thread_count(threads.hashtags) is
'@notNull
How many threads of public accounts have it; 1,000 where it is more.';

grant execute on function
private.search_step(tsquery, bigint, integer),
private.words_of(text),
private.search_document(bigint, bigint, text),
private.similar_users(text),
private.public_uses(text),
threads.matching_threads(text, bigint, text[], bigint[], text, integer, bigint),
threads.best_matching_threads(text, bigint, text[], bigint[], text),
threads.searched_author(text),
threads.searched_hashtags(text),
threads.search_threads(text, integer, bigint),
threads.search_top_threads(text),
threads.threads_highlights(threads.threads, text),
threads.search_users(text),
threads.search_hashtags(text),
threads.hashtags_thread_count(threads.hashtags)
to threads_anonymous, threads_member;

reset role;
