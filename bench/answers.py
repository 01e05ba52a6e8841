"""Whether all servers answer alike: the content compared, once the forms that each may choose are evened out."""

import datetime
import json
from collections.abc import Mapping, Sequence

from bench.servers import Server
from bench.workload import OPERATIONS, PRIVATE_AUTHOR, VIEWER, Operation, token

CALLERS = {"the viewer": token(VIEWER), "an author of private threads": token(PRIVATE_AUTHOR), "nobody": None}


def even(value: object, key: str = "") -> object:
    """One form for what is the same: a Relay wrapper is what it wraps, an id a number, a time milliseconds in UTC."""
    if isinstance(value, dict):
        if set(value) in ({"nodes"}, {"totalCount"}, {"thread"}):
            return even(next(iter(value.values())), key)
        return {("replies" if name == "replyCount" else name): even(item, name) for name, item in value.items()}
    if isinstance(value, list):
        return [even(item, key) for item in value]
    if isinstance(value, str) and key == "createdAt":
        return datetime.datetime.fromisoformat(value).astimezone(datetime.UTC).isoformat(timespec="milliseconds")
    if isinstance(value, str) and key in ("id", "likeCount"):
        return int(value)
    return value


def content(operation: Operation, answer: Mapping[str, object]) -> object:
    """What an answer says: its one root field's value, whatever the root's name; any error is just "error"."""
    data = answer.get("data")
    if "errors" in answer or not isinstance(data, dict):
        return "error"
    (value,) = data.values()
    evened = even(value)
    if operation.name == "create" and isinstance(evened, dict):
        evened.pop("id")  # each server's own
    return evened


def differences(servers: Sequence[Server], operations: Sequence[Operation] = OPERATIONS) -> dict[tuple[str, str], str]:
    """Send every case as every caller to every server; for each (server, operation) unlike the first, one example."""
    found: dict[tuple[str, str], str] = {}
    for operation in operations:
        for caller, bearer in CALLERS.items():
            for variables in operation.cases:
                expected: object = None
                for position, server in enumerate(servers):
                    got = content(operation, server.send(operation.body(server.peer, variables), bearer))
                    if position == 0:
                        expected = got
                    elif got != expected:
                        case = f"{json.dumps(variables)} as {caller}"
                        example = f"{case}: {shorten(got)}; {servers[0].peer}: {shorten(expected)}"
                        found.setdefault((server.peer, operation.name), example)
    return found


def shorten(value: object) -> str:
    """The beginning of a value's JSON text."""
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 600 else text[:600] + " ..."
