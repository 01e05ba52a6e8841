-- A small town to look at: 40 people, 400 threads, and who likes and follows whom. The same on every run. Loaded once,
-- into an empty database, after schema.sql and functions/.
--
-- Nobody can log in yet: passwords are hashed in Python. Give everybody the same one, as the superuser, with
--   insert into private.credentials (user_id, password_hash) select id, $1 from threads.users on conflict do nothing;
set role threads_owner;

insert into threads.users (username, display_name, bio, created_at)
select
  p.username,
  p.display_name,
  p.bio,
  timestamptz '2025-01-06 09:00+00' + p.day * interval '31 hours' as created_at
  from (values
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
         (28, 'zofia', 'Zofia Nowak', 'Teaches physics to people who did not ask for it.'),
         (29, 'marcus', 'Marcus', 'Community gardener, plot 14.'),
         (30, 'yuki', 'Yuki 🚲', 'I true wheels for a living.'),
         (31, 'lena.k', 'Lena K.', 'Second violin, first coffee.'),
         (32, 'diego', 'Diego Ruiz', 'Cooks for forty on Thursdays.'),
         (33, 'amara', 'Amara', 'Front-end. Accessibility is not a feature.'),
         (34, 'sven_o', 'Sven', 'Lighthouse photographs.'),
         (35, 'nadia', 'Nadia Haddad', 'Translates novels, slowly.'),
         (36, 'tomas', 'Tomás', 'Goalkeeper in the worst team of the league.'),
         (37, 'ines', 'Inês', ''),
         (38, 'kofi', 'Kofi Mensah', 'Radio repair. 73!'),
         (39, 'rosa', 'Rosa', 'Here for the dogs.'),
         (40, 'quiet_one', 'quiet_one', 'Reads everything, writes nothing.')
       ) as p (day, username, display_name, bio)
 order by p.day;

do $$
declare
  -- What people write about, and how: every pair makes one thread.
  subjects constant text[] := array[
    'row-level security', 'sourdough', 'the night train to Lisbon', 'film cameras', 'chess endgames',
    'tomato seedlings', 'bicycle wheels', 'tide tables', 'shortwave radio', 'the second violin part of anything',
    'contour lines',
    'keyset pagination', 'wooden boats', 'night shifts'
  ];
  phrases constant text[] := array[
    'Three weeks into %s, and I finally see what the fuss is about.',
    'What do you wish somebody had told you before you got into %s?',
    'Unpopular opinion: there is no such thing as too much talk about %s.',
    'Spent the whole of Sunday on %s. No regrets, some blisters.',
    'Gave a short talk on %s at the library. Eleven people came and one of them was not related to me.',
    'Looking for a good book on %s. Not the famous one, I have read that.',
    'My grandmother knew more about %s than the internet does.',
    E'Notes to self on %s:\n1. go slower\n2. write it down\n3. go slower still',
    'If you only ever try one new thing this year, make it %s.',
    'Today''s small victory concerns %s and I will not be taking questions. All right, a few questions.',
    'Ten years of %s, and I am still wrong about it every week.'
  ];
  answers constant text[] := array[
    'This. Exactly this.', 'I had never thought of it that way.', 'Hard disagree, but I enjoyed reading it.',
    'Do you have a picture?', 'Same here, since about March.', 'Can you say more about the second part?',
    'Saving this for the weekend.', 'My colleagues are tired of hearing me say the same.',
    'It depends. It always depends.',
    'Have you tried it with less of everything?', 'Welcome! There are dozens of us.', 'Counterpoint: naps.',
    'I read this on the train and missed my stop.', 'You were right, I was wrong, thank you.',
    'How long did it take you?',
    'Wrote it down. Will report back.', 'That made my evening.', 'Please never delete this.', 'Only on Tuesdays.',
    'There is an index for that.', 'I know somebody who would love this. Sending it on.', 'Ha!', '❤️',
    'I have the same one, inherited from my aunt.', 'Strongly agree with the part about blisters.',
    'Is it still like that in winter?', 'We should meet and do this together.', 'Source: I was there.'
  ];
  people      constant bigint[] := array(
    select u.id from threads.users as u where u.username <> 'quiet_one' order by u.id
  );
  written_at  timestamptz := timestamptz '2025-03-03 06:00+00';
  written     bigint[] := '{}';
  started     integer := 0;
  thread_id   bigint;
begin
  perform setseed(0.5);

  -- The earlier in the list, the better known: squaring a random number favours the small ones.
  for person in 1 .. 39 loop
    for friend in 1 .. 4 + floor(random() * 10) loop
      insert into threads.follows (follower_id, followee_id, created_at)
      select people[person], f.id, timestamptz '2025-02-24 12:00+00' + random() * interval '150 days'
        from (select people[1 + floor(power(random(), 2) * 39)] as id) as f
       where f.id <> people[person]
      on conflict do nothing;
    end loop;
  end loop;

  for number in 1 .. 400 loop
    written_at := written_at + random() * interval '20 hours';

    if number > 10 and random() < 0.62 then
      insert into threads.threads (author_id, parent_id, body, created_at)
      values (
        people[1 + floor(random() * 39)],
        written[array_length(written, 1) - floor(power(random(), 2) * least(40, array_length(written, 1)))],
        answers[1 + floor(random() * array_length(answers, 1))],
        written_at
      )
      returning id into thread_id;
    else
      -- 14 and 11 have no common divisor, so that every pair comes up once before any does twice.
      insert into threads.threads (author_id, body, created_at)
      values (
        people[1 + floor(power(random(), 1.5) * 39)],
        format(phrases[1 + started % 11], subjects[1 + started % 14]),
        written_at
      )
      returning id into thread_id;
      started := started + 1;
    end if;

    written := written || thread_id;

    for fan in 1 .. floor(power(random(), 3) * 24) loop
      insert into threads.likes (thread_id, user_id, created_at)
      values (thread_id, people[1 + floor(random() * 39)], written_at + random() * interval '3 days')
      on conflict do nothing;
    end loop;
  end loop;
end
$$;

reset role;

-- Without these, the planner would judge the first pages by guesses.
analyze threads.users, threads.threads, threads.likes, threads.follows;
