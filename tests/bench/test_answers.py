"""When two servers' answers count as alike."""

from bench.answers import content
from bench.workload import OPERATIONS

BY_NAME = {operation.name: operation for operation in OPERATIONS}


def test_each_server_may_use_its_own_forms() -> None:
    relay = {
        "threads": {
            "nodes": [
                {
                    "id": "7",
                    "createdAt": "2026-01-01T12:00:00.123456+02:00",
                    "replies": {"totalCount": 3},
                    "likeCount": "5",
                }
            ]
        }
    }
    plain = {"feed": [{"id": "7", "createdAt": "2026-01-01T10:00:00.123Z", "replyCount": 3, "likeCount": 5}]}
    assert content(BY_NAME["feed"], {"data": relay}) == content(BY_NAME["feed"], {"data": plain})


def test_content_and_order_count() -> None:
    one = {"feed": [{"id": "7"}, {"id": "8"}]}
    other = {"feed": [{"id": "8"}, {"id": "7"}]}
    assert content(BY_NAME["feed"], {"data": one}) != content(BY_NAME["feed"], {"data": other})


def test_a_created_thread_may_have_any_id() -> None:
    payload = {"createThread": {"thread": {"id": "1", "body": "x"}}}
    plain = {"createThread": {"id": "2", "body": "x"}}
    assert content(BY_NAME["create"], {"data": payload}) == content(BY_NAME["create"], {"data": plain}) == {"body": "x"}


def test_an_error_is_no_empty_answer() -> None:
    missing = {"data": {"thread": None}}
    refused = {"data": {"thread": None}, "errors": [{"message": "no"}]}
    assert content(BY_NAME["point"], missing) != content(BY_NAME["point"], refused) == "error"
