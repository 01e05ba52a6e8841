-- A small town to look at: 200 people, 5,000 threads and replies, and a year of what they did. Loaded once, into an
-- empty database, after schema.sql, functions/ and migrations/.
--
-- The same on every run: what looks like chance is drawn from digests. Its year ends when it is loaded, so that there
-- are trends and open polls, or at a time that is given before: set seed.now = '2026-01-01 12:00+00'.
--
-- It is written set by set, with our triggers off (foreign keys stay), and what they would have given is written here:
-- counts, mentions, hashtags, ranks, notifications. tests/threads/test_seed.py has the functions do it again.
--
-- Nobody can log in yet: passwords are hashed in Python. Give everybody the same one, as the superuser, with
--   insert into private.credentials (user_id, password_hash) select id, $1 from threads.users on conflict do nothing;
set role threads_owner;
-- A day has 24 hours here, wherever this runs; and no statement is worth compiling.
set timezone = 'UTC';
set jit = off;

-- When the town is looked at. A setting that was never made is null.
create function pg_temp.present()
returns timestamptz
language sql stable
as $$
  select coalesce(nullif(current_setting('seed.now', true), '')::timestamptz, date_trunc('minute', now()))
$$;

-- From 0 to less than 1: the same for the same name and number, on every machine and version.
create function pg_temp.chance(name text, number bigint)
returns double precision
language sql immutable
as $$
  select ('x' || substr(md5(name || number), 1, 12))::bit(48)::bigint / 281474976710656.0::double precision
$$;

create function pg_temp.pick(name text, number bigint, size integer)
returns integer
language sql immutable
as $$
  select 1 + floor(pg_temp.chance(name, number) * size)::integer
$$;

create function pg_temp.lines(words text)
returns text[]
language sql immutable
as $$
  select string_to_array(btrim(words, E'\n'), E'\n')
$$;

-- People --------------------------------------------------------------------------------------------------------------

create temporary table town_people as
with known (id, username, display_name, bio) as (
  values
  (1, 'ada', 'Ada Lovelace', 'Notes on the Analytical Engine. Poetical science.'),
  (2, 'grace', 'Grace Hopper', 'Found a moth. It is easier to ask forgiveness than permission.'),
  (3, 'linus', 'Linus T.', 'Talk is cheap.'),
  (4, 'alan', 'Alan Turing', 'Runner. Can machines think? Can I?'),
  (5, 'katherine', 'Katherine Johnson', 'I counted everything.'),
  (6, 'edsger', 'Edsger D.', 'Simplicity is a great virtue. Fountain pens.'),
  (7, 'barbara', 'Barbara Liskov', 'Abstraction, and gardening where possible.'),
  (8, 'dennis', 'dmr', ''),
  (9, 'margaret', 'Margaret Hamilton', 'Priority displays save lives.'),
  (10, 'donald', 'Don Knuth', 'Volume 4 is coming along. Organ music.'),
  (11, 'radia', 'Radia Perlman', 'I think that I shall never see a graph more lovely than a tree.'),
  (12, 'tim', 'Tim B.-L.', 'This is for everyone.'),
  (13, 'frances', 'Fran Allen', 'Compilers, mountains.'),
  (14, 'edgar', 'Ted Codd', 'Normal forms and normal weather.'),
  (15, 'shafi', 'Shafi', 'Zero knowledge, some opinions.'),
  (16, 'guido', 'Guido', 'Readability counts.'),
  (17, 'hedy', 'Hedy Lamarr', 'Frequency hopping between film sets.'),
  (18, 'claude', 'C. Shannon', 'Juggling bits, and pins.'),
  (19, 'annie', 'Annie Easley', 'Rockets by day, ski slopes by weekend.'),
  (20, 'brian', 'bwk', 'Hello, world'),
  (21, 'sofia', 'Sofía Marín', 'Birds of the Tagus estuary. Mostly waders.'),
  (22, 'jonas', 'Jonas Weber', 'Bakes bread, breaks builds.'),
  (23, 'mei.lin', 'Mei-Lin 美琳', 'Film cameras, slow trains.'),
  (24, 'tariq', 'Tariq', 'Postgres by trade, chess by night.'),
  (25, 'olu', 'Olu Adeyemi', 'Nurse. Night shifts and strong tea.'),
  (26, 'priya_s', 'Priya S.', 'Maps! Ask me about contour lines.'),
  (27, 'henrik', 'Henrik', 'Wooden boats.'),
  (28, 'zofia', 'Zofia Nowak', 'Teaches physics to people who did not ask for it. Moderates here, gently.'),
  (29, 'marcus', 'Marcus', 'Community gardener, plot 14.'),
  (30, 'yuki', 'Yuki 🚲', 'I true wheels for a living.'),
  (31, 'lena.k', 'Lena K.', 'Second violin, first coffee.'),
  (32, 'diego', 'Diego Ruiz', 'Cooks for forty on Thursdays.'),
  (33, 'amara', 'Amara', 'Front-end. Accessibility is not a feature.'),
  (34, 'sven_o', 'Sven', 'Lighthouse photographs.'),
  (35, 'nadia', 'Nadia Haddad', 'Translates novels, slowly.'),
  (36, 'tomas', 'Tomás', 'Goalkeeper in the worst team of the league.'),
  (37, 'ines', 'Inês', 'For friends. Ask, and say where we met.'),
  (38, 'kofi', 'Kofi Mensah', 'Radio repair. 73!'),
  (39, 'rosa', 'Rosa', 'Here for the dogs.'),
  (40, 'quiet_one', 'quiet_one', 'Reads everything, writes nothing.'),
  (199, 'prize.office', 'Prize Office', 'You may already have won. https://example.com/prize')
),

names (first, last, bios) as (
  select
    string_to_array(
      'Agnes Bilal Carmen Dario Elif Femi Greta Hassan Ingrid Jamal Keiko Lorenzo Maribel Niko Oksana Pedro Quinn '
      'Ravi Selma Thabo Ulla Viktor Wanda Xiomara Yusuf Zara Anselm Bente Chidi Delphine Emeka Fatou Goran Hana Igor '
      'Jelena Kwame Leïla Mateo Nkechi Orla Paolo Renske Santiago Tove Umar Valentina Wim Yara Zeynep Aroha Bashir '
      'Clara Dmitri Esther Fiona Gustav Hye-Jin Ilse Joost Kiran Ludmila Moana Noor Osman Petra Rafael Saoirse Tuan '
      'Uche Vesna Willem Ximena Yannick Zdenka Amparo Bruno Cosima Dilnoza Eero',
      ' '
    ),
    string_to_array(
      'Abebe Baker Castro Dahl Eriksen Fischer Garcia Haas Ivanova Jansen Kaya Lund Mbeki Novák Okafor Petrov Quispe '
      'Rossi Silva Tanaka Ueda Vega Walsh Xu Yilmaz Zhou Almeida Bauer Costa Diallo Egan Ferrari Gomez Hughes Ito '
      'Jovanović Kim Laurent Meyer Nguyen Oduya',
      ' '
    ),
    pg_temp.lines($t$
Three cats, one harbour view.
Retired from the railways. Still counting trains.
Bookbinder. Yes, it is a job.
I teach eleven-year-olds fractions, and they teach me patience.
Wrong about most things, on time for all of them.
Beekeeper, allergic.
Cello, cycling, and complaining about the wind.
Bus driver, line 9. Say hello.
Half of a small bakery.
Data, but the kind with tides in it.
Learning Welsh for no reason.
Paediatric nurse. Opinions from before coffee do not count.
Drawings of houses that are not there any more.
Somebody has to like February.
Father of twins, sleeper of none.
Carpenter. Measures twice, cuts three times.
Librarian. I will find it.
Long walks, short sentences.
Maps of places that flooded.
Mostly soup.
Ex-lawyer, happier potter.
I repair accordions.
Grew up on a ferry.
Night owl in a town of larks.
Chess club treasurer. The treasure is four euros.
Writes letters by hand, and code by accident.
Veterinary student. Send pictures of your animals.
Amateur astronomer in a cloudy place.
Runs slowly, on purpose.
Choir, alto, back row.
I know a good place for dumplings.
Union electrician. Label your fuses.
Photographs of doors.
On the allotment since 1998.
Reading my way round the world, currently stuck in Peru.
Swims in the sea all year. It is fine.
Translator of manuals that nobody reads.
Two left feet, folk dance on Wednesdays.
Grandmother of six. I have seen your kind of argument before.
The quiet one in the meeting.
Weather station in the garden, excuses in the drawer.
Makes cheese, badly, with enthusiasm.
I used to be taller.
Tram conductor turned statistician.
Crossword setter. Cluedo champion 2019.
Opinions my own, dog shared.
Mends bicycles for children on Saturdays.
Plays the organ in an empty church.
Knitting under the table at conferences since 2007.
Firefighter, volunteer. Check your smoke alarm.
$t$)
)

select
  k.id,
  k.username,
  k.display_name,
  k.bio
  from known as k
 union all
select
  i,
  translate(
    case i % 4
      when 0 then lower(n.first[1 + (i - 41) % 80] || '.' || n.last[1 + (i - 41) * 7 % 41])
      when 1 then lower(n.first[1 + (i - 41) % 80] || '_' || left(n.last[1 + (i - 41) * 7 % 41], 3))
      when 2 then lower(left(n.first[1 + (i - 41) % 80], 1) || '.' || n.last[1 + (i - 41) * 7 % 41]) || i % 100
      else lower(n.first[1 + (i - 41) % 80] || i)
    end,
    'áïć-', 'aic'
  ) as username,
  case when i % 3 = 0 then n.first[1 + (i - 41) % 80]
    else n.first[1 + (i - 41) % 80] || ' ' || n.last[1 + (i - 41) * 7 % 41]
  end as display_name,
  case when i % 11 = 0 then '' else n.bios[1 + i * 3 % 50] end as bio
  from names as n
 cross join generate_series(41, 200) as i
 where i <> 199;

insert into threads.users (
  id, username, display_name, bio, link, avatar_url, is_private, deactivated_at, created_at
)
overriding system value
select
  p.id,
  p.username,
  p.display_name,
  p.bio,
  case when p.id % 9 = 2 then 'https://example.org/~' || p.username end as link,
  case when p.id % 3 > 0 then 'https://media.example/people/' || p.username || '.jpg' end as avatar_url,
  p.id in (37, 77, 118, 163) as is_private,
  case p.id when 198 then pg_temp.present() - interval '9 days' end as deactivated_at,
  -- The town begins a week before its first thread; somebody moves in each day or so.
  pg_temp.present() - interval '372 days' + p.id * interval '26 hours' as created_at
  from town_people as p
 order by p.id;

-- Our triggers are off from here on.
do $$
declare
  named text;
begin
  foreach named in array array[
    'blocks', 'mutes', 'follows', 'follow_requests', 'threads', 'media', 'thread_edits', 'polls', 'poll_votes', 'likes',
    'reposts', 'bookmarks', 'mentions', 'users'
  ]
  loop
    execute format('alter table threads.%I disable trigger user', named);
  end loop;
end
$$;

-- Follows -------------------------------------------------------------------------------------------------------------

-- The earlier somebody came, the better known: squaring a number below 1 favours the small ones.
insert into threads.follows (follower_id, followee_id, created_at)
select
  f.follower_id,
  f.followee_id,
  f.since + (pg_temp.present() - interval '1 hour' - f.since)
  * power(pg_temp.chance('followed', f.follower_id * 1000 + f.followee_id), 1.5) as created_at
  from (
         select distinct
           u.id as follower_id,
           friend.id as followee_id,
           greatest(u.created_at, friend.created_at) as since
           from threads.users as u
          cross join lateral generate_series(
                  1,
                  case u.id when 1 then 70 when 40 then 60 when 199 then 90
                    else 4 + (50 * power(pg_temp.chance('friends', u.id), 2))::integer
                  end
                ) as n
          inner join threads.users as friend
             on friend.id = 1 + floor(power(pg_temp.chance('friend', u.id * 1000 + n), 1.8) * 200)::bigint
          where friend.id <> u.id
            and friend.id <> 199
       ) as f
 order by created_at, f.follower_id, f.followee_id;

-- Who asks to follow private accounts.
insert into threads.follow_requests (requester_id, target_id, created_at)
select
  u.id as requester_id,
  p.id as target_id,
  pg_temp.present() - interval '20 days' * pg_temp.chance('asked', u.id * 1000 + p.id) - interval '2 hours'
    as created_at
  from threads.users as p
 inner join threads.users as u on p.id <> u.id and pg_temp.chance('asks', u.id * 1000 + p.id) < 0.03
 where p.is_private
   and u.id not in (198, 199)
   and not exists (
         select
           from threads.follows as f
          where f.follower_id = u.id
            and f.followee_id = p.id
       )
 order by created_at;

-- Blocks end follows between the two; who is muted does not learn of it.
insert into threads.blocks (blocker_id, blocked_id, created_at)
select
  b.blocker_id,
  b.blocked_id,
  pg_temp.present() - b.days_ago * interval '1 day' as created_at
  from (
         values (1, 199, 12), (25, 199, 11), (27, 34, 40), (60, 61, 25), (112, 20, 7)
       ) as b (blocker_id, blocked_id, days_ago);

insert into private.walls (user_id, other_id)
select
  b.blocker_id,
  b.blocked_id
  from threads.blocks as b
 union all
select
  b.blocked_id,
  b.blocker_id
  from threads.blocks as b;

delete from threads.follows as f
 using private.walls as w
 where w.user_id = f.follower_id
   and w.other_id = f.followee_id;

delete from threads.follow_requests as r
 using private.walls as w
 where w.user_id = r.requester_id
   and w.other_id = r.target_id;

insert into threads.mutes (muter_id, muted_id, created_at)
select
  m.muter_id,
  m.muted_id,
  pg_temp.present() - m.days_ago * interval '1 day' as created_at
  from (
         values (1, 20, 30), (1, 77, 5), (2, 3, 90), (9, 36, 60), (16, 3, 45), (24, 32, 14), (33, 199, 16), (50, 51, 8)
       ) as m (muter_id, muted_id, days_ago);

insert into threads.muted_words (user_id, word, created_at)
values
(1, 'spoilers', pg_temp.present() - interval '50 days'),
(2, '#chess', pg_temp.present() - interval '20 days'),
(35, 'you may already have won', pg_temp.present() - interval '10 days');

insert into threads.notification_preferences (user_id, likes, reposts, follows)
values
(3, 'nobody', 'nobody', 'nobody'),
(10, 'followed', 'followed', 'everyone'),
(47, 'followed', 'everyone', 'nobody');

-- What people write ---------------------------------------------------------------------------------------------------

-- A subject, its hashtag, and where more is to be read.
create temporary table town_subjects as
select
  row_number() over ()::integer as id,
  split_part(s.line, ' | ', 1) as subject,
  split_part(s.line, ' | ', 2) as hashtag
  from unnest(pg_temp.lines($t$
row-level security | postgres
sourdough | bread
the night train to Lisbon | trains
film cameras | film
chess endgames | chess
tomato seedlings | allotment
bicycle wheels | bikes
tide tables | sea
shortwave radio | radio
the second violin part of anything | strings
contour lines | maps
keyset pagination | postgres
wooden boats | boats
night shifts | nursing
fountain pens | ink
bees | beekeeping
choir practice | choir
the number 9 bus | publictransport
dumplings | cooking
tax returns | adulting
old ferry timetables | trains
accordion reeds | accordion
winter swimming | sea
moths | nature
compilers | compilers
crosswords | crosswords
fractions | teaching
goalkeeping | football
smoke alarms | psa
library fines | library
letterpress | print
Welsh verbs | languages
compost | allotment
indexes that nobody uses | postgres
tea, properly made | tea
lighthouses | sea
waders in the mud at low tide | birds
swifts | birds
puncture repair | bikes
darning | mending
rye bread | bread
the church organ | organ
sundials | time
time zones | time
leap seconds | time
regular expressions | code
code review | code
naming things | code
screen readers | a11y
colour contrast | a11y
jam | cooking
pickling | cooking
soup for forty | cooking
the allotment committee | allotment
folk dance | dance
telescopes | astronomy
clouds | weather
rain gauges | weather
bookbinding | books
translated novels | books
secondhand bookshops | books
dogs at work | dogs
cats and keyboards | cats
small museums | museums
$t$)) as s (line);

create temporary table town_words as
select
  pg_temp.lines($t$
Three weeks into %s, and I finally see what the fuss is about.
What do you wish somebody had told you before you got into %s?
Unpopular opinion: there is no such thing as too much talk about %s.
Spent the whole of Sunday on %s. No regrets, some blisters.
Gave a short talk on %s at the library. Eleven people came and one of them was not related to me.
Looking for a good book on %s. Not the famous one, I have read that.
My grandmother knew more about %s than the internet does.
If you only ever try one new thing this year, make it %s.
Today's small victory concerns %s and I will not be taking questions. All right, a few questions.
Ten years of %s, and I am still wrong about it every week.
I was told there would be less %s in my life by now.
A stranger on the tram explained %s to me, better than any course I paid for.
Confession: I have been pretending to understand %s since 2016.
Somebody at work called %s "a solved problem". I had to go for a walk.
The trick with %s, it turns out, is to stop before you are tired.
Made a list of everything I know about %s. It fits on a postcard.
Reminder that %s was harder for everybody who came before us.
Help me settle something at dinner: %s, yes or no?
I have a drawer for %s now. There is no way back.
Nobody warns you about %s in November.
Half of %s is waiting. The other half is noticing that you have waited too long.
My neighbour and I do not share a language, but we share %s.
What I like about %s: you cannot hurry it and you cannot fake it.
Day one of taking %s seriously. See you on day three.
Wrote down how my father did %s, before I forget his hands.
Saw a child of six explain %s to another child of six. Flawless.
I am not saying %s saved my week. I am saying it was a near thing.
There are two kinds of people, and the difference is %s.
Honest question about %s: when did it get so expensive?
Everything I own smells of %s, apparently.
The best hour of my day went to %s, and the worst one as well.
Started a club for %s. We have had one meeting and two treasurers.
It is three in the morning and I have thoughts about %s.
Found my old notes on %s. I was so sure of everything.
You do not need new equipment for %s. You need a free afternoon.
I keep meaning to write something long about %s. This is not it.
Overheard on the ferry: "She left him over %s." Understandable.
The second edition of the guide to %s is out and my correction is on page 40!
Can confirm that %s is not a substitute for sleep.
Small rant about %s, then I will go to bed. Actually, I will just go to bed.
Teaching a friend about %s and learning what I never understood.
Every time I think I am done with %s, it rains for a week.
Please tell me about the first time you failed at %s. I will start: yesterday.
This town has exactly four people who care about %s and we finally met.
I would like to thank %s for ruining all other hobbies for me.
Spring is here, which means %s, which means I am late for everything.
Somebody should make a museum of %s. I would volunteer on Thursdays.
Lost an argument about %s to my own sister, in front of witnesses.
Is it just me, or has %s become much nicer since people stopped being clever about it?
After all these years I still get nervous before %s.
The committee has voted. There will be more %s, not less.
A good day: bread, a letter, and an hour of %s.
If %s were an exam, I would ask for the resit.
Two things I did not expect this year: the flood, and liking %s.
We drove four hours for %s. We would do it again tomorrow.
I can recommend %s to anybody who thinks they are patient.
My phone thinks that I am interested in %s. My phone is right, and I hate that.
The man in the hardware shop asked "for %s?" and we talked until they closed.
Would anybody like to come along on Saturday? It is about %s, and there is cake.
Note to self about %s: go slower, write it down, go slower still.
$t$) as phrases,
  pg_temp.lines($t$
Tell me who you are: what matters most in %s?
A vote, because the group chat is useless: %s at the summer fair?
Settle this for us. %s:
How often do you think about %s?
The committee wants numbers on %s. So:
$t$) as questions,
  pg_temp.lines($t$
Patience|Good tools|Somebody to laugh with
Yes|No|Only with cake
Overrated|Underrated|Exactly right
Daily|Weekly|In the bath|Never until now
More of it|Less of it
$t$) as options,
  pg_temp.lines($t$
This. Exactly this.
I had never thought of it that way.
Hard disagree, but I enjoyed reading it.
Do you have a picture?
Same here, since about March.
Can you say more about the second part?
Saving this for the weekend.
My colleagues are tired of hearing me say the same.
It depends. It always depends.
Have you tried it with less of everything?
Welcome! There are dozens of us.
Counterpoint: naps.
I read this on the train and missed my stop.
You were right, I was wrong, thank you.
How long did it take you?
Wrote it down. Will report back.
That made my evening.
Please never delete this.
Only on Tuesdays.
There is an index for that.
I know somebody who would love this. Sending it on.
Ha!
❤️
I have the same one, inherited from my aunt.
Strongly agree with the part about blisters.
Is it still like that in winter?
We should meet and do this together.
Source: I was there.
My dog has opinions on this, none of them printable.
Thank you for saying it out loud.
Asking for a friend: is it too late to start at fifty?
It is not too late. I started at sixty-one.
I tried and set off the smoke alarm.
The trick is to not look at it while you do it.
Who told you about my drawer?
Bring a coat, it is colder than you think.
I would read the long version.
Been there. It gets better, then worse, then better.
My mother said the same thing, in another language, with a wooden spoon.
No notes.
One note: the third step is wrong.
I laughed, then I checked, then I stopped laughing.
Could you put that on a poster?
You can borrow mine, if you promise to return it.
They closed in June, sadly.
They have reopened!
I think we have met. Was that you with the tuba?
That is the most sensible thing I have read all week.
Slightly jealous, mostly happy for you.
And nobody was hurt? Then it counts as a success.
Try the library, second floor, ask for the tall one.
I am crying at a bus stop, well done.
Do it. Do it now, before you think about it.
Do not do it before you have slept.
Where did you find that?
Third drawer from the top, behind the string.
This explains so much about my uncle.
I had to read it twice. Worth it both times.
The comments are better than the article, as ever.
Wait until you hear what it does in the rain.
Mine broke after a week. Yours?
Still going strong. I oil it.
Ah, so that is what that noise was.
I will allow it.
My record is eleven. Do not ask what happened at twelve.
For what it is worth, the old one was better.
I am with you until the last sentence.
The last sentence is the best part!
Somebody frame this.
Can I quote you on that at the meeting?
There goes my weekend.
Congratulations! About time, too.
Sorry to hear that. Soup?
Always soup.
It worked! I owe you a coffee.
It did not work, but I learned a word from the plumber.
Never change.
Please change, slightly, the part with the hat.
Exactly what I needed today.
I showed this to my class and they had questions for an hour.
Not to be dramatic, but this is everything.
What does your neighbour say?
He says it is fine as long as it is before ten.
You forgot the salt.
I did not forget the salt. I ran out of salt.
See you there!
Cannot make it, have one for me.
$t$) as answers,
  pg_temp.lines($t$
With %s it is the same, only slower.
You had me at %s.
I used to think so too, until %s happened to me.
Is this about %s again?
Everything comes back to %s in the end.
My flatmate is writing a thesis on %s. I will ask.
I would rather talk about %s for an hour than do my taxes for a minute.
Nobody has ever regretted an afternoon of %s.
The best thing I ever read on %s was on the back of a receipt.
We had a lesson on %s last week and two of them stayed behind to ask more.
Does that hold for %s as well, or only for the easy cases?
Tried to explain %s at a wedding. Do not do that.
$t$) as topical,
  pg_temp.lines($t$
Read this first, then come back.
Everybody in town should see this.
I have been thinking about this all day.
Quoting so that I find it again.
This, but for %s.
A short answer, since it does not fit below: it depends on %s.
The replies are a treasure.
I disagree, and here is why: %s.
Somebody finally said it.
One year on, this is still the best advice on %s.
See also: my whole drawer of %s.
Not what I expected to read over breakfast.
$t$) as remarks;

-- Who writes what, and when: more from month to month.
create temporary table town_threads as
with timed as (
  select
    n as id,
    pg_temp.present() - interval '1 minute'
    - interval '1 second' * floor(31536000 * power(1 - n / 5000.0::double precision, 1.3)) as created_at,
    n in (4705, 4760, 4801, 4833, 4871, 4902, 4931, 4958) as is_spam
    from generate_series(1, 5000) as n
),

-- Only those who have moved in by then.
peopled as (
  select
    t.*,
    least(200, floor(extract(epoch from t.created_at - pg_temp.present() + interval '372 days') / 93600))::integer
      as people
    from timed as t
),

written as (
  select
    p.*,
    1 + floor(power(pg_temp.chance('author', p.id), 1.5) * p.people)::bigint as drawn,
    pg_temp.chance('kind', p.id) as kind
    from peopled as p
)

select
  w.id,
  w.created_at,
  w.people,
  w.is_spam,
  case
    when w.is_spam then 199
    when w.drawn = 40 then 39
    when w.drawn = 199 then 7
    when w.drawn = 198 and w.id > 4600 then 197
    else w.drawn
  end as author_id,
  case
    when w.is_spam or w.id <= 20 or w.kind >= 0.5 then null
    when pg_temp.chance('busy', w.id) < 0.3 then greatest(1, w.id - 1 - (w.id - 1) % 45)
    else w.id - 1 - floor(power(pg_temp.chance('parent', w.id), 3) * least(w.id - 1, 150))::bigint
  end as parent_id,
  case
    when not w.is_spam and w.id > 20 and w.kind >= 0.5 and w.kind < 0.555
      then w.id - 1 - floor(power(pg_temp.chance('quoted', w.id), 2) * least(w.id - 1, 600))::bigint
  end as quoted_id
  from written as w;

alter table town_threads add primary key (id);
analyze town_threads;

-- Nobody answers spam, nor whom they do not see.
update town_threads as t
   set parent_id = null,
       quoted_id = null
  from (
         select
           a.id,
           p.is_spam
           or u.is_private
           and p.author_id <> a.author_id
           and (
                 a.quoted_id is not null
                 or not exists (
                       select
                         from threads.follows as f
                        where f.follower_id = a.author_id
                          and f.followee_id = p.author_id
                     )
               )
           or exists (
                select
                  from private.walls as w
                 where w.user_id = a.author_id
                   and w.other_id = p.author_id
              ) as is_hidden
           from town_threads as a
          inner join town_threads as p on p.id = coalesce(a.parent_id, a.quoted_id)
          inner join threads.users as u on p.author_id = u.id
       ) as seen
 where seen.id = t.id
   and seen.is_hidden;

-- Some were deleted after they were answered.
create temporary table town_places as
select
  t.id,
  max(a.created_at) + interval '20 minutes' as deleted_at
  from town_threads as t
 inner join town_threads as a on t.id in (a.parent_id, a.quoted_id)
 where pg_temp.chance('gone', t.id) < 0.03
   and not t.is_spam
 group by t.id
having max(a.created_at) < pg_temp.present() - interval '1 day';

create temporary table town_texts as
with recursive conversations (id, root_id) as (
  select
    t.id,
    t.id as root_id
    from town_threads as t
   where t.parent_id is null
   union all
  select
    t.id,
    c.root_id
    from conversations as c
   inner join town_threads as t on c.id = t.parent_id
),

subjects as (
  select
    t.id,
    -- People write of three things, mostly.
    case
      when pg_temp.chance('whim', t.id) < 0.2 then pg_temp.pick('subject', t.id, 64)
      else pg_temp.pick('interest ' || pg_temp.pick('which', t.id, 3), t.author_id, 64)
    end as subject_id,
    t.quoted_id is null and not t.is_spam and pg_temp.chance('poll', t.id) < 0.03 as has_poll
    from town_threads as t
   where t.parent_id is null
),

started as (
  select
    s.*,
    -- The same is not said twice of a subject.
    row_number() over (partition by s.subject_id, s.has_poll order by s.id)::integer - 1 as place
    from subjects as s
),

bodies as (
  select
    t.id,
    t.author_id,
    t.parent_id,
    c.root_id,
    s.has_poll and t.parent_id is null as has_poll,
    j.subject,
    j.hashtag,
    case
      when t.is_spam then (array[
        'CONGRATULATIONS! You may already have won. Claim your prize now https://example.com/prize',
        'Last chance to claim https://example.com/prize before midnight! Winners will be told by telegram.',
        'Do not scroll past this. https://example.com/prize has chosen YOU.',
        'Your neighbour has won already. Have you? https://example.com/prize',
        'Earn a week''s wages in an hour, from home, with one simple form: https://example.com/form',
        'FREE FREE FREE tickets for the night train https://example.com/tickets #trains #free',
        'We are the Prize Office and we do not forget. Reply with your shoe size to win.',
        'Final notice. https://example.com/prize'
      ])[(t.id % 8 + 1)::integer] || ' (' || t.id % 97 || ')'
      when t.parent_id is null and t.quoted_id is not null
        then format(w.remarks[pg_temp.pick('remark', t.id, cardinality(w.remarks))], j.subject)
      when t.parent_id is not null and pg_temp.chance('topical', t.id) < 0.2
        then format(w.topical[pg_temp.pick('topic', t.id, cardinality(w.topical))], j.subject)
      when t.parent_id is not null then w.answers[pg_temp.pick('answer', t.id, cardinality(w.answers))]
      when s.has_poll then format(w.questions[1 + (s.place + j.id) % cardinality(w.questions)], j.subject)
      else format(w.phrases[1 + (s.place + j.id * 7) % cardinality(w.phrases)], j.subject)
        || (array['', ' Again.', ' Still.', ' You heard me.', ' Ask anybody.', ' As I keep saying.'])[
             1 + s.place / cardinality(w.phrases)
           ]
    end as body,
    w.options[1 + (s.place + j.id) % cardinality(w.questions)] as options
    from town_threads as t
   inner join conversations as c on t.id = c.id
   inner join started as s on c.root_id = s.id
   inner join town_subjects as j on s.subject_id = j.id
   cross join town_words as w
)

select
  b.id,
  nullif(b.root_id, b.id) as root_id,
  b.has_poll,
  b.options,
  case
    when b.author_id = 199 then b.body
    else
      case when pg_temp.chance('named', b.id) < 0.08 then coalesce('@' || p.username || ' ', '') else '' end
      || b.body
      || case when b.parent_id is null and pg_temp.chance('tagged', b.id) < 0.35 then ' #' || b.hashtag else '' end
      || case
           when b.parent_id is null and pg_temp.chance('link', b.id) < 0.06
             then ' https://example.org/' || lower(regexp_replace(b.subject, '[^A-Za-z0-9]+', '-', 'g'))
           else ''
         end
      || case when f.username is null then '' else ' cc @' || f.username end
  end as body
  from bodies as b
  left join town_threads as a on b.parent_id = a.id
  left join threads.users as p on a.author_id = p.id
  left join lateral (
         -- Somebody whom they follow.
         select u.username
           from threads.follows as f
          inner join threads.users as u on f.followee_id = u.id
          where f.follower_id = b.author_id
            and b.parent_id is null
            and pg_temp.chance('cc', b.id) < 0.08
          order by pg_temp.chance('whom', b.id * 1000 + u.id)
          limit 1
       ) as f on true;

alter table town_texts add primary key (id);

create temporary table town_posts as
select
  t.id,
  case when g.id is null then t.author_id end as author_id,
  t.parent_id,
  x.root_id,
  case when g.id is null then t.quoted_id end as quoted_id,
  case when g.id is null then x.body else '' end as body,
  t.created_at,
  t.people,
  g.deleted_at,
  case when g.id is null and t.id < 4990 and pg_temp.chance('edited', t.id) < 0.02 and x.body ~ ' the '
    then t.created_at + interval '4 minutes' + interval '9 minutes' * pg_temp.chance('minutes', t.id)
  end as edited_at,
  case
    when t.parent_id is not null
      or pg_temp.chance('control', t.id) > 0.06
      or exists (
           select
             from town_threads as r
            where r.parent_id = t.id
         ) then 'everyone'
    when pg_temp.chance('control', t.id) > 0.01 then 'followers'
    else 'mentioned'
  end::threads.reply_control as reply_control,
  x.has_poll and g.id is null as has_poll,
  x.options
  from town_threads as t
 inner join town_texts as x on t.id = x.id
  left join town_places as g on t.id = g.id;

alter table town_posts add primary key (id);
analyze town_posts, threads.users, threads.follows;

create temporary table town_media as
select
  t.id as thread_id,
  m.position,
  'https://media.example/town/' || t.id || '-' || m.position || case k.kind when 'video' then '.mp4' else '.jpg' end
    as url,
  case when pg_temp.chance('described', t.id) < 0.7
    then (array['A photograph of ', 'Close up: ', 'On the kitchen table: ', 'Seen from above: '])[
           pg_temp.pick('view', t.id * 10 + m.position, 4)
         ] || left(t.body, 60)
    else ''
  end as alt_text,
  k.kind,
  case when k.kind = 'video' or t.id % 2 = 0 then 1600 else 1200 end as width,
  case when k.kind = 'video' then 900 when t.id % 2 = 0 then 1200 else 1500 end as height
  from town_posts as t
 cross join lateral (
         select case when pg_temp.chance('film', t.id) < 0.1 then 'video' else 'image' end::threads.media_kind as kind
       ) as k
 cross join lateral generate_series(
         1, case k.kind when 'video' then 1 else 1 + floor(power(pg_temp.chance('pictures', t.id), 4) * 10)::integer end
       ) as m (position)
 where t.author_id <> 199
   and pg_temp.chance('media', t.id) < case when t.parent_id is null then 0.14 else 0.02 end
 order by t.id, m.position;

-- What comes of it ----------------------------------------------------------------------------------------------------

-- Whoever reacts has moved in, and sees it.
create temporary table town_reactions as
select
  r.kind,
  r.thread_id,
  r.user_id,
  r.written_at + (pg_temp.present() - interval '1 second' - r.written_at)
  * least(1, 259200 / extract(epoch from pg_temp.present() - r.written_at)::double precision)
  * power(pg_temp.chance(r.kind || ' after', r.thread_id * 1000 + r.user_id), 2) as created_at
  from (
         select distinct
           k.kind,
           t.id as thread_id,
           t.author_id,
           t.created_at as written_at,
           u.is_private,
           1 + floor(pg_temp.chance(k.kind || ' who', t.id * 100 + n) * t.people)::bigint as user_id
           from town_posts as t
          inner join threads.users as u on t.author_id = u.id
          cross join (values ('like'), ('repost')) as k (kind)
          cross join lateral generate_series(
                  1,
                  floor(
                    case k.kind when 'like' then 19 else 5 end
                    * power(pg_temp.chance(k.kind, t.id), case k.kind when 'like' then 5 else 15 end)
                    * case when t.author_id <= 20 then 2 when t.author_id = 199 then 0 else 1 end
                  )::integer
                ) as n
       ) as r
 where r.user_id not in (40, 199)
   and (r.user_id <> r.author_id or r.kind = 'like' and r.thread_id % 5 = 0)
   and not exists (
         select
           from private.walls as w
          where w.user_id = r.user_id
            and w.other_id = r.author_id
       )
   and (
         not r.is_private
         or r.user_id = r.author_id
         or r.kind = 'like' and exists (
              select
                from threads.follows as f
               where f.follower_id = r.user_id
                 and f.followee_id = r.author_id
            )
       );

analyze town_reactions;

-- All of it, counted -----------------------------------------------------------------------------------------------

insert into threads.threads (
  id, author_id, parent_id, root_id, quoted_id, body, created_at, deleted_at, edited_at, reply_control, like_count,
  reply_count, repost_count, quote_count, heat, ranked_at, has_media
)
overriding system value
select
  t.id,
  t.author_id,
  t.parent_id,
  t.root_id,
  t.quoted_id,
  t.body,
  t.created_at,
  t.deleted_at,
  t.edited_at,
  t.reply_control,
  c.likes,
  c.replies,
  c.reposts,
  c.quotes,
  c.heat,
  t.created_at + interval '6 hours' * c.heat as ranked_at,
  c.has_media
  from town_posts as t
 inner join (
         select
           n.id,
           coalesce(r.likes, 0) as likes,
           coalesce(a.replies, 0) as replies,
           coalesce(r.reposts, 0) as reposts,
           coalesce(q.quotes, 0) as quotes,
           private.heat_of(
             coalesce(r.likes, 0), coalesce(a.replies, 0), coalesce(r.reposts, 0), coalesce(q.quotes, 0)
           ) as heat,
           m.thread_id is not null as has_media
           from town_posts as n
           left join (
                  select
                    x.thread_id,
                    count(*) filter (where x.kind = 'like')::integer as likes,
                    count(*) filter (where x.kind = 'repost')::integer as reposts
                    from town_reactions as x
                   group by x.thread_id
                ) as r on n.id = r.thread_id
           left join (
                  select
                    x.parent_id,
                    count(*)::integer as replies
                    from town_posts as x
                   where x.deleted_at is null
                   group by x.parent_id
                ) as a on n.id = a.parent_id
           left join (
                  select
                    x.quoted_id,
                    count(*)::integer as quotes
                    from town_posts as x
                   group by x.quoted_id
                ) as q on n.id = q.quoted_id
           left join (
                  select distinct x.thread_id
                    from town_media as x
                ) as m on n.id = m.thread_id
       ) as c on t.id = c.id
 order by t.id;

analyze threads.threads;

insert into threads.thread_edits (thread_id, edited_at, body)
select
  t.id,
  t.edited_at,
  regexp_replace(t.body, ' the ', ' teh ') as body
  from threads.threads as t
 where t.edited_at is not null;

insert into threads.text_entities (thread_id, start, length, kind, user_id, hashtag, url)
select
  t.id as thread_id,
  r.start,
  r.length,
  r.kind,
  u.id as user_id,
  case r.kind when 'hashtag' then r.value end as hashtag,
  case r.kind when 'link' then r.value end as url
  from threads.threads as t
 inner join threads.users as a on t.author_id = a.id
 cross join lateral private.read_text(t.body) as r
  left join threads.users as u
    on r.kind = 'mention'
   and r.value = u.username
   and (
         a.id = u.id
         or u.deactivated_at is null
         and not exists (
               select
                 from private.walls as w
                where w.user_id = a.id
                  and w.other_id = u.id
             )
         and (
               not a.is_private
               or exists (
                    select
                      from threads.follows as f
                     where f.follower_id = u.id
                       and f.followee_id = a.id
                  )
             )
       )
 where t.body ~ '[@#\uff03]|://'
   and (r.kind <> 'mention' or u.id is not null)
 order by t.id, r.start;

insert into threads.mentions (thread_id, user_id)
select distinct
  e.thread_id,
  e.user_id
  from threads.text_entities as e
 where e.user_id is not null
 order by e.thread_id, e.user_id;

insert into threads.hashtags (name)
select distinct e.hashtag
  from threads.text_entities as e
 where e.hashtag is not null
 order by e.hashtag;

insert into threads.thread_hashtags (hashtag, thread_id, created_at)
select distinct
  e.hashtag,
  t.id,
  t.created_at
  from threads.text_entities as e
 inner join threads.threads as t on e.thread_id = t.id
 where e.hashtag is not null
 order by t.id, e.hashtag;

insert into threads.media (thread_id, position, url, alt_text, kind, width, height)
select
  m.thread_id,
  m.position,
  m.url,
  m.alt_text,
  m.kind,
  m.width,
  m.height
  from town_media as m
 order by m.thread_id, m.position;

insert into threads.polls (thread_id, ends_at, options)
select
  t.id,
  t.created_at + pg_temp.pick('days', t.id, 7) * interval '1 day' as ends_at,
  string_to_array(t.options, '|') as options
  from town_posts as t
 where t.has_poll
 order by t.id;

insert into threads.poll_votes (thread_id, user_id, created_at, option)
select
  p.thread_id,
  u.id,
  t.created_at + (least(p.ends_at, pg_temp.present()) - t.created_at) * pg_temp.chance('voted', t.id * 1000 + u.id)
    as created_at,
  1 + floor(power(pg_temp.chance('vote', t.id * 1000 + u.id), 1.4) * cardinality(p.options))::integer as option
  from threads.polls as p
 inner join threads.threads as t on p.thread_id = t.id
 inner join threads.users as a on t.author_id = a.id
 inner join threads.users as u on t.created_at > u.created_at and pg_temp.chance('votes', t.id * 1000 + u.id) < 0.25
 where u.id not in (40, 198, 199)
   and u.id <> t.author_id
   and not a.is_private
 order by p.thread_id, u.id;

insert into private.poll_counts (thread_id, option, slot, votes)
select
  v.thread_id,
  v.option,
  v.user_id & 15 as slot,
  count(*) as votes
  from threads.poll_votes as v
 group by v.thread_id, v.option, v.user_id & 15;

insert into threads.likes (thread_id, user_id, created_at)
select
  r.thread_id,
  r.user_id,
  r.created_at
  from town_reactions as r
 where r.kind = 'like'
 order by r.created_at, r.thread_id, r.user_id;

insert into threads.reposts (user_id, thread_id, created_at)
select
  r.user_id,
  r.thread_id,
  r.created_at
  from town_reactions as r
 where r.kind = 'repost'
 order by r.created_at, r.thread_id, r.user_id;

insert into threads.bookmarks (user_id, thread_id, created_at)
select
  l.user_id,
  l.thread_id,
  l.created_at + interval '30 seconds' as created_at
  from threads.likes as l
 where pg_temp.chance('kept', l.thread_id * 1000 + l.user_id) < case l.user_id when 1 then 0.3 else 0.03 end
   and l.created_at < pg_temp.present() - interval '30 seconds'
 order by l.created_at, l.thread_id, l.user_id;

analyze threads.likes, threads.reposts, threads.mentions;

update threads.users as u
   set follower_count  = c.followers,
       following_count = c.following,
       thread_count    = c.threads
  from (
         select
           x.user_id,
           sum(x.followers) as followers,
           sum(x.following) as following,
           sum(x.threads) as threads
           from (
                  select
                    f.followee_id as user_id,
                    1 as followers,
                    0 as following,
                    0 as threads
                    from threads.follows as f
                   union all
                  select
                    f.follower_id as user_id,
                    0 as followers,
                    1 as following,
                    0 as threads
                    from threads.follows as f
                   union all
                  select
                    t.author_id as user_id,
                    0 as followers,
                    0 as following,
                    1 as threads
                    from threads.threads as t
                ) as x
          group by x.user_id
       ) as c
 where c.user_id = u.id;

-- The thread of theirs that most like.
update threads.users as u
   set pinned_thread_id = (
         select t.id
           from threads.threads as t
          where t.author_id = u.id
            and t.parent_id is null
          order by t.like_count desc, t.id
          limit 1
       )
 where u.id <= 36
   and u.id % 3 = 1;

-- Notifications -------------------------------------------------------------------------------------------------------

-- When they last looked: everybody within some weeks, ada two days ago.
create temporary table town_looks as
select
  u.id,
  pg_temp.present() - case u.id when 1 then interval '2 days'
    else interval '1 second' * floor(1814400 * pg_temp.chance('seen', u.id))
  end as seen_at
  from threads.users as u;

analyze town_looks;

create temporary table town_told as
with events (kind, user_id, thread_id, actor_id, created_at) as (
  select
    'like',
    t.author_id,
    t.id,
    l.user_id,
    l.created_at
    from threads.likes as l
   inner join threads.threads as t on l.thread_id = t.id
   union all
  select
    'repost',
    t.author_id,
    t.id,
    r.user_id,
    r.created_at
    from threads.reposts as r
   inner join threads.threads as t on r.thread_id = t.id
   union all
  select
    'reply',
    p.author_id,
    t.id,
    t.author_id as actor_id,
    t.created_at
    from threads.threads as t
   inner join threads.threads as p on t.parent_id = p.id
   where t.deleted_at is null
   union all
  select
    'quote',
    q.author_id,
    t.id,
    t.author_id as actor_id,
    t.created_at
    from threads.threads as t
   inner join threads.threads as q on t.quoted_id = q.id
   union all
  select
    'mention',
    m.user_id,
    t.id,
    t.author_id,
    t.created_at
    from threads.mentions as m
   inner join threads.threads as t on m.thread_id = t.id
    left join threads.threads as p on p.id = coalesce(t.parent_id, t.quoted_id)
   where p.author_id is distinct from m.user_id
   union all
  select
    case when u.is_private then 'request_accepted' else 'follow' end,
    case when u.is_private then f.follower_id else f.followee_id end,
    null,
    case when u.is_private then f.followee_id else f.follower_id end,
    f.created_at
    from threads.follows as f
   inner join threads.users as u on f.followee_id = u.id
   union all
  select
    'follow_request',
    r.target_id,
    null,
    r.requester_id,
    r.created_at
    from threads.follow_requests as r
),

told as (
  select
    e.kind::threads.notification_kind as kind,
    e.user_id,
    e.thread_id,
    e.actor_id,
    e.created_at,
    s.seen_at
    from events as e
   inner join town_looks as s on e.user_id = s.id
    left join threads.notification_preferences as p on e.user_id = p.user_id
   where e.user_id <> e.actor_id
     and not exists (
           select
             from threads.mutes as m
            where m.muter_id = e.user_id
              and m.muted_id = e.actor_id
         )
     and not exists (
           select
             from private.walls as w
            where w.user_id = e.user_id
              and w.other_id = e.actor_id
         )
     and not exists (
           select
             from threads.threads as t
            where e.kind in ('reply', 'mention', 'quote')
              and t.id = e.thread_id
              and e.user_id in (select w.user_id from threads.muted_words as w)
              and t.body ~ private.muted_pattern_of(e.user_id)
         )
     and case
           case e.kind when 'like' then p.likes when 'repost' then p.reposts when 'follow' then p.follows end
           when 'nobody' then false
           when 'followed' then exists (
             select
               from threads.follows as f
              where f.follower_id = e.user_id
                and f.followee_id = e.actor_id
           )
           else true
         end
),

-- They look once in two weeks; what comes between is one notification, if it is alike.
looked as (
  select
    t.*,
    case when t.created_at > t.seen_at then null
      else t.seen_at - interval '14 days'
        * floor(extract(epoch from t.seen_at - t.created_at) / 1209600)::double precision
    end as read_at
    from told as t
)

select
  dense_rank() over (order by g.first_at, g.user_id, g.kind, g.thread_id nulls first, g.read_at) as notification_id,
  g.*
  from (
         select
           l.*,
           min(l.created_at) over (partition by l.user_id, l.kind, l.thread_id, l.read_at) as first_at,
           max(l.created_at) over (partition by l.user_id, l.kind, l.thread_id, l.read_at) as latest_at
           from looked as l
       ) as g;

insert into threads.notifications (id, user_id, kind, thread_id, created_at, latest_at, read_at)
overriding system value
select distinct
  t.notification_id,
  t.user_id,
  t.kind,
  t.thread_id,
  t.first_at,
  t.latest_at,
  t.read_at
  from town_told as t
 order by t.notification_id;

insert into threads.notification_actors (notification_id, actor_id, user_id, kind, thread_id, created_at)
select
  t.notification_id,
  t.actor_id,
  t.user_id,
  t.kind,
  t.thread_id,
  t.created_at
  from town_told as t
 order by t.created_at, t.notification_id, t.actor_id;

select
  setval('threads.users_id_seq', 200) as users,
  setval('threads.threads_id_seq', 5000) as threads,
  setval('threads.notifications_id_seq', (select max(t.notification_id) from town_told as t)) as notifications;

-- Our triggers are on again.
do $$
declare
  named text;
begin
  foreach named in array array[
    'blocks', 'mutes', 'follows', 'follow_requests', 'threads', 'media', 'thread_edits', 'polls', 'poll_votes', 'likes',
    'reposts', 'bookmarks', 'mentions', 'users'
  ]
  loop
    execute format('alter table threads.%I enable trigger user', named);
  end loop;
end
$$;

-- What is few goes the usual way --------------------------------------------------------------------------------------

insert into threads.drafts (author_id, parent_id, body, created_at, updated_at)
values
(1, null, 'Notes on the night train, part two. The dining car deserves', pg_temp.present() - interval '3 days',
 pg_temp.present() - interval '2 days'),
(1, 4321, 'I think that', pg_temp.present() - interval '9 hours', pg_temp.present() - interval '9 hours'),
(2, null, 'Found another moth.', pg_temp.present() - interval '30 days', pg_temp.present() - interval '30 days');

update threads.accounts as a
   set email = u.username || '@example.org'
  from threads.users as u
 where u.id = a.user_id
   and u.id in (1, 2, 28);

-- Zofia moderates, since two months ago.
insert into threads.moderation_actions (action, user_id, reason, created_at)
values ('appoint_moderator', 28, 'Trusted by everybody.', pg_temp.present() - interval '60 days');

insert into threads.reports (reporter_id, user_id, thread_id, reason, note, created_at)
select
  r.reporter_id,
  r.user_id,
  r.thread_id,
  r.reason::threads.report_reason,
  r.note,
  pg_temp.present() - r.hours_ago * interval '1 hour' as created_at
  from (
         values
         (25, null, 4705, 'spam', 'The same link as yesterday.', 310),
         (9, null, 4705, 'spam', '', 309),
         (33, null, 4902, 'spam', 'Not a real shop. My aunt paid them.', 52),
         (7, null, 4902, 'illegal', 'Collects card numbers.', 51),
         (21, null, 4902, 'spam', '', 50),
         (35, 199, null, 'impersonation', 'There is no such office in this town.', 49),
         (11, null, 4931, 'spam', '', 30),
         (64, null, 4931, 'spam', 'Again.', 28),
         (2, null, 4958, 'spam', '', 20),
         (102, null, 4410, 'harassment', 'It was meant for me, and it was not kind.', 15),
         (58, 36, null, 'other', 'He says that my team is worse than his.', 8),
         (15, null, 4958, 'spam', '', 3)
       ) as r (reporter_id, user_id, thread_id, reason, note, hours_ago);

update threads.report_cases as c
   set latest_at = (
         select max(r.created_at)
           from threads.reports as r
          where r.case_id = c.id
       );

do $$
declare
  present constant timestamptz := pg_temp.present();
begin
  perform set_config('request.jwt.claims', '{"sub": "28", "role": "threads_moderator"}', true);

  insert into threads.moderation_actions (action, case_id, reason, created_at)
  select 'dismiss_reports', c.id, 'A link and bad taste. Watching.', present - interval '305 hours'
    from threads.report_cases as c
   where c.thread_id = 4705;

  insert into threads.moderation_actions (action, thread_id, reason, created_at)
  values ('hide_thread', 4902, 'Takes people to a false shop.', present - interval '48 hours');

  insert into threads.moderation_actions (action, user_id, reason, ends_at, created_at)
  values ('suspend_user', 199, 'Advertising false prizes, after a warning.',
          greatest(present + interval '12 days', now() + interval '1 day'), present - interval '47 hours');

  perform set_config('request.jwt.claims', '', true);
end
$$;

-- What the log did was done when it says, and not while this is loaded.
update threads.threads as t
   set hidden_at = pg_temp.present() - interval '48 hours'
 where t.hidden_at is not null;

update threads.suspensions as s
   set created_at = pg_temp.present() - interval '47 hours';

update threads.reports as r
   set closed_at = pg_temp.present() - case r.thread_id when 4705 then interval '305 hours' else interval '48 hours' end
 where r.closed_at is not null;

update threads.report_cases as c
   set closed_at = pg_temp.present() - case c.thread_id when 4705 then interval '305 hours' else interval '48 hours' end
 where c.closed_at is not null;

drop table town_people, town_subjects, town_words, town_threads, town_places, town_texts, town_posts, town_media,
town_reactions, town_looks, town_told;
drop function pg_temp.present, pg_temp.chance, pg_temp.pick, pg_temp.lines;

reset jit;
reset timezone;
reset role;

-- Without these, the planner would judge the first pages by guesses.
analyze threads.users, threads.threads, threads.likes, threads.follows, threads.reposts, threads.bookmarks,
threads.mentions, threads.text_entities, threads.thread_hashtags, threads.media, threads.polls, threads.poll_votes,
threads.notifications, threads.notification_actors, private.walls;
