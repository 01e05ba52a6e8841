"""The screens of safety: reporting, the moderators' queue, the log, muted words, and what each role's schema has."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from graphql import OperationDefinitionNode, parse

from tests.api import Api, opened
from tests.scripts import SCRIPTS

from .conftest import CreateDatabase, Town

REPORT_DIALOG = """
    mutation Report($thread: BigInt!, $reason: ReportReason!, $note: String) {
      reportThread(input: { threadId: $thread, reason: $reason, note: $note }) {
        report { id status reason thread { id viewerHasReported } }
      }
    }
"""
REPORT_USER = """
    mutation Report($username: String!, $reason: ReportReason!) {
      reportUser(input: { username: $username, reason: $reason }) {
        report { status user { username viewerHasReported } }
      }
    }
"""
OWN_REPORTS = """
    query OwnReports($first: Int = 20, $after: String) {
      reports(first: $first, after: $after) {
        nodes { id reason note status createdAt closedAt body user { username } thread { id } }
        pageInfo { hasNextPage endCursor }
      }
    }
"""
QUEUE = """
    query Queue($first: Int = 20, $after: String) {
      viewerIsModerator
      reportQueue(first: $first, after: $after) {
        totalCount
        nodes {
          id
          subject
          openCount
          latestAt
          user { username suspension { endsAt reason } suspensions { totalCount } reportCases { totalCount } }
          thread { id body hiddenAt }
          reports(first: 3) { nodes { reason note body createdAt } }
        }
        pageInfo { hasNextPage endCursor }
      }
    }
"""
HIDE = """
    mutation Hide($thread: BigInt!, $reason: String!) {
      hideThread(input: { threadId: $thread, reason: $reason }) { thread { id hiddenAt reportCase { openCount } } }
    }
"""
RESTORE = """
    mutation Restore($thread: BigInt!) { restoreThread(input: { threadId: $thread }) { thread { id hiddenAt } } }
"""
SUSPEND = """
    mutation Suspend($username: String!, $reason: String!, $until: Datetime) {
      suspendUser(input: { username: $username, reason: $reason, until: $until }) {
        user { username suspension { reason endsAt } }
      }
    }
"""
LIFT = """
    mutation Lift($username: String!) {
      liftSuspension(input: { username: $username }) { user { username suspension { reason } } }
    }
"""
DISMISS = """
    mutation Dismiss($case: BigInt!, $reason: String) {
      dismissReports(input: { caseId: $case, reason: $reason }) { reportCase { id openCount closedAt } }
    }
"""
RESOLVE = """
    mutation Resolve($case: BigInt!) {
      resolveReports(input: { caseId: $case }) { reportCase { id openCount closedAt } }
    }
"""
LOG = """
    query Log($first: Int = 20, $after: String) {
      moderationActions(first: $first, after: $after) {
        nodes { action reason createdAt endsAt moderator { username } user { username } thread { id } }
        pageInfo { hasNextPage endCursor }
      }
    }
"""
MUTED_WORDS = "query MutedWords { viewer { mutedWords(first: 100) { nodes { word createdAt } } } }"
MUTE = "mutation Mute($word: String!) { muteWord(input: { word: $word }) { user { mutedWords { totalCount } } } }"
UNMUTE = "mutation Unmute($word: String!) { unmuteWord(input: { word: $word }) { user { mutedWords { totalCount } } } }"
SUSPENSION = "query Suspension { viewer { suspension { reason createdAt endsAt } } }"
WRITE = "mutation Write($body: String!) { createThread(input: { body: $body }) { thread { id } } }"

MODERATORS = (QUEUE, HIDE, RESTORE, SUSPEND, LIFT, DISMISS, RESOLVE, LOG)
MEMBERS = (REPORT_DIALOG, REPORT_USER, OWN_REPORTS, MUTED_WORDS, MUTE, UNMUTE, SUSPENSION)
VARIABLES = {
    "thread": "1",
    "case": "1",
    "username": "bob",
    "reason": "spam",
    "word": "cats",
    "body": "hello",
}

ADA: dict[str, Any] = {"role": "threads_member", "claims": {"sub": "1"}}
BOB: dict[str, Any] = {"role": "threads_member", "claims": {"sub": "2"}}
MIA: dict[str, Any] = {"role": "threads_moderator", "claims": {"sub": "3"}}
STRANGER: dict[str, Any] = {"role": "threads_anonymous"}


@pytest.fixture
async def api(create_database: CreateDatabase) -> AsyncIterator[Api]:
    """Ada, bob, who wrote the threads 1 to 3, and mia, a moderator."""
    town = Town(await create_database(*SCRIPTS))
    await town.join("ada")
    bob = await town.join("bob")
    await town.appoint("mia")
    for number in range(1, 4):
        await bob.execute("select threads.create_thread($1)", f"pills, part {number}")
    await town.close()
    async with opened(
        town.url.replace("postgres@", "threads_gateway@"),
        schemas=("threads",),
        anonymous_role="threads_anonymous",
        authenticated_role="threads_member",
        roles=("threads_moderator",),
        jwt_secret="a secret of the tests that is long enough",
    ) as api:
        yield api


def given(operation: str) -> dict[str, str]:
    """Those of VARIABLES that the operation declares."""
    [definition] = parse(operation).definitions
    assert isinstance(definition, OperationDefinitionNode)
    names = {variable.variable.name.value for variable in definition.variable_definitions or ()}
    return {name: value for name, value in VARIABLES.items() if name in names}


async def test_each_roles_schema_has_what_it_may_do_and_no_more(api: Api) -> None:
    for operation in MODERATORS:
        for who in (ADA, STRANGER):
            errors = (await api.reply(operation, given(operation), **who)).errors
            assert {error["extensions"]["code"] for error in errors} == {"GRAPHQL_VALIDATION_FAILED"}, operation
    for operation in MEMBERS:
        await api.data(operation, given(operation), **ADA)
        await api.data(operation, given(operation) | {"username": "ada"}, **MIA)
    names = "{ __schema { types { name } queryType { fields { name } } mutationType { fields { name } } } }"
    schemas = {who["role"]: str(await api.data(names, **who)) for who in (ADA, MIA, STRANGER)}
    for name in ("ReportCase", "ModerationAction", "reportQueue", "hideThread", "suspendUser", "dismissReports"):
        assert [role for role, schema in schemas.items() if f"'{name}'" in schema] == ["threads_moderator"], name
    for name in ("createThread", "viewer", "muteWord", "reportThread", "viewerIsModerator"):
        assert f"'{name}'" in schemas["threads_member"], name
        assert f"'{name}'" in schemas["threads_moderator"], name
    for name in ("private", "moderators", "appointModerator", "mutedPattern", "caseId", "reporterId"):
        assert f"'{name}'" not in schemas["threads_member"], name


async def test_a_report_goes_its_way(api: Api) -> None:
    variables = {"thread": "1", "reason": "spam", "note": "every day"}
    [report] = (await api.data(REPORT_DIALOG, variables, **ADA)).values()
    assert report["report"]["status"] == "open"
    assert report["report"]["thread"] == {"id": "1", "viewerHasReported": True}
    await api.data(REPORT_USER, {"username": "bob", "reason": "impersonation"}, **ADA)
    await api.data(REPORT_DIALOG, {"thread": "2", "reason": "hate"}, **MIA)
    assert (await api.data(OWN_REPORTS, **BOB))["reports"]["nodes"] == []

    queue = await api.data(QUEUE, {"first": 2}, **MIA)
    assert queue["viewerIsModerator"]
    assert queue["reportQueue"]["totalCount"] == 3
    assert [case["subject"] for case in queue["reportQueue"]["nodes"]] == ["thread", "user"]
    page = {"first": 2, "after": queue["reportQueue"]["pageInfo"]["endCursor"]}
    [case] = (await api.data(QUEUE, page, **MIA))["reportQueue"]["nodes"]
    assert case["thread"] == {"id": "1", "body": "pills, part 1", "hiddenAt": None}
    assert (case["user"]["username"], case["openCount"]) == ("bob", 1)
    [about] = case["reports"]["nodes"]
    assert (about["reason"], about["note"], about["body"]) == ("spam", "every day", "pills, part 1")

    hidden = (await api.data(HIDE, {"thread": "1", "reason": "spam"}, **MIA))["hideThread"]["thread"]
    assert hidden["hiddenAt"] is not None
    assert hidden["reportCase"] == {"openCount": 0}
    assert (await api.data('{ thread(id: "1") { id } }', **ADA))["thread"] is None
    [_, own] = (await api.data(OWN_REPORTS, **ADA))["reports"]["nodes"]
    assert (own["status"], own["thread"], own["body"]) == ("resolved", None, "pills, part 1")
    restored = await api.data(RESTORE, {"thread": "1"}, **MIA)
    assert restored == {"restoreThread": {"thread": {"id": "1", "hiddenAt": None}}}

    profile = queue["reportQueue"]["nodes"][1]["id"]
    dismissed = (await api.data(DISMISS, {"case": profile}, **MIA))["dismissReports"]["reportCase"]
    assert (dismissed["openCount"], dismissed["closedAt"] is None) == (0, False)
    log = (await api.data(LOG, **MIA))["moderationActions"]["nodes"]
    assert [(entry["action"], entry["moderator"] and entry["moderator"]["username"]) for entry in log] == [
        ("dismiss_reports", "mia"),
        ("restore_thread", "mia"),
        ("hide_thread", "mia"),
        ("appoint_moderator", None),
    ]


async def test_ids_and_conditions_tell_others_nothing(api: Api) -> None:
    await api.data(REPORT_DIALOG, {"thread": "1", "reason": "spam"}, **ADA)
    await api.data(MUTE, {"word": "cats"}, **ADA)
    [case] = (await api.data("{ reportQueue { nodes { nodeId reports { nodes { nodeId } } } } }", **MIA))[
        "reportQueue"
    ]["nodes"]
    await api.data(SUSPEND, {"username": "ada", "reason": "rude"}, **MIA)
    [action, *_] = (await api.data("{ moderationActions { nodes { nodeId } } }", **MIA))["moderationActions"]["nodes"]
    own = (await api.data("{ viewer { suspension { nodeId } } }", **ADA))["viewer"]["suspension"]
    ask = "query ($id: ID!) { node(nodeId: $id) { __typename } }"
    shown = {
        case["nodeId"]: (MIA,),
        action["nodeId"]: (MIA,),
        case["reports"]["nodes"][0]["nodeId"]: (MIA, ADA),
        own["nodeId"]: (MIA, ADA),
    }
    for node, readers in shown.items():
        for who in (ADA, BOB, MIA):
            found = (await api.reply(ask, {"id": node}, **who)).body["data"]["node"]
            assert (found is not None) == (who in readers), (node, who)
    asked = """{
      users(filter: { suspensions: { some: {} } }) { totalCount }
      muting: users(filter: { mutedWords: { some: { word: { eq: "cats" } } } }) { totalCount }
      threads(filter: { viewerHasReported: { eq: true } }) { totalCount }
    }"""
    nothing = {"totalCount": 0}
    assert await api.data(asked, **BOB) == {"users": nothing, "muting": nothing, "threads": nothing}
    assert set(map(str, (await api.data(asked, **ADA)).values())) == {"{'totalCount': 1}"}


async def test_who_is_suspended_is_told_until_when_and_why(api: Api) -> None:
    until = (datetime.now(UTC) + timedelta(days=7)).replace(microsecond=0)
    suspended = await api.data(SUSPEND, {"username": "bob", "reason": "pills", "until": until.isoformat()}, **MIA)
    suspension = suspended["suspendUser"]["user"]["suspension"]
    assert suspension["reason"] == "pills"
    assert datetime.fromisoformat(suspension["endsAt"]) == until
    reply = await api.reply(WRITE, {"body": "more pills"}, **BOB)
    assert reply.code == "SUSPENDED"
    extensions = reply.errors[0]["extensions"]
    assert (extensions["reason"], datetime.fromisoformat(extensions["until"])) == ("pills", until)
    assert (await api.data(SUSPENSION, **BOB))["viewer"]["suspension"]["reason"] == "pills"
    asked = '{ userByUsername(username: "bob") { username suspension { reason } suspensions { totalCount } } }'
    assert (await api.data(asked, **ADA))["userByUsername"] == {
        "username": "bob",
        "suspension": None,
        "suspensions": {"totalCount": 0},
    }
    assert (await api.data(LIFT, {"username": "bob"}, **MIA))["liftSuspension"]["user"]["suspension"] is None
    await api.data(WRITE, {"body": "no pills"}, **BOB)


async def test_a_token_of_a_former_moderator_is_one_of_a_member(api: Api) -> None:
    await api.data(REPORT_DIALOG, {"thread": "1", "reason": "spam"}, **ADA)
    await api.sql("select threads.dismiss_moderator('mia')")
    data = await api.data(QUEUE, **MIA)
    assert not data["viewerIsModerator"]
    assert data["reportQueue"]["totalCount"] == 0
    assert (await api.data(LOG, **MIA))["moderationActions"]["nodes"] == []
    assert (await api.data(OWN_REPORTS, **MIA))["reports"]["nodes"] == []
    for operation in (HIDE, RESTORE, SUSPEND, LIFT, DISMISS, RESOLVE):
        assert (await api.reply(operation, given(operation), **MIA)).code == "NOT_A_MODERATOR"
    await api.data(WRITE, {"body": "goodbye"}, **MIA)


async def test_what_is_too_often_says_when_in_the_answer(api: Api) -> None:
    await api.sql("update private.limits set turns = 1, refill = '1 minute' where action = 'thread'")
    await api.data(WRITE, {"body": "one"}, **ADA)
    reply = await api.reply(WRITE, {"body": "two"}, **ADA)
    assert reply.code == "RATE_LIMITED"
    assert 30 < reply.errors[0]["extensions"]["retryAfter"] <= 60


async def test_words_are_muted_and_unmuted(api: Api) -> None:
    await api.data(MUTE, {"word": " Cats"}, **ADA)
    assert await api.data(MUTE, {"word": "#dogs"}, **ADA) == {"muteWord": {"user": {"mutedWords": {"totalCount": 2}}}}
    nodes = (await api.data(MUTED_WORDS, **ADA))["viewer"]["mutedWords"]["nodes"]
    assert [node["word"] for node in nodes] == ["#dogs", "cats"]
    asked = '{ userByUsername(username: "ada") { mutedWords { totalCount } } }'
    assert (await api.data(asked, **BOB))["userByUsername"] == {"mutedWords": {"totalCount": 0}}
    assert await api.data(UNMUTE, {"word": "CATS"}, **ADA) == {
        "unmuteWord": {"user": {"mutedWords": {"totalCount": 1}}}
    }
    assert (await api.reply(MUTE, {"word": "#"}, **ADA)).code == "WORD_EMPTY"
