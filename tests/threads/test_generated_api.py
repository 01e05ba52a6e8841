"""What sdl/schema.graphql promises a front end: these fields and no others, and a description of each."""

from __future__ import annotations

from pathlib import Path

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLObjectType,
    GraphQLSchema,
    build_schema,
    get_named_type,
    is_introspection_type,
    is_leaf_type,
    is_specified_scalar_type,
)

SDL = (Path(__file__).parents[2] / "sdl" / "schema.graphql").read_text()


@pytest.fixture(scope="module")
def schema() -> GraphQLSchema:
    return build_schema(SDL)


def root(type_: GraphQLObjectType | None) -> set[str]:
    assert type_ is not None
    return set(type_.fields)


def test_it_holds_these_root_fields_and_no_others(schema: GraphQLSchema) -> None:
    assert root(schema.query_type) == set(
        """
        blockedUsers draft drafts explore forYou hashtag hashtags homeFeed moderationAction
        moderationActions myData node notification poll report reportCase reportQueue reports searchHashtags
        searchThreads searchTopThreads searchUsers session sessions suggestedUsers suspension thread threads
        trendingHashtags trendingThreads user userByUsername users viewer viewerIsModerator
        """.split()
    )
    assert root(schema.mutation_type) == set(
        """
        approveFollowRequest blockUser bookmarkThread cancelFollowRequest changeReplyControl changeUsername
        createDraft createDrafts createThread deleteDraft deleteDrafts deleteThread dismissReports
        editThread endSession followUser hideThread liftSuspension likeThread logOutEverywhere
        markNotificationRead markNotificationsRead muteUser muteWord pinThread publishDraft
        refuseFollowRequest removeFollower replyToThread reportThread reportUser repostThread resolveReports
        restoreThread suspendUser unblockUser unbookmarkThread undoRepost unfollowUser unlikeThread
        unmuteUser unmuteWord unpinThread updateDraft updateDrafts updateNotificationPreferences
        updateProfile voteInPoll
        """.split()
    )


CONNECTIONS = {
    "User": """
        bookmarks:Bookmark sentFollowRequests:FollowRequest receivedFollowRequests:FollowRequest
        mutedWords:MutedWord notifications:Notification reportCases:ReportCase sessions:Session
        suspensions:Suspension threads:Thread followers:User following:User likedThreads:Thread
        mentionedIn:Thread mutedUsers:User reposts:Thread followersYouKnow:User mediaThreads:Thread
        posts:Post replies:Thread startedThreads:Thread
    """,
    "Thread": """
        replyDrafts:Draft quoteDrafts:Draft media:Attachment entities:TextEntity edits:ThreadEdit
        replies:Thread quotes:Thread conversation:Thread pinnedBy:User likers:User mentionedUsers:User
        reposters:User hashtags:Hashtag ancestors:Thread replyTree:Thread
    """,
}


def test_what_joins_users_and_threads_is_a_way_between_them_alone(schema: GraphQLSchema) -> None:
    assert not {"Like", "Follow", "Repost", "Mention", "Mute", "ThreadHashtag"} & schema.type_map.keys()
    for name, expected in CONNECTIONS.items():
        type_ = schema.type_map[name]
        assert isinstance(type_, GraphQLObjectType)
        connections = {
            f"{field}:{str(shape.type).removesuffix('Connection!')}"
            for field, shape in type_.fields.items()
            if str(shape.type).endswith("Connection!")
        }
        assert connections == set(expected.split())


def test_only_what_may_be_missing_is_nullable(schema: GraphQLSchema) -> None:
    nullable = {
        f"{type_.name}.{name}"
        for type_ in schema.type_map.values()
        if isinstance(type_, GraphQLObjectType) and not is_introspection_type(type_)
        # Of no rows there is no sum, nor a key.
        if not type_.name.endswith(("Aggregates", "Values", "Sums", "Averages", "Booleans"))
        for name, field in type_.fields.items()
        if not str(field.type).endswith("!")
    }
    assert nullable == set(
        """
        Account.email
        Attachment.height Attachment.width
        BlockedUser.avatarUrl
        CreateDraftPayload.draft
        DeleteDraftPayload.draft
        Draft.parent Draft.parentId Draft.poll Draft.quoted Draft.quotedId
        MediaItem.altText MediaItem.height MediaItem.kind MediaItem.url MediaItem.width
        ModerationAction.caseId ModerationAction.endsAt ModerationAction.moderator
        ModerationAction.moderatorId ModerationAction.thread ModerationAction.threadId ModerationAction.user
        ModerationAction.userId
        Mutation.createDraft Mutation.createDrafts Mutation.deleteDraft Mutation.deleteDrafts
        Mutation.updateDraft Mutation.updateDrafts
        NewPoll.minutes NewPoll.options
        Notification.readAt Notification.thread Notification.threadId
        PageInfo.endCursor PageInfo.startCursor
        Poll.viewerVote Poll.voteCount
        PollOption.voteCount
        Query.draft Query.hashtag Query.moderationAction Query.node Query.notification Query.poll
        Query.report Query.reportCase Query.session Query.suspension Query.thread Query.user
        Query.userByUsername Query.viewer
        Report.body Report.case Report.closedAt Report.thread Report.threadId Report.user
        ReportCase.closedAt ReportCase.thread ReportCase.threadId ReportCase.user
        Session.address Session.user
        Suspension.endsAt Suspension.liftedAt Suspension.user
        TextEntity.hashtag TextEntity.url TextEntity.user TextEntity.userId
        Thread.author Thread.authorId Thread.deletedAt Thread.editedAt Thread.hiddenAt Thread.parent
        Thread.parentId Thread.poll Thread.quoted Thread.quotedId Thread.reportCase Thread.root
        Thread.rootId
        UnblockUserPayload.user
        UndoRepostPayload.thread
        UnlikeThreadPayload.thread
        UpdateDraftPayload.before UpdateDraftPayload.draft
        User.account User.avatarUrl User.link User.notificationPreferences User.pinnedThread
        User.pinnedThreadId User.suspension
        """.split()
    )


def test_each_part_has_a_description(schema: GraphQLSchema) -> None:
    without = []
    for name, type_ in schema.type_map.items():
        if is_introspection_type(type_) or is_specified_scalar_type(type_):
            continue
        parts: dict[str, str | None] = {"": type_.description}
        if isinstance(type_, GraphQLEnumType):
            parts |= {f".{part}": value.description for part, value in type_.values.items()}
        elif isinstance(type_, GraphQLObjectType | GraphQLInputObjectType):
            parts |= {f".{part}": field.description for part, field in type_.fields.items()}
        without += [name + part for part, description in parts.items() if not description]
    assert without == []


COLUMNS = {
    "User": """
        nodeId id username displayName bio createdAt link avatarUrl isPrivate pinnedThreadId followerCount
        followingCount followsViewer hasRequestedToFollowViewer threadCount unreadNotificationCount
        viewerFollows viewerHasMuted viewerHasReported viewerHasRequestedToFollow
    """,
    "Thread": """
        nodeId id authorId parentId body createdAt deletedAt rootId quotedId replyControl editedAt hiddenAt
        hasMedia likeCount quoteCount replyCount repostCount viewerCanEdit viewerCanQuote viewerCanReply
        viewerHasBookmarked viewerHasLiked viewerHasReported viewerHasReposted
    """,
    "Notification": """
        nodeId id threadId createdAt latestAt readAt kind actorCount isRead
    """,
}


def test_of_a_row_it_shows_these_columns(schema: GraphQLSchema) -> None:
    for name, expected in COLUMNS.items():
        type_ = schema.type_map[name]
        assert isinstance(type_, GraphQLObjectType)
        columns = [part for part, field in type_.fields.items() if is_leaf_type(get_named_type(field.type))]
        assert columns == expected.split()
