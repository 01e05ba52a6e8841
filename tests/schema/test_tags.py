"""Smart tags: the leading lines of a comment that begin with `@`."""

from __future__ import annotations

import pytest

from gatepost.doctor import OF_THE_API, examine
from gatepost.schema.tags import parse
from gatepost.settings import Settings
from tests.api import CreateDatabase, opened


@pytest.mark.parametrize(
    ("comment", "values", "description"),
    [
        (None, {}, None),
        ("", {}, None),
        ("Plain.", {}, "Plain."),
        ("@name x", {"name": "x"}, None),
        ("@name x\nPlain.\nMore.", {"name": "x"}, "Plain.\nMore."),
        ("@omit\n@name  x y \n\nPlain.", {"omit": "", "name": "x y"}, "Plain."),
        ("  @omit  \nPlain.", {"omit": ""}, "Plain."),
        ("Plain.\n@name x", {}, "Plain.\n@name x"),
        ("@unknown thing", {"unknown": "thing"}, None),
        ("me@example.org", {}, "me@example.org"),
        ("@ name", {}, "@ name"),
    ],
)
def test_tags_and_description(comment: str | None, values: dict[str, str], description: str | None) -> None:
    tags = parse(comment)
    assert dict(tags.values) == values
    assert tags.description == description


async def test_the_doctor_tells_tags_that_mean_nothing(create_database: CreateDatabase) -> None:
    url = await create_database(
        """create table colours (name text primary key, said text);
           comment on table colours is '@enum
@name shades
All of them.';
           comment on column colours.said is '@behavior -filter';
           comment on constraint colours_pkey on colours is '@fieldName findColour';
           create function favourite() returns text immutable language sql as $$ select 'red' $$;
           comment on function favourite() is '@arg0variant base';"""
    )
    told = await examine(Settings(database_url=url, anonymous_role="postgres"), only=OF_THE_API)
    assert [(finding.id, finding.object, finding.reason) for finding in told] == [
        ("unknown-tag", "function public.favourite()", "has a tag @arg0variant that is not understood"),
        ("unknown-tag", "public.colours", "has a tag @enum that is not understood"),
        ("unknown-tag", "public.colours.said", "has a tag @behavior that is not understood"),
        ("unfitting-tag", "key colours_pkey of public.colours", "has a tag @fieldName, which means nothing on a key"),
    ]


async def test_the_order_across_a_junction_table(create_database: CreateDatabase) -> None:
    url = await create_database(
        """create table things (id int primary key, name text);
           create table owners (id int primary key, name text);
           create table owned (
             thing_id int constraint owned_thing references things,
             owner_id int constraint owned_owner references owners,
             since date not null default '2026-01-01',
             primary key (thing_id, owner_id)
           );
           comment on table owned is '@omit';
           comment on constraint owned_thing on owned is '@manyToManyFieldName things
@manyToManyOrderBy edge.since desc, id desc';
           comment on constraint owned_owner on owned is '@manyToManyFieldName owners
@manyToManyOrderBy size, edge.thing_id';
           insert into things select i, 'thing ' || i from generate_series(1, 5) as i;
           insert into owners values (1, 'b'), (2, 'a');
           insert into owned select i, 1 + i % 2 from generate_series(1, 5) as i;
           insert into owned values (1, 1, '2026-02-01')"""
    )
    page = """query ($after: String) {
      owners { nodes { things(first: 2, after: $after) { nodes { id } edges { cursor } totalCount } } }
      thing(id: 1) { owners(orderBy: [{ name: ASC }]) { nodes { name } } }
    }"""
    async with opened(url, anonymous_role="postgres") as api:
        first = await api.data(page, role="postgres")
        assert first["thing"]["owners"]["nodes"] == [{"name": "a"}, {"name": "b"}]
        things = [owner["things"] for owner in first["owners"]["nodes"]]
        assert [thing["nodes"] for thing in things] == [[{"id": 1}, {"id": 4}], [{"id": 5}, {"id": 3}]]
        assert [thing["totalCount"] for thing in things] == [3, 3]
        second = await api.data(page, {"after": things[0]["edges"][1]["cursor"]}, role="postgres")
        assert [owner["things"]["nodes"] for owner in second["owners"]["nodes"]] == [
            [{"id": 2}],
            [{"id": 3}, {"id": 1}],
        ]
        last = "query ($at: String) { owner(id: 1) { things(last: 2, before: $at) { nodes { id } } } }"
        assert await api.data(last, {"at": things[0]["edges"][1]["cursor"]}, role="postgres") == {
            "owner": {"things": {"nodes": [{"id": 1}]}}
        }
    told = await examine(Settings(database_url=url, anonymous_role="postgres"), only=OF_THE_API)
    reasons = [(finding.object, finding.reason) for finding in told]
    assert ("public.owners", "has a tag @manyToManyOrderBy that is not understood: size") in reasons


def test_what_tags_say() -> None:
    assert parse("@omit").omit
    assert not parse("omit").omit
    assert parse("@deprecated Use that.").deprecated == "Use that."
    assert parse("@deprecated").deprecated == "No longer supported"
    assert parse("").deprecated is None
    assert parse("@name").get("name") is None


async def test_the_doctor_knows_tags_of_enum_types_and_of_arguments(create_database: CreateDatabase) -> None:
    url = await create_database(
        """create type mood as enum ('sad', 'calm', 'happy');
           comment on type mood is '@value sad Not happy.
@deprecatedValue calm Say what you mean.
How somebody feels.';
           create function feelings(now mood default null) returns mood immutable language sql as $$ select now $$;
           comment on function feelings(mood) is '@param now Their mood.
@deprecatedParam now It is asked for.';"""
    )
    told = await examine(Settings(database_url=url, anonymous_role="postgres"), only=OF_THE_API)
    assert [finding.reason for finding in told] == []


async def test_what_is_never_null(create_database: CreateDatabase) -> None:
    url = await create_database(
        """create table owners (id int primary key);
           create table things (id int primary key, owner_id int not null references owners);
           create function things_first_owner(thing things) returns setof owners stable rows 1 language sql
           as $$ select o.* from owners as o where o.id = thing.owner_id $$;
           create function things_maybe_owner(thing things) returns owners stable language sql
           as $$ select o from owners as o where o.id = thing.owner_id $$;
           comment on function things_first_owner(things) is '@notNull';
           create type place as (town text, street text);
           comment on column place.town is '@notNull';
           create function things_place(thing things) returns place stable language sql
           as $$ select row('Turin', null)::place $$;
           insert into owners values (1);
           insert into things values (7, 1)"""
    )
    query = """{
      thing(id: 7) { firstOwner { id } maybeOwner { id } place { town street } }
      thing_: __type(name: "Thing") { fields { name type { kind } } }
      place: __type(name: "Place") { fields { name type { kind } } }
    }"""
    async with opened(url, anonymous_role="postgres") as api:
        data = await api.data(query, role="postgres")
    place = {"town": "Turin", "street": None}
    assert data["thing"] == {"firstOwner": {"id": 1}, "maybeOwner": {"id": 1}, "place": place}
    kinds = {field["name"]: field["type"]["kind"] for field in data["thing_"]["fields"] + data["place"]["fields"]}
    assert (kinds["firstOwner"], kinds["maybeOwner"]) == ("NON_NULL", "OBJECT")
    assert (kinds["town"], kinds["street"]) == ("NON_NULL", "SCALAR")
