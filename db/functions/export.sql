-- Export: all that Threads keeps of a member, for them. tests/threads/test_export.py tells which tables are in it, and
-- why others are not.
set role threads_owner;

create or replace function threads.my_data()
returns json
language plpgsql stable parallel safe
as $$
declare
  viewer_id constant bigint := threads.require_viewer_id();
begin
  -- Their own rows by name, and not all that they may see: a moderator sees more.
  return json_build_object(
    'exportedAt', now(),
    'profile', (
      select json_build_object(
        'id', u.id, 'username', u.username, 'displayName', u.display_name, 'bio', u.bio, 'link', u.link,
        'avatarUrl', u.avatar_url, 'isPrivate', u.is_private, 'pinnedThreadId', u.pinned_thread_id,
        'createdAt', u.created_at
      )
        from threads.users as u
       where u.id = viewer_id
    ),
    'account', json_build_object(
      'email', (
        select a.email
          from threads.accounts as a
         where a.user_id = viewer_id
      )
    ),
    'sessions', (
      select coalesce(json_agg(
               json_build_object(
                 'device', s.device, 'address', s.address, 'createdAt', s.created_at, 'lastUsedAt', s.last_used_at
               )
               order by s.created_at
             ), '[]')
        from threads.sessions as s
       where s.user_id = viewer_id
    ),
    'threads', (
      select coalesce(json_agg(
               json_build_object(
                 'id', t.id, 'parentId', t.parent_id, 'quotedId', t.quoted_id, 'body', t.body,
                 'replyControl', t.reply_control, 'createdAt', t.created_at, 'editedAt', t.edited_at,
                 'hiddenAt', t.hidden_at,
                 'media', (
                   select coalesce(json_agg(
                            json_build_object(
                              'url', m.url, 'altText', m.alt_text, 'kind', m.kind, 'width', m.width,
                              'height', m.height
                            )
                            order by m.position
                          ), '[]')
                     from threads.media as m
                    where m.thread_id = t.id
                 ),
                 'poll', (
                   select json_build_object('options', p.options, 'endsAt', p.ends_at)
                     from threads.polls as p
                    where p.thread_id = t.id
                 ),
                 'edits', (
                   select coalesce(json_agg(
                            json_build_object('body', e.body, 'media', e.media, 'editedAt', e.edited_at)
                            order by e.edited_at
                          ), '[]')
                     from threads.thread_edits as e
                    where e.thread_id = t.id
                 )
               )
               order by t.id
             ), '[]')
        from threads.threads as t
       where t.author_id = viewer_id
    ),
    'drafts', (
      select coalesce(json_agg(
               json_build_object(
                 'parentId', d.parent_id, 'quotedId', d.quoted_id, 'body', d.body, 'media', d.media, 'poll', d.poll,
                 'replyControl', d.reply_control, 'createdAt', d.created_at, 'updatedAt', d.updated_at
               )
               order by d.id
             ), '[]')
        from threads.drafts as d
       where d.author_id = viewer_id
    ),
    'likes', (
      select coalesce(json_agg(
               json_build_object('threadId', l.thread_id, 'createdAt', l.created_at)
               order by l.created_at, l.thread_id
             ), '[]')
        from threads.likes as l
       where l.user_id = viewer_id
    ),
    'reposts', (
      select coalesce(json_agg(
               json_build_object('threadId', r.thread_id, 'createdAt', r.created_at)
               order by r.created_at, r.thread_id
             ), '[]')
        from threads.reposts as r
       where r.user_id = viewer_id
    ),
    'bookmarks', (
      select coalesce(json_agg(
               json_build_object('threadId', b.thread_id, 'createdAt', b.created_at)
               order by b.created_at, b.thread_id
             ), '[]')
        from threads.bookmarks as b
       where b.user_id = viewer_id
    ),
    'pollVotes', (
      select coalesce(json_agg(
               json_build_object('threadId', p.thread_id, 'option', p.option, 'createdAt', p.created_at)
               order by p.created_at, p.thread_id
             ), '[]')
        from threads.poll_votes as p
       where p.user_id = viewer_id
    ),
    'following', (
      select coalesce(json_agg(
               json_build_object('userId', f.followee_id, 'username', u.username, 'createdAt', f.created_at)
               order by f.created_at, f.followee_id
             ), '[]')
        from threads.follows as f
        left join threads.users as u on u.id = f.followee_id
       where f.follower_id = viewer_id
    ),
    'followers', (
      select coalesce(json_agg(
               json_build_object('userId', f.follower_id, 'username', u.username, 'createdAt', f.created_at)
               order by f.created_at, f.follower_id
             ), '[]')
        from threads.follows as f
        left join threads.users as u on u.id = f.follower_id
       where f.followee_id = viewer_id
    ),
    'sentFollowRequests', (
      select coalesce(json_agg(
               json_build_object('userId', r.target_id, 'username', u.username, 'createdAt', r.created_at)
               order by r.created_at, r.target_id
             ), '[]')
        from threads.follow_requests as r
        left join threads.users as u on u.id = r.target_id
       where r.requester_id = viewer_id
    ),
    'receivedFollowRequests', (
      select coalesce(json_agg(
               json_build_object('userId', r.requester_id, 'username', u.username, 'createdAt', r.created_at)
               order by r.created_at, r.requester_id
             ), '[]')
        from threads.follow_requests as r
        left join threads.users as u on u.id = r.requester_id
       where r.target_id = viewer_id
    ),
    'blocks', (
      select coalesce(json_agg(
               json_build_object('userId', b.blocked_id, 'createdAt', b.created_at)
               order by b.created_at, b.blocked_id
             ), '[]')
        from threads.blocks as b
       where b.blocker_id = viewer_id
    ),
    'mutes', (
      select coalesce(json_agg(
               json_build_object('userId', m.muted_id, 'username', u.username, 'createdAt', m.created_at)
               order by m.created_at, m.muted_id
             ), '[]')
        from threads.mutes as m
        left join threads.users as u on u.id = m.muted_id
       where m.muter_id = viewer_id
    ),
    'mutedWords', (
      select coalesce(json_agg(
               json_build_object('word', w.word, 'createdAt', w.created_at)
               order by w.word
             ), '[]')
        from threads.muted_words as w
       where w.user_id = viewer_id
    ),
    'notifications', (
      select coalesce(json_agg(
               json_build_object(
                 'kind', n.kind, 'threadId', n.thread_id, 'createdAt', n.created_at, 'latestAt', n.latest_at,
                 'readAt', n.read_at,
                 'actorIds', (
                   select json_agg(a.actor_id order by a.created_at, a.actor_id)
                     from threads.notification_actors as a
                    where a.notification_id = n.id
                 )
               )
               order by n.latest_at, n.id
             ), '[]')
        from threads.notifications as n
       where n.user_id = viewer_id
    ),
    'notificationPreferences', (
      select json_build_object(
        'likes', p.likes, 'replies', p.replies, 'mentions', p.mentions, 'quotes', p.quotes, 'reposts', p.reposts,
        'follows', p.follows, 'followRequests', p.follow_requests, 'acceptedRequests', p.accepted_requests
      )
        from threads.notification_preferences as p
       where p.user_id = viewer_id
    ),
    'reports', (
      select coalesce(json_agg(
               json_build_object(
                 'userId', r.user_id, 'threadId', r.thread_id, 'reason', r.reason, 'note', r.note,
                 'status', r.status, 'createdAt', r.created_at, 'closedAt', r.closed_at
               )
               order by r.id
             ), '[]')
        from threads.reports as r
       where r.reporter_id = viewer_id
    ),
    'suspensions', (
      select coalesce(json_agg(
               json_build_object(
                 'reason', s.reason, 'createdAt', s.created_at, 'endsAt', s.ends_at, 'liftedAt', s.lifted_at
               )
               order by s.id
             ), '[]')
        from threads.suspensions as s
       where s.user_id = viewer_id
    )
  );
end
$$;

comment on function threads.my_data() is
'@notNull
All that is kept of you, to take with you: profile, e-mail address, sessions, what you wrote, drafts, likes, reposts,
bookmarks, votes, whom you follow, block and mute, notifications, and what you reported. Errors: NOT_LOGGED_IN.';

grant execute on function
threads.my_data()
to threads_anonymous, threads_member;

reset role;
