"""What each role of the API is served: its own schema, made when its first caller comes, and what is kept of it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from graphql import GraphQLSchema

from gatepost.catalog import Catalog
from gatepost.engine.handwritten import Handwritten
from gatepost.engine.introspection import Introspection
from gatepost.engine.judge import Judge
from gatepost.plan.violations import Shown
from gatepost.schema.build import Api, build_for
from gatepost.schema.deep import deep
from gatepost.schema.meaning import KeyField
from gatepost.settings import Settings


@dataclass(slots=True)
class RoleSchema:
    """The schema of a role, and what is made from it."""

    schema: GraphQLSchema
    judge: Judge
    introspection: Introspection
    keys: dict[tuple[str, frozenset[str]], KeyField]
    """The keys by which the API finds rows, by type and columns."""
    handwritten: Handwritten | None
    shown: Shown


@dataclass(slots=True)
class RoleSchemas:
    """The schemas of all roles of one reading of the catalog; roles of equal privileges share one."""

    catalog: Catalog
    whole: Api
    settings: Settings
    handwritten: Handwritten | None = None
    made: dict[str, RoleSchema] = field(default_factory=dict)
    _by_privileges: dict[tuple[bytes, ...], RoleSchema] = field(default_factory=dict)
    _lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    @property
    def schema(self) -> GraphQLSchema:
        """The schema of all roles together, hand-written part included."""
        return self.handwritten.schema if self.handwritten else self.whole.schema

    async def of(self, role: str) -> RoleSchema:
        """What a role is served."""
        async with self._lock:
            if role not in self.made:
                self.made[role] = await asyncio.to_thread(self._make, role)
        return self.made[role]

    async def renew(self, role: str) -> None:
        """Has a role that was lent the schema of an earlier reading served its own."""
        async with self._lock:
            self.made[role] = await asyncio.to_thread(self._make, role)

    def _make(self, role: str) -> RoleSchema:
        if role not in self.catalog.roles:
            raise ValueError(f"{role} is no role of the API")
        privileges = self.catalog.privileges(role)
        made = self._by_privileges.get(privileges)
        if made is None:
            made = self._by_privileges[privileges] = self._made(role)
        return made

    def _made(self, role: str) -> RoleSchema:
        holds_all = self.catalog.holds_all(role)
        api = self.whole if holds_all else build_for(role, self.catalog, self.whole)
        schema, handwritten = api.schema, self.handwritten
        if handwritten is not None:
            schema = handwritten.schema if holds_all else deep(lambda: handwritten.join(api.whole()))

        def questions() -> GraphQLSchema:
            return build_for(role, self.catalog, self.whole).schema if handwritten is None else schema

        judge = Judge(schema, self.settings, len(self.catalog.roles))
        shown = Shown(api.shapes, self.catalog.schemas)
        return RoleSchema(schema, judge, Introspection(questions), api.keys, handwritten, shown)
