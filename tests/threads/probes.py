"""What callers may ask to find out about somebody whom they do not see: other parts of Threads add theirs.

Each is a selection of `query` or `mutation`; variables are declared as TYPES says. See test_invisible.py.
"""

from __future__ import annotations

TYPES = {
    "name": "String!",
    "tag": "String!",
    "mention": "String!",
    "id": "BigInt!",
    "node": "ID!",
    "cursor": "String!",
    "thread": "BigInt!",
    "threadNode": "ID!",
    "threadCursor": "String!",
    "reply": "BigInt!",
    "quote": "BigInt!",
    "answer": "BigInt!",
    "hello": "BigInt!",
    "named": "BigInt!",
}
"""A person's name, a hashtag that they alone use, a text to name them in, their id and node id, and a cursor at them
in a list of users; a thread of theirs likewise; what they replied to `hello` and how they quoted it, which is the
viewer's; what somebody answered to their thread; and a text of somebody that names them."""

_PERSON = "{ nodes { id username } totalCount }"
_THREADS = "{ nodes { id body authorId author { username } } totalCount }"
_POSTS = "{ nodes { threadId userId isRepost user { username } thread { body } } edges { cursor } totalCount }"

PROFILE = {
    "by name": "userByUsername(username: $name) { id displayName bio createdAt isPrivate followerCount threadCount }",
    "by id": "user(id: $id) { username viewerFollows followsViewer }",
    "by node id": "node(nodeId: $node) { nodeId ... on User { username } }",
    "in a filter": "users(filter: { username: { eq: $name } }) { nodes { id } totalCount edges { cursor } }",
    "in a filter by the beginning": "users(filter: { username: { startsWith: $name } }) { totalCount }",
    "searched": f"searchUsers(query: $name) {_PERSON}",
    "counted": "users(filter: { id: { eq: $id } }) { totalCount }",
    "named in a text": f"""thread(id: $named) {{
        body mentionedUsers {_PERSON} entities {{ nodes {{ kind start length userId user {{ username }} }} totalCount }}
    }}""",
    "by what names them": f"threads(filter: {{ mentionedUsers: {{ some: {{ id: {{ eq: $id }} }} }} }}) {_THREADS}",
    "by entities": "threads(filter: { entities: { some: { userId: { eq: $id } } } }) { nodes { id } totalCount }",
    "by their name in entities": """threads(
        filter: { entities: { some: { user: { username: { eq: $name } } } } }
    ) { nodes { id } totalCount }""",
    "ordered": f"users(orderBy: [{{ username: DESC }}], filter: {{ id: {{ in: [$id] }} }}) {_PERSON}",
}
"""What shows that there is such a person."""

CONTENT = {
    "by those who follow them": f"users(filter: {{ following: {{ some: {{ id: {{ eq: $id }} }} }} }}) {_PERSON}",
    "by those whom they follow": f"users(filter: {{ followers: {{ some: {{ id: {{ eq: $id }} }} }} }}) {_PERSON}",
    "by what they like": f"threads(filter: {{ likers: {{ some: {{ username: {{ eq: $name }} }} }} }}) {_THREADS}",
    "by what they wrote": f"threads(filter: {{ author: {{ username: {{ eq: $name }} }} }}) {_THREADS}",
    "by their id on what they wrote": f"threads(filter: {{ authorId: {{ eq: $id }} }}) {_THREADS}",
    "by words of theirs": "threads(filter: { body: { includes: $name } }) { nodes { authorId } totalCount }",
    "by who reply": """users(
        filter: { threads: { some: { parent: { author: { id: { eq: $id } } } } } }
    ) { nodes { username } }""",
    "by a search": f"searchThreads(query: $name) {_THREADS}",
    "by a search for the best": "searchTopThreads(query: $name) { nodes { id } pageInfo { hasNextPage } }",
    "by a hashtag": f"hashtag(name: $tag) {{ name threads {_THREADS} }}",
    "by a search for hashtags": "searchHashtags(query: $tag) { nodes { name } totalCount }",
    "their thread": f"thread(id: $thread) {{ id body likeCount author {{ id }} replies {_THREADS} likers {_PERSON} }}",
    "what is in their thread": f"""thread(id: $thread) {{
        media {{ nodes {{ url }} }} entities {{ nodes {{ hashtag }} }} edits {{ nodes {{ body media {{ url }} }} }}
        mentionedUsers {_PERSON} hashtags {{ nodes {{ name }} }} reposters {_PERSON} pinnedBy {_PERSON}
        repostCount quoteCount viewerCanReply viewerCanQuote viewerCanEdit viewerHasReposted
    }}""",
    "by media of theirs": "threads(filter: { media: { some: { url: { includes: $name } } } }) { totalCount }",
    "by what theirs was": "threads(filter: { edits: { some: { body: { includes: $name } } } }) { totalCount }",
    "by a hashtag of theirs": 'hashtags(filter: { name: { startsWith: "only_" } }) { nodes { name } totalCount }',
    "by whom they name": "users(filter: { mentionedIn: { some: { id: { eq: $thread } } } }) { nodes { id } }",
    "by what they repost": f"threads(filter: {{ reposters: {{ some: {{ id: {{ eq: $id }} }} }} }}) {_THREADS}",
    "their thread by node id": "node(nodeId: $threadNode) { nodeId ... on Thread { body } }",
    "their reply": "thread(id: $reply) { body parent { id } }",
    "their quote": "thread(id: $quote) { body quoted { id } }",
    "what they answer": f"thread(id: $reply) {{ ancestors {_THREADS} }}",
    "what comes before an answer to them": f"thread(id: $answer) {{ ancestors {_THREADS} }}",
    "the tree under theirs": f"thread(id: $thread) {{ replyTree {_THREADS} }}",
    "their tabs": f"""user(id: $id) {{
        posts {_POSTS} startedThreads {_THREADS} replies {_THREADS} mediaThreads {_THREADS} likedThreads {_THREADS}
        reposts {_THREADS}
    }}""",
    "an answer to them": "thread(id: $answer) { body parent { body } root { body } }",
    "a conversation of theirs": "threads(filter: { parent: { id: { eq: $thread } } }) { totalCount }",
    "a conversation without theirs": "threads(filter: { not: { parent: { id: { eq: $thread } } } }) { totalCount }",
}
"""What shows what they do, which a private account hides as well."""

AROUND = {
    "users": f"users(first: 100, orderBy: [{{ username: ASC }}]) {_PERSON}",
    "users from the end": f"users(last: 100) {_PERSON}",
    "threads": f"threads(first: 100) {_THREADS}",
    "threads that are replied to": "threads(filter: { replies: { some: {} } }) { nodes { id } totalCount }",
    "threads that quote": "threads(filter: { quoted: {} }) { nodes { id } totalCount }",
    "replies": f"thread(id: $hello) {{ likeCount replies {_THREADS} }}",
    "replies that are liked": f"thread(id: $hello) {{ replies(filter: {{ likers: {{ some: {{}} }} }}) {_THREADS} }}",
    "conversation": f"thread(id: $hello) {{ conversation {_THREADS} }}",
    "quotes": f"thread(id: $hello) {{ quotes {_THREADS} }}",
    "likers": f"thread(id: $hello) {{ likers {_PERSON} }}",
    "reposters": f"thread(id: $hello) {{ reposters {_PERSON} }}",
    "followers": f'userByUsername(username: "grace") {{ followers {_PERSON} }}',
    "following": f'userByUsername(username: "grace") {{ following {_PERSON} }}',
    "likes": f'userByUsername(username: "grace") {{ likedThreads {_THREADS} }}',
    "reposts": f'userByUsername(username: "grace") {{ reposts {_THREADS} }}',
    "posts": f'userByUsername(username: "grace") {{ posts {_POSTS} }}',
    "the tree of replies": f"thread(id: $hello) {{ replyTree(depth: 5) {_THREADS} }}",
    "explore": f"explore(first: 100) {_THREADS}",
    "explore, numbers": "explore { pageInfo { hasNextPage endCursor } totalCount }",
    "for you": f"forYou(first: 100) {_THREADS}",
    "trending": f"trendingThreads(hours: 168) {_THREADS}",
    "trending, at once": "trendingThreads(hours: 168) { nodes { id } pageInfo { hasNextPage endCursor } }",
    "trending hashtags": "trendingHashtags { nodes { name authorCount threadCount hashtag { name } } totalCount }",
    "a hashtag": f'hashtag(name: "town") {{ name threads {_THREADS} }}',
}
"""Lists among which they would be."""

OWN = {
    "own followers": f"viewer {{ followers {_PERSON} }}",
    "own following": f"viewer {{ following {_PERSON} }}",
    "followers by the beginning": 'viewer { followers(filter: { username: { startsWith: "d" } }) { totalCount } }',
    "requests": "viewer { receivedFollowRequests { nodes { requesterId requester { username } } totalCount } }",
    "own mentions": f"viewer {{ mentionedIn {_THREADS} }}",
    "notifications": """viewer {
        unreadNotificationCount
        notifications {
          nodes { kind actorCount threadId thread { body } actors { nodes { user { username } } totalCount } }
          totalCount
        }
    }""",
    "muted": f"viewer {{ mutedUsers {_PERSON} }}",
    "home feed": f"homeFeed(first: 100) {_POSTS}",
    "home feed, a page": "homeFeed(first: 3) { nodes { threadId userId } pageInfo { hasNextPage endCursor } }",
}
"""The same of the viewer."""

PLACES = {
    "after them": "users(first: 3, after: $cursor) { nodes { username } pageInfo { hasNextPage hasPreviousPage } }",
    "before them": "users(last: 3, before: $cursor) { nodes { username } pageInfo { hasNextPage hasPreviousPage } }",
    "after their thread": "threads(first: 3, after: $threadCursor) { nodes { id } pageInfo { hasPreviousPage } }",
}
"""Pages that begin where they were: these say the same also while they are seen."""

ON_PERSON = {
    "follow": "followUser(input: { username: $name }) { user { id } }",
    "unfollow": "unfollowUser(input: { username: $name }) { user { id } }",
    "cancel": "cancelFollowRequest(input: { username: $name }) { user { id } }",
    "approve": "approveFollowRequest(input: { username: $name }) { user { id } }",
    "refuse": "refuseFollowRequest(input: { username: $name }) { user { id } }",
    "remove": "removeFollower(input: { username: $name }) { user { id } }",
    "mute": "muteUser(input: { username: $name }) { user { id } }",
    "unmute": "unmuteUser(input: { username: $name }) { user { id } }",
    "report": "reportUser(input: { username: $name, reason: spam }) { report { id } }",
}
"""What is done to a person."""

BLOCKS = {
    "block": "blockUser(input: { username: $name }) { blockedUser { userId } }",
    "unblock": "unblockUser(input: { username: $name }) { user { id } }",
}
"""The same, but that these know whom the viewer blocks."""

WRITTEN = {
    "mention": """createThread(input: { body: $mention }) {
        thread { mentionedUsers { totalCount } entities { nodes { start length kind user { username } } } }
    }""",
}
"""What is written all the same."""

ON_THREAD = {
    "like": "likeThread(input: { threadId: $thread }) { thread { id } }",
    "unlike": "unlikeThread(input: { threadId: $thread }) { thread { id } }",
    "reply": 'replyToThread(input: { threadId: $thread, body: "an answer" }) { thread { id } }',
    "reply to their reply": 'replyToThread(input: { threadId: $reply, body: "an answer" }) { thread { id } }',
    "quote in a reply": """replyToThread(
        input: { threadId: $hello, body: "a quote", quotedId: $thread }
    ) { thread { id } }""",
    "keep": "bookmarkThread(input: { threadId: $thread }) { thread { id } }",
    "report it": "reportThread(input: { threadId: $thread, reason: spam }) { report { id } }",
}
"""What is done to a thread of theirs."""
