"""What the doctor can find: the kinds of findings, each with an id that stays, and what one finding says."""

from __future__ import annotations

from dataclasses import dataclass

SEVERITIES = ("error", "warning", "advice")
"""From the worst on: rows are open or something is not served; it may become so, or is slow; it could be better."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of findings: how bad one is unless it says otherwise, and the heading that people read."""

    severity: str
    title: str


KINDS: dict[str, Kind] = {
    # Who serves.
    "api-role-power": Kind("error", "API roles that may do too much"),
    "api-role-owns": Kind("error", "API roles that own what they serve"),
    "role-without-limit": Kind("warning", "API roles whose statements have no limit"),
    "login-role-power": Kind("error", "A log-in role that may do too much"),
    "login-role-member": Kind("error", "A log-in role that may act as others than the API's roles"),
    "login-role-owns": Kind("warning", "A log-in role that owns things"),
    "login-role-inherits": Kind("warning", "A log-in role that need not take a role"),
    "login-role-serves": Kind("warning", "A log-in role that takes requests itself"),
    "login-role-grant": Kind("warning", "Privileges of the log-in role itself"),
    # Rows that are open.
    "no-row-security": Kind("error", "Tables without row-level security"),
    "not-forced": Kind("error", "Tables whose policies do not hold for their owner, who serves"),
    "view-not-invoker": Kind("error", "Views that pass by policies"),
    "materialized-view-over-rls": Kind("warning", "Materialized views of rows that policies guard"),
    "definer-search-path": Kind("error", "Functions of others' rights that look names up by the caller's path"),
    "write-policy-true": Kind("error", "Policies that let everything be written"),
    "check-weaker": Kind("warning", "Policies by which a row can be given away"),
    "policy-for-public": Kind("warning", "Policies for everybody"),
    "no-policy": Kind("advice", "Grants that no policy lets through"),
    "unique-tells": Kind("advice", "Unique keys that tell of hidden rows"),
    # What is granted.
    "create-on-schema": Kind("error", "Schemas in which the API's roles create things"),
    "public-grant": Kind("warning", "Tables granted to everybody"),
    "public-execute": Kind("warning", "Functions that everybody may execute"),
    "default-execute": Kind("warning", "Functions to come, that everybody may execute"),
    "needless-privilege": Kind("warning", "Privileges that the API has no use for"),
    # What is slow.
    "per-row-function": Kind("warning", "Policies that call functions for each row"),
    "policy-column-index": Kind("warning", "Columns that policies test, without an index"),
    "foreign-key-index": Kind("warning", "Foreign keys without an index"),
    "not-inlined": Kind("advice", "Computed columns that are called for each row"),
    "duplicate-index": Kind("advice", "Indexes that are there twice"),
    # What the API makes of it.
    "left-out": Kind("error", "Left out"),
    "stable-writer": Kind("error", "Functions that write, and say that they do not"),
    "volatile-reader": Kind("warning", "Functions that only read, and do not say so"),
    "no-primary-key": Kind("advice", "Tables without a primary key"),
    "unknown-tag": Kind("warning", "Tags that are not understood"),
    "unfitting-tag": Kind("warning", "Tags that fit nothing"),
    "renamed": Kind("advice", "Under another name"),
    "served-as-text": Kind("advice", "Served as text"),
    "not-granted": Kind("advice", "Not granted to any role of the API"),
    "not-exposed": Kind("advice", "In schemas that are not exposed"),
}
"""Every kind, in the order in which findings are told. Each has its section in docs/doctor.md."""
_PLACES = {id_: place for place, id_ in enumerate(KINDS)}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong with one object; `sql` mends it, None where no statement can."""

    id: str
    object: str
    reason: str
    sql: str | None = None
    severity: str = ""
    """One of SEVERITIES; empty: that of its kind."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "severity", self.severity or KINDS[self.id].severity)

    @property
    def place(self) -> tuple[int, int, str, str]:
        """Its place among others: the worst first, then by kind and object."""
        return SEVERITIES.index(self.severity), _PLACES[self.id], self.object, self.reason
