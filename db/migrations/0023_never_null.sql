-- What is never null in the values that functions return, and clearer words for what moderators do.
set role threads_owner;

comment on column threads.poll_option.number is
'@notNull
Its place, from 1 on: what to give voteInPoll.';
comment on column threads.poll_option.label is
'@notNull
What it says.';
comment on column threads.poll_option.viewer_chose is
'@notNull
Whether you chose it.';
comment on column threads.text_part.text is
'@notNull
The part as it stands in the text. Plain text: show it as such, and never as HTML.';
comment on column threads.text_part.is_match is
'@notNull
Whether it was searched for.';

comment on type threads.moderation_verb is
'@value hide_thread Hid a thread from all but its author and moderators.
@value restore_thread Showed a hidden thread again.
@value suspend_user Kept a user from writing.
@value lift_suspension Let a suspended user write again.
@value resolve_reports Closed a case: something was done about it.
@value dismiss_reports Closed a case: there was nothing to be done about it.
@value appoint_moderator Made somebody a moderator.
@value dismiss_moderator Made a moderator a member again.
What moderators and administrators do.';

reset role;
