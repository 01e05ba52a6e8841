-- Notifications: who is told what, what is taken back, and reading and marking them. Triggers write them, members mark
-- them.
set role threads_owner;

-- Writing -------------------------------------------------------------------------------------------------------------

-- Many may do this at once for one notification, as when a thread is liked by thousands. Each holds it "for key share",
-- which none of them waits for, and which keeps it from being marked as read before they are among its actors. The
-- time is moved by one of them, at most once a minute, and by nobody who would have to wait.
create or replace function private.notify(
  recipient_id bigint, kind threads.notification_kind, thread_id bigint, actor_id bigint
)
returns void
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  audience        threads.notification_audience;
  notification_id bigint;
  latest_at       timestamptz;
begin
  if notify.recipient_id is null or notify.recipient_id = notify.actor_id then
    return;
  end if;

  select case notify.kind
           when 'like' then p.likes
           when 'reply' then p.replies
           when 'mention' then p.mentions
           when 'quote' then p.quotes
           when 'repost' then p.reposts
           when 'follow' then p.follows
           when 'follow_request' then p.follow_requests
           when 'request_accepted' then p.accepted_requests
         end
    into audience
    from threads.notification_preferences as p
   where p.user_id = notify.recipient_id;

  if audience = 'nobody'
     or audience = 'followed' and not exists (
          select
            from threads.follows as f
           where f.follower_id = notify.recipient_id
             and f.followee_id = notify.actor_id
        )
     or exists (
          select
            from threads.mutes as m
           where m.muter_id = notify.recipient_id
             and m.muted_id = notify.actor_id
        )
     or exists (
          select
            from private.walls as w
           where w.user_id = notify.recipient_id
             and w.other_id = notify.actor_id
        )
     or notify.kind in ('reply', 'mention', 'quote') and exists (
          select
            from threads.threads as t
           where t.id = notify.thread_id
             and t.body ~ private.muted_pattern_of(notify.recipient_id)
        )
  then
    return;
  end if;

  -- A reply that also mentions or quotes whom it replies to is one notification.
  if notify.kind in ('mention', 'quote') and exists (
       select
         from threads.notifications as n
        where n.thread_id = notify.thread_id
          and n.user_id = notify.recipient_id
     )
  then
    return;
  end if;

  loop
    -- Two statements, since "is not distinct from" walks no index.
    if notify.thread_id is null then
      select n.id, n.latest_at
        into notification_id, latest_at
        from threads.notifications as n
       where n.user_id = notify.recipient_id
         and n.kind = notify.kind
         and n.thread_id is null
         and n.read_at is null
         for key share;
    else
      select n.id, n.latest_at
        into notification_id, latest_at
        from threads.notifications as n
       where n.user_id = notify.recipient_id
         and n.kind = notify.kind
         and n.thread_id = notify.thread_id
         and n.read_at is null
         for key share;
    end if;
    exit when found;

    insert into threads.notifications as n (user_id, kind, thread_id)
    values (notify.recipient_id, notify.kind, notify.thread_id)
    on conflict do nothing
    returning n.id, n.latest_at into notification_id, latest_at;
    exit when found;
  end loop;

  insert into threads.notification_actors (notification_id, actor_id, user_id, kind, thread_id)
  values (notification_id, notify.actor_id, notify.recipient_id, notify.kind, notify.thread_id)
  on conflict do nothing;

  -- Who likes, takes it back and likes again was told already.
  if not found then
    perform private.drop_notification(notification_id);
  elsif latest_at < now() - interval '1 minute' then
    update threads.notifications as n
       set latest_at = now()
     where n.id in (
             select m.id
               from threads.notifications as m
              where m.id = notification_id
                and m.latest_at < now() - interval '1 minute'
                for no key update skip locked
           );
  end if;
end
$$;

comment on function private.notify(bigint, threads.notification_kind, bigint, bigint) is
'Tells a user what another did, unless it is they themselves, muted, behind a block, in words that the user has muted,
or not what the user wants to be told.';

create or replace function private.drop_notification(notification_id bigint)
returns void
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  -- Who becomes an actor at this moment has it; then it is needed. Held, it gets no more actors, and the next
  -- statement sees all that it has.
  perform
     from threads.notifications as n
    where n.id = drop_notification.notification_id
      for update skip locked;

  if found then
    delete from threads.notifications as n
     where n.id = drop_notification.notification_id
       and not exists (
             select
               from threads.notification_actors as a
              where a.notification_id = n.id
           );
  end if;
end
$$;

comment on function private.drop_notification(bigint) is 'Deletes a notification that has no actors.';

create or replace function private.take_back_notification(
  recipient_id bigint, kind threads.notification_kind, thread_id bigint, actor_id bigint
)
returns void
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  notification_id bigint;
begin
  if take_back_notification.thread_id is null then
    delete from threads.notification_actors as a
     using threads.notifications as n
     where a.actor_id = take_back_notification.actor_id
       and a.user_id = take_back_notification.recipient_id
       and a.kind = take_back_notification.kind
       and a.thread_id is null
       and n.id = a.notification_id
       -- What was asked can be answered no more, read or not.
       and (n.read_at is null or n.kind = 'follow_request')
    returning n.id into notification_id;
  else
    delete from threads.notification_actors as a
     using threads.notifications as n
     where a.actor_id = take_back_notification.actor_id
       and a.user_id = take_back_notification.recipient_id
       and a.kind = take_back_notification.kind
       and a.thread_id = take_back_notification.thread_id
       and n.id = a.notification_id
       and n.read_at is null
    returning n.id into notification_id;
  end if;

  if found then
    perform private.drop_notification(notification_id);
  end if;
end
$$;

comment on function private.take_back_notification(bigint, threads.notification_kind, bigint, bigint) is
'Takes back what a user was told and has not read; a request to follow also where they have.';

-- Who is told what ----------------------------------------------------------------------------------------------------

create or replace function private.notify_of_reaction()
returns trigger
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  perform private.notify(t.author_id, tg_argv[0]::threads.notification_kind, new.thread_id, new.user_id)
     from threads.threads as t
    where t.id = new.thread_id;

  return null;
end
$$;

comment on function private.notify_of_reaction() is
'Tells the author of a thread of a like or repost: the trigger''s argument says which.';

create or replace trigger likes_notify
after insert on threads.likes
for each row execute function private.notify_of_reaction('like');

create or replace trigger reposts_notify
after insert on threads.reposts
for each row execute function private.notify_of_reaction('repost');

comment on trigger likes_notify on threads.likes is 'Tells the author of a thread who likes it.';
comment on trigger reposts_notify on threads.reposts is 'Tells the author of a thread who reposts it.';

create or replace function private.take_back_reactions()
returns trigger
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  notification_id bigint;
begin
  for notification_id in
    with taken as (
      delete from threads.notification_actors as a
       using gone as g, threads.threads as t, threads.notifications as n
       where t.id = g.thread_id
         and a.actor_id = g.user_id
         and a.user_id = t.author_id
         and a.kind = tg_argv[0]::threads.notification_kind
         and a.thread_id = g.thread_id
         and n.id = a.notification_id
         and n.read_at is null
      returning a.notification_id
    )
    select distinct t.notification_id
      from taken as t
     order by t.notification_id
  loop
    perform private.drop_notification(notification_id);
  end loop;

  return null;
end
$$;

comment on function private.take_back_reactions() is
'Takes back what authors were told of likes or reposts and have not read: the trigger''s argument says which.';

-- Triggers of a statement run in the order of their names: these after the ones that count. Who likes counts first and
-- then tells; the other way round here, the two could wait for each other.
create or replace trigger likes_take_back
after delete on threads.likes
referencing old table as gone
for each statement execute function private.take_back_reactions('like');

create or replace trigger reposts_take_back
after delete on threads.reposts
referencing old table as gone
for each statement execute function private.take_back_reactions('repost');

comment on trigger likes_take_back on threads.likes is 'Tells no more who does not like it any more.';
comment on trigger reposts_take_back on threads.reposts is 'Tells no more who does not repost it any more.';

create or replace function private.notify_of_thread()
returns trigger
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  if tg_op = 'UPDATE' then
    delete from threads.notifications as n
     where n.thread_id = new.id;

    return null;
  end if;

  perform private.notify(t.author_id, 'reply', new.id, new.author_id)
     from threads.threads as t
    where t.id = new.parent_id;

  perform private.notify(t.author_id, 'quote', new.id, new.author_id)
     from threads.threads as t
    where t.id = new.quoted_id;

  return null;
end
$$;

comment on function private.notify_of_thread() is
'Tells the authors of what a thread replies to and quotes. What a thread notified of goes when it is deleted.';

-- Triggers run in the order of their names: this one before the one that finds mentions.
create or replace trigger threads_a_notify
after insert on threads.threads
for each row when (new.parent_id is not null or new.quoted_id is not null)
execute function private.notify_of_thread();

create or replace trigger threads_take_back_notifications
after update of deleted_at on threads.threads
for each row when (old.deleted_at is null and new.deleted_at is not null)
execute function private.notify_of_thread();

comment on trigger threads_a_notify on threads.threads is 'Tells authors who replies to them and quotes them.';
comment on trigger threads_take_back_notifications on threads.threads is
'Takes back what a deleted thread that keeps its place notified of; of all others a foreign key does.';

create or replace function private.notify_of_mention()
returns trigger
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  mention   threads.mentions := case tg_op when 'DELETE' then old else new end;
  author_id bigint;
begin
  select t.author_id into author_id
    from threads.threads as t
   where t.id = mention.thread_id;

  if tg_op = 'DELETE' then
    perform private.take_back_notification(mention.user_id, 'mention', mention.thread_id, author_id);
  else
    perform private.notify(mention.user_id, 'mention', mention.thread_id, author_id);
  end if;

  return null;
end
$$;

comment on function private.notify_of_mention() is 'Tells a user who mentions them, and takes it back.';

create or replace trigger mentions_notify
after insert or delete on threads.mentions
for each row execute function private.notify_of_mention();

comment on trigger mentions_notify on threads.mentions is 'Tells users who mentions them.';

create or replace function private.notify_of_follow()
returns trigger
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  if tg_op = 'DELETE' then
    perform private.take_back_notification(old.followee_id, 'follow', null, old.follower_id);
    perform private.take_back_notification(old.follower_id, 'request_accepted', null, old.followee_id);
  -- The request is deleted after it is granted.
  elsif exists (
    select
      from threads.follow_requests as r
     where r.requester_id = new.follower_id
       and r.target_id = new.followee_id
  ) then
    perform private.notify(new.follower_id, 'request_accepted', null, new.followee_id);
  else
    perform private.notify(new.followee_id, 'follow', null, new.follower_id);
  end if;

  return null;
end
$$;

comment on function private.notify_of_follow() is
'Tells a user who follows them, and one who asked to follow another that they may now; and takes it back.';

create or replace trigger follows_notify
after insert or delete on threads.follows
for each row execute function private.notify_of_follow();

comment on trigger follows_notify on threads.follows is 'Tells users who follows them, or whom they may now follow.';

create or replace function private.notify_of_follow_request()
returns trigger
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  if tg_op = 'DELETE' then
    perform private.take_back_notification(old.target_id, 'follow_request', null, old.requester_id);
  else
    perform private.notify(new.target_id, 'follow_request', null, new.requester_id);
  end if;

  return null;
end
$$;

comment on function private.notify_of_follow_request() is
'Tells a user who asks to follow them, and takes it back once that was granted, refused or taken back.';

create or replace trigger follow_requests_notify
after insert or delete on threads.follow_requests
for each row execute function private.notify_of_follow_request();

comment on trigger follow_requests_notify on threads.follow_requests is 'Tells users who asks to follow them.';

-- Reading -------------------------------------------------------------------------------------------------------------

create or replace function threads.notifications_is_read(notification threads.notifications)
returns boolean
language sql stable parallel safe
return notification.read_at is not null;

comment on function threads.notifications_is_read(threads.notifications) is
'@notNull
Whether you have read it.';

create or replace function threads.notifications_actor_count(notification threads.notifications)
returns setof integer
language sql stable parallel safe rows 1
as $$
  select count(*)::integer
    from (
           select
             from threads.notification_actors as a
            where a.notification_id = notification.id
            limit 100
         ) as counted
$$;

comment on function threads.notifications_actor_count(threads.notifications) is
'@notNull
@omit filter,order
How many did it: exact up to 99, and 100 where they are more. (Of likes and reposts the thread tells all.)';

create or replace function threads.users_unread_notification_count(person threads.users)
returns setof integer
language sql stable parallel safe rows 1
as $$
  select count(*)::integer
    from (
           select
             from threads.notifications as n
            where n.user_id = person.id
              and n.read_at is null
            limit 100
         ) as counted
$$;

comment on function threads.users_unread_notification_count(threads.users) is
'@notNull
@omit filter,order
How many notifications you have not read: exact up to 99, and 100 where they are more. 0 for all others than yourself.';

create or replace function threads.users_notification_preferences(person threads.users)
returns setof threads.notification_preferences
language sql stable parallel safe rows 1
as $$
  select
    person.id,
    coalesce(p.likes, 'everyone'),
    coalesce(p.replies, 'everyone'),
    coalesce(p.mentions, 'everyone'),
    coalesce(p.quotes, 'everyone'),
    coalesce(p.reposts, 'everyone'),
    coalesce(p.follows, 'everyone'),
    coalesce(p.follow_requests, 'everyone'),
    coalesce(p.accepted_requests, 'everyone')
    from (select person.id) as u (id)
    left join threads.notification_preferences as p on p.user_id = u.id
   where u.id = (select threads.viewer_id())
$$;

comment on function threads.users_notification_preferences(threads.users) is
'@omit filter,order
Of what, and of whom, you want notifications; null for all others than yourself.';

-- Verbs ---------------------------------------------------------------------------------------------------------------

create or replace function threads.mark_notifications_read(up_to timestamptz default null)
returns threads.users
language plpgsql volatile
as $$
declare
  viewer_id constant bigint := threads.require_viewer_id();
begin
  -- What gets another actor at this very moment stays unread, since nobody can have read that; so nobody waits here.
  update threads.notifications as n
     set read_at = now()
   where n.id in (
           select m.id
             from threads.notifications as m
            where m.user_id = viewer_id
              and m.read_at is null
              and m.latest_at <= coalesce(mark_notifications_read.up_to, 'infinity')
              for update skip locked
         );

  return (select u from threads.users as u where u.id = viewer_id);
end
$$;

comment on function threads.mark_notifications_read(timestamptz) is
'@notNull
@param up_to The latestAt of the first one that you show, so that what came after that stays unread; all where left out.
Marks your notifications as read. Errors: NOT_LOGGED_IN.';

create or replace function threads.mark_notification_read(notification_id bigint)
returns threads.notifications
language plpgsql volatile
as $$
declare
  viewer_id    constant bigint := threads.require_viewer_id();
  notification threads.notifications;
begin
  update threads.notifications as n
     set read_at = now()
   where n.id in (
           select m.id
             from threads.notifications as m
            where m.id = mark_notification_read.notification_id
              and m.user_id = viewer_id
              and m.read_at is null
              for update skip locked
         );

  select n.* into notification
    from threads.notifications as n
   where n.id = mark_notification_read.notification_id;

  if not found then
    raise exception 'There is no such notification.'
      using constraint = 'notification_not_found', column = 'notification_id';
  end if;

  return notification;
end
$$;

comment on function threads.mark_notification_read(bigint) is
'@notNull
@param notification_id The notification.
Marks one of your notifications as read. Doing it again changes nothing and is no error.
Errors: NOT_LOGGED_IN and NOTIFICATION_NOT_FOUND.';

create or replace function threads.update_notification_preferences(
  likes threads.notification_audience default null,
  replies threads.notification_audience default null,
  mentions threads.notification_audience default null,
  quotes threads.notification_audience default null,
  reposts threads.notification_audience default null,
  follows threads.notification_audience default null,
  follow_requests threads.notification_audience default null,
  accepted_requests threads.notification_audience default null
)
returns threads.notification_preferences
language plpgsql volatile
as $$
declare
  viewer_id   constant bigint := threads.require_viewer_id();
  preferences threads.notification_preferences;
begin
  insert into threads.notification_preferences (user_id)
  values (viewer_id)
  on conflict on constraint notification_preferences_pkey do nothing;

  update threads.notification_preferences as p
     set likes             = coalesce(update_notification_preferences.likes, p.likes),
         replies           = coalesce(update_notification_preferences.replies, p.replies),
         mentions          = coalesce(update_notification_preferences.mentions, p.mentions),
         quotes            = coalesce(update_notification_preferences.quotes, p.quotes),
         reposts           = coalesce(update_notification_preferences.reposts, p.reposts),
         follows           = coalesce(update_notification_preferences.follows, p.follows),
         follow_requests   = coalesce(update_notification_preferences.follow_requests, p.follow_requests),
         accepted_requests = coalesce(update_notification_preferences.accepted_requests, p.accepted_requests)
   where p.user_id = viewer_id
  returning p.* into preferences;

  return preferences;
end
$$;

comment on function threads.update_notification_preferences(
  threads.notification_audience, threads.notification_audience, threads.notification_audience,
  threads.notification_audience, threads.notification_audience, threads.notification_audience,
  threads.notification_audience, threads.notification_audience
) is
'@notNull
@param likes When they like your thread.
@param replies When they reply to your thread.
@param mentions When they mention you.
@param quotes When they quote your thread.
@param reposts When they repost your thread.
@param follows When they follow you.
@param follow_requests When they ask to follow you.
@param accepted_requests When they let you follow them.
Says of what, and of whom, you want notifications. What is left out (or null) stays as it is. Errors: NOT_LOGGED_IN.';

grant execute on function
threads.notifications_is_read(threads.notifications),
threads.notifications_actor_count(threads.notifications)
to threads_member;

grant execute on function
threads.users_unread_notification_count(threads.users),
threads.users_notification_preferences(threads.users)
to threads_member;

grant execute on function
threads.mark_notifications_read(timestamptz),
threads.mark_notification_read(bigint),
threads.update_notification_preferences(
  threads.notification_audience, threads.notification_audience, threads.notification_audience,
  threads.notification_audience, threads.notification_audience, threads.notification_audience,
  threads.notification_audience, threads.notification_audience
)
to threads_anonymous, threads_member;

reset role;
