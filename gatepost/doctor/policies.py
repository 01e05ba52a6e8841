"""What policies cost and miss, by their expressions: calls for each row, columns without an index, weaker checks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from gatepost.doctor.findings import Finding
from gatepost.doctor.nodes import Node, columns, parse, reads_around
from gatepost.doctor.reading import Reader, Row
from gatepost.doctor.sql import quoted
from gatepost.doctor.wrapping import wrapped

KINDS = frozenset({"per-row-function", "policy-column-index", "check-weaker", "unique-tells"})


@dataclass(frozen=True)
class _Policy:
    row: Row
    using: Node | None
    check: Node | None
    commands: frozenset[str] = field(default_factory=frozenset)
    """What an API role may do under it."""

    @property
    def what(self) -> str:
        return f"policy {self.row['policy']} on {self.row['name']}"

    @property
    def alter(self) -> str:
        return f"alter policy {quoted(self.row['policy'])} on {self.row['quoted']}"


async def examine(reader: Reader) -> list[Finding]:
    """The findings on the policies of what is served."""
    policies = [_policy(row) for row in await reader.facts("policies")]
    named: dict[int, dict[int, Row]] = {}
    for row in await reader.facts("columns"):
        named.setdefault(row["relation"], {})[row["number"]] = row
    equalities = {row["oid"] for row in await reader.facts("equalities")}
    called = {id_ for policy in policies for tree in _trees(policy) for id_ in _called(tree)}
    functions = {row["oid"]: row for row in await reader.facts("functions", sorted(called))}
    findings = [finding for policy in policies for finding in _per_row(policy, functions)]
    findings += _without_index(policies, named, equalities)
    findings += [finding for policy in policies for finding in _weaker(policy, named, equalities)]
    findings += _telling(policies, await reader.facts("keys"))
    return findings


def _policy(row: Row) -> _Policy:
    commands = frozenset(held.rpartition(" ")[2] for held in row["held"])
    return _Policy(row, parse(row["using_tree"]), parse(row["check_tree"]), commands)


def _trees(policy: _Policy) -> list[Node]:
    return [tree for tree in (policy.using, policy.check) if tree is not None]


def _called(node: Node) -> Iterator[int]:
    """The functions (oids) that are called for each row with what does not change from row to row."""
    parts = node.below
    if node.name == "SUBLINK":
        # One that reads nothing of the row is run once.
        parts = [part for part in parts if part.name != "QUERY" or reads_around(part)]
    if node.name == "FUNCEXPR" and not reads_around(node):
        yield node.number("funcid")
    for part in parts:
        yield from _called(part)


def _per_row(policy: _Policy, functions: Mapping[int, Row]) -> Iterator[Finding]:
    clauses: list[str] = []
    names: dict[str, None] = {}
    for clause, tree in (("using", policy.using), ("with check", policy.check)):
        calls = {id_ for id_ in _called(tree) if id_ in functions} if tree is not None else set()
        if not calls:
            continue
        names |= {functions[id_]["name"]: None for id_ in sorted(calls)}
        text = wrapped(
            policy.row[clause.split()[-1]], {functions[id_]["quoted"]: functions[id_]["type"] for id_ in calls}
        )
        clauses.append(f"  {clause} ({text})")
    if clauses:
        reason = f"calls {', '.join(names)} for each row: in a (select …) of its own it runs once a statement"
        yield Finding("per-row-function", policy.what, reason, "\n".join([policy.alter, *clauses]) + ";")


def _compared(node: Node, equalities: set[int]) -> Iterator[int]:
    """The columns (numbers) that an expression wants to be equal to what the caller or the claims give."""
    if node.name == "BOOLEXPR":
        for argument in node.arguments:
            yield from _compared(argument, equalities)
    if node.name not in ("OPEXPR", "SCALARARRAYOPEXPR") or node.number("opno") not in equalities:
        return
    sides = [_bare(argument) for argument in node.arguments]
    for side, other in zip(sides, reversed(sides), strict=True):
        if side.name == "VAR" and side.number("varlevelsup") == 0 and _given(other) and not columns(other):
            yield side.number("varattno")


def _bare(node: Node) -> Node:
    while node.name == "RELABELTYPE":
        [node] = node.below
    return node


def _given(node: Node) -> bool:
    """Whether a value comes from the caller, not from the policy's author."""
    return node.name in ("FUNCEXPR", "SUBLINK", "SQLVALUEFUNCTION") or any(map(_given, node.below))


def _without_index(
    policies: Sequence[_Policy], named: Mapping[int, Mapping[int, Row]], equalities: set[int]
) -> Iterator[Finding]:
    found: dict[tuple[int, int], _Policy] = {}
    for policy in policies:
        if policy.using is not None and policy.commands & {"select", "update", "delete"}:
            for number in _compared(policy.using, equalities):
                found.setdefault((policy.row["relation"], number), policy)
    for (relation, number), policy in found.items():
        column = named[relation].get(number)
        if column is not None and not column["indexed"]:
            yield Finding(
                "policy-column-index",
                f"{policy.row['name']}.{column['name']}",
                f"is what the policy {policy.row['policy']} finds a caller's rows by, and no index begins with it",
                f"create index on {policy.row['quoted']} ({quoted(column['name'])});",
            )


def _weaker(policy: _Policy, named: Mapping[int, Mapping[int, Row]], equalities: set[int]) -> Iterator[Finding]:
    row = policy.row
    if (
        policy.using is None
        or policy.check is None
        or not row["permissive"]
        or row["command"] not in ("w", "*")
        or "update" not in policy.commands
        or row["check"] == "true"  # worse is told of it
    ):
        return
    tested = set(_compared(policy.using, equalities))
    open_ = [named[row["relation"]][number]["name"] for number in sorted(tested & set(row["updated"]))]
    if open_ and not tested & columns(policy.check):
        yield Finding(
            "check-weaker",
            policy.what,
            f"asks for {', '.join(open_)} before an update and not after it, so that rows can be given to others",
            f"{policy.alter}\n  with check ({row['using']} and {row['check']});",
        )


def _telling(policies: Sequence[_Policy], keys: Sequence[Row]) -> Iterator[Finding]:
    by_relation: dict[int, list[_Policy]] = {}
    for policy in policies:
        if policy.row["command"] in ("r", "*"):
            by_relation.setdefault(policy.row["relation"], []).append(policy)
    for key in keys:
        reading = by_relation.get(key["relation"], [])
        narrow = [
            writer
            for writer in sorted(key["writers"])
            if not any(
                p.row["permissive"] and p.row["using"] == "true" and f"{writer} select" in p.row["held"]
                for p in reading
            )
        ]
        told = {number for p in reading if p.using is not None for number in columns(p.using)}
        if narrow and not told & set(key["columns"]):
            yield Finding(
                "unique-tells",
                f"key {key['key']} of {key['name']}",
                f"holds over rows that {', '.join(narrow)} may not see: that a value is taken tells of them",
            )
