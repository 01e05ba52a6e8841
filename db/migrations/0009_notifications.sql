-- Notifications: what others did that concerns a user. What is alike and not read yet is one notification with many
-- actors. Only triggers write them (functions/notifications.sql), so that nobody forges one.
set role threads_owner;

create type threads.notification_kind as enum (
  'like', 'reply', 'mention', 'quote', 'repost', 'follow', 'follow_request', 'request_accepted'
);

comment on type threads.notification_kind is
'@value like They like your thread.
@value reply They replied to your thread.
@value mention They mention you in a thread.
@value quote They quote your thread.
@value repost They reposted your thread.
@value follow They follow you.
@value follow_request They ask to follow you.
@value request_accepted They let you follow them.
What the actors of a notification did.';

create type threads.notification_audience as enum ('everyone', 'followed', 'nobody');

comment on type threads.notification_audience is
'@value everyone Of everyone.
@value followed Of those you follow.
@value nobody Of nobody.
Of whom you want notifications.';

-- Notifications -------------------------------------------------------------------------------------------------------

create table threads.notifications (
  id         bigint                    not null generated always as identity,
  user_id    bigint                    not null,
  thread_id  bigint,
  created_at timestamptz               not null default now(),
  latest_at  timestamptz               not null default now(),
  read_at    timestamptz,
  kind       threads.notification_kind not null,

  constraint notifications_pkey primary key (id),
  constraint notifications_user_id_fkey foreign key (user_id) references threads.users (id) on delete cascade,
  constraint notifications_thread_id_fkey foreign key (thread_id) references threads.threads (id) on delete cascade,
  constraint notifications_thread_where_due check (
    (thread_id is null) = (kind in ('follow', 'follow_request', 'request_accepted'))
  )
);

comment on table threads.notifications is
'@omit all,create,update,delete,upsert,aggregates,distinct
@orderBy latest_at desc, id desc
That others did something that concerns you: "ada and 12 others like your thread". Likes and reposts of one thread are one
notification until you read it, and so are follows; replies, mentions and quotes are one each. Only you see yours. What
muted, blocked and deactivated people did is not among them, nor what is hidden from you.';
comment on column threads.notifications.id is 'Identifies the notification.';
comment on column threads.notifications.user_id is
'@omit
Whom it is for.';
comment on column threads.notifications.kind is 'What the actors did.';
comment on column threads.notifications.thread_id is
'The id of your thread that is liked or reposted, or of the reply, mention or quote itself; null for follows.';
comment on column threads.notifications.created_at is 'When the first of the actors did it.';
comment on column threads.notifications.latest_at is 'When the latest of the actors did it, to the minute.';
comment on column threads.notifications.read_at is 'When you read it; null while you have not.';
comment on constraint notifications_pkey on threads.notifications is 'Notifications are known by their id.';
comment on constraint notifications_user_id_fkey on threads.notifications is
'@omit forward
@foreignFieldName notifications
@backwardDescription Your notifications, the latest first; of all others than yourself, none.
Whom it is for.';
comment on constraint notifications_thread_id_fkey on threads.notifications is
'@fieldName thread
@omit backward
Your thread that is liked or reposted, or the reply, mention or quote itself; null for follows.';
comment on constraint notifications_thread_where_due on threads.notifications is
'Follows have no thread, and all others have one.';

create index notifications_user_id_latest_at_idx on threads.notifications (user_id, latest_at, id);
create index notifications_thread_id_idx on threads.notifications (thread_id, user_id)
where thread_id is not null;
create unique index notifications_unread_idx on threads.notifications (user_id, kind, thread_id)
nulls not distinct
where read_at is null;

comment on index threads.notifications_user_id_latest_at_idx is 'A user''s notifications, the latest first.';
comment on index threads.notifications_thread_id_idx is 'What goes with a thread, and whom it notified.';
comment on index threads.notifications_unread_idx is
'What is alike and not read yet is one notification. It also finds, and counts, what a user has not read.';

-- Actors --------------------------------------------------------------------------------------------------------------

create table threads.notification_actors (
  notification_id bigint                    not null,
  actor_id        bigint                    not null,
  user_id         bigint                    not null,
  thread_id       bigint,
  created_at      timestamptz               not null default now(),
  kind            threads.notification_kind not null,

  constraint notification_actors_pkey primary key (notification_id, created_at, actor_id),
  constraint notification_actors_key unique nulls not distinct (actor_id, user_id, kind, thread_id),
  constraint notification_actors_notification_id_fkey foreign key (notification_id)
  references threads.notifications (id) on delete cascade,
  constraint notification_actors_actor_id_fkey foreign key (actor_id) references threads.users (id) on delete cascade,
  constraint notification_actors_not_oneself check (actor_id <> user_id)
);

comment on table threads.notification_actors is
'@omit all,create,update,delete,upsert,aggregates,distinct
@orderBy created_at desc, actor_id desc
Somebody who did what a notification tells.';
comment on column threads.notification_actors.notification_id is
'@omit
The notification.';
comment on column threads.notification_actors.actor_id is
'@omit
Who did it.';
comment on column threads.notification_actors.user_id is
'@omit
@meant policy-column-index The policy is asked of actors that are found by their notification.
Whom the notification is for; a copy, so that the two policies need not ask each other.';
comment on column threads.notification_actors.kind is
'@omit
What they did; a copy.';
comment on column threads.notification_actors.thread_id is
'@omit
The thread of the notification; a copy, for the key.';
comment on column threads.notification_actors.created_at is 'When they did it.';
comment on constraint notification_actors_pkey on threads.notification_actors is
'The actors of a notification, the latest last. That nobody is among them twice follows from the other key.';
comment on constraint notification_actors_key on threads.notification_actors is
'@omit
Who does the same again is not told again; also finds what is taken back.';
comment on constraint notification_actors_notification_id_fkey on threads.notification_actors is
'@omit forward
@foreignFieldName actors
@backwardDescription Who did it, the latest first; ask for the first two or three, and for actorCount.
The notification.';
comment on constraint notification_actors_actor_id_fkey on threads.notification_actors is
'@fieldName user
@notNull
@omit backward
Who did it.';
comment on constraint notification_actors_not_oneself on threads.notification_actors is
'Nobody is told of what they did themselves.';

-- Preferences ---------------------------------------------------------------------------------------------------------

create table threads.notification_preferences (
  user_id           bigint                        not null,
  likes             threads.notification_audience not null default 'everyone',
  replies           threads.notification_audience not null default 'everyone',
  mentions          threads.notification_audience not null default 'everyone',
  quotes            threads.notification_audience not null default 'everyone',
  reposts           threads.notification_audience not null default 'everyone',
  follows           threads.notification_audience not null default 'everyone',
  follow_requests   threads.notification_audience not null default 'everyone',
  accepted_requests threads.notification_audience not null default 'everyone',

  constraint notification_preferences_pkey primary key (user_id),
  constraint notification_preferences_user_id_fkey foreign key (user_id) references threads.users (id)
  on delete cascade
);

comment on table threads.notification_preferences is
'@omit all,create,update,delete,upsert,aggregates,distinct
Of what, and of whom, you want notifications. They count from then on; what you were notified of stays.';
comment on column threads.notification_preferences.user_id is
'@omit
Whose they are. Who has no row never changed them.';
comment on column threads.notification_preferences.likes is 'When they like your thread.';
comment on column threads.notification_preferences.replies is 'When they reply to your thread.';
comment on column threads.notification_preferences.mentions is 'When they mention you.';
comment on column threads.notification_preferences.quotes is 'When they quote your thread.';
comment on column threads.notification_preferences.reposts is 'When they repost your thread.';
comment on column threads.notification_preferences.follows is 'When they follow you.';
comment on column threads.notification_preferences.follow_requests is 'When they ask to follow you.';
comment on column threads.notification_preferences.accepted_requests is 'When they let you follow them.';
comment on constraint notification_preferences_pkey on threads.notification_preferences is 'One row a user.';
comment on constraint notification_preferences_user_id_fkey on threads.notification_preferences is
'@omit
Whose they are.';

-- Row-level security --------------------------------------------------------------------------------------------------

alter table threads.notifications enable row level security;
alter table threads.notification_actors enable row level security;
alter table threads.notification_preferences enable row level security;

create policy notification_actors_read_own on threads.notification_actors
for select to threads_member
using (
  user_id = (select threads.viewer_id())
  and actor_id <> all (array(
    select m.muted_id
      from threads.mutes as m
     where m.muter_id = (select threads.viewer_id())
  ))
  and (
        select notification_actors.kind not in ('like', 'repost') or not u.is_private or private.viewer_follows(u.id)
          from threads.users as u
         where u.id = notification_actors.actor_id
      )
);

-- Keys are looked up one by one, in scalar sub-selects: as "exists" the planner might read whole tables into a hash.
create policy notifications_read_own on threads.notifications
for select to threads_member
using (
  user_id = (select threads.viewer_id())
  and (
        select true
          from threads.notification_actors as a
         where a.notification_id = notifications.id
         order by a.created_at desc, a.actor_id desc
         limit 1
      )
  and (
        thread_id is null
        or (
             select t.deleted_at is null
               from threads.threads as t
              where t.id = notifications.thread_id
           )
      )
);

create policy notifications_mark_own on threads.notifications
for update to threads_member
using (user_id = (select threads.viewer_id()))
with check (user_id = (select threads.viewer_id()) and read_at is not null);

create policy notification_preferences_read_own on threads.notification_preferences
for select to threads_member
using (user_id = (select threads.viewer_id()));

create policy notification_preferences_insert_own on threads.notification_preferences
for insert to threads_member
with check (user_id = (select threads.viewer_id()));

create policy notification_preferences_update_own on threads.notification_preferences
for update to threads_member
using (user_id = (select threads.viewer_id()))
with check (user_id = (select threads.viewer_id()));

comment on policy notification_actors_read_own on threads.notification_actors is
'Members see who did what concerns them, but for those they mute or cannot see, and for private accounts'' likes and
reposts unless they follow these, as everywhere.';
comment on policy notifications_read_own on threads.notifications is
'Members see their own, as long as they see one of the actors and the thread.';
comment on policy notifications_mark_own on threads.notifications is
'Members mark their own as read, and never as unread again.';
comment on policy notification_preferences_read_own on threads.notification_preferences is 'Members see their own.';
comment on policy notification_preferences_insert_own on threads.notification_preferences is 'Members set their own.';
comment on policy notification_preferences_update_own on threads.notification_preferences is
'Members change their own.';

-- Grants --------------------------------------------------------------------------------------------------------------

-- Nobody may insert: only what somebody did makes a notification.
grant select (id, user_id, kind, thread_id, created_at, latest_at, read_at) on threads.notifications to threads_member;
grant update (read_at) on threads.notifications to threads_member;
grant select (notification_id, actor_id, user_id, kind, thread_id, created_at)
on threads.notification_actors to threads_member;
grant select (
  user_id, likes, replies, mentions, quotes, reposts, follows, follow_requests, accepted_requests
) on threads.notification_preferences to threads_member;
grant insert (
  user_id, likes, replies, mentions, quotes, reposts, follows, follow_requests, accepted_requests
) on threads.notification_preferences to threads_member;
grant update (
  likes, replies, mentions, quotes, reposts, follows, follow_requests, accepted_requests
) on threads.notification_preferences to threads_member;

reset role;
