"""What the tag @omit takes out of filters, orders and the root."""

from __future__ import annotations

from tests.api import Api, CreateDatabase, opened


async def test_a_table_without_filter_and_root_field(market: Api) -> None:
    data = await market.data(
        """{ query: __type(name: "Query") { fields { name } }
             seller: __type(name: "Seller") { fields { name args { name } } }
             filter: __type(name: "SellerFilter") { inputFields { name } }
             order: __type(name: "LogOrderBy") { inputFields { name } }
             sellers(first: 1) { nodes { logs(orderBy: [{id: DESC}]) { nodes { id line level } totalCount } } }
             log(id: 2) { line } }"""
    )
    assert "logs" not in [field["name"] for field in data["query"]["fields"]]
    logs = next(field for field in data["seller"]["fields"] if field["name"] == "logs")
    assert "filter" not in [argument["name"] for argument in logs["args"]]
    assert "logs" not in [field["name"] for field in data["filter"]["inputFields"]]
    assert [field["name"] for field in data["order"]["inputFields"]] == ["id", "sellerId", "seller"]
    assert data["sellers"]["nodes"][0]["logs"] == {
        "nodes": [{"id": 2, "line": "a", "level": 1}, {"id": 1, "line": "b", "level": 2}],
        "totalCount": 2,
    }
    assert data["log"] == {"line": "a"}


async def test_a_table_that_hides_a_part_of_its_key_has_no_ids(create_database: CreateDatabase) -> None:
    # Anybody reads what an id holds.
    url = await create_database(
        """create table public.secrets (owner_id int, number int, line text not null, primary key (owner_id, number));
           comment on column public.secrets.owner_id is '@omit';
           insert into public.secrets values (7, 1, 'a')"""
    )
    async with opened(url, anonymous_role="postgres", authenticated_role="postgres") as api:
        asked = '{ secrets { nodes { number line } } type: __type(name: "Secret") { fields { name } } }'
        data = await api.data(asked, role="postgres")
        assert data["secrets"]["nodes"] == [{"number": 1, "line": "a"}]
        assert [field["name"] for field in data["type"]["fields"]] == ["number", "line"]


async def test_a_junction_table_that_nothing_leads_across_but_what_has_a_name(create_database: CreateDatabase) -> None:
    url = await create_database(
        """create table public.people (id int primary key);
           create table public.visits (
             guest_id int references public.people, host_id int references public.people, day date,
             primary key (guest_id, host_id)
           );
           comment on table public.visits is '@omit manyToMany';
           comment on constraint visits_host_id_fkey on public.visits is '@manyToManyFieldName hosts';"""
    )
    async with opened(url, anonymous_role="postgres", authenticated_role="postgres") as api:
        data = await api.data('{ __type(name: "Person") { fields { name } } }', role="postgres")
        names = [field["name"] for field in data["__type"]["fields"]]
        assert names == ["nodeId", "id", "visitsByGuest", "visitsByHost", "hosts"]


async def test_a_foreign_key_that_leads_one_way_alone(create_database: CreateDatabase) -> None:
    url = await create_database(
        """create table public.people (id int primary key);
           create table public.letters (id int primary key, to_id int references public.people,
                                        from_id int references public.people);
           comment on constraint letters_to_id_fkey on public.letters is '@omit forward';
           comment on constraint letters_from_id_fkey on public.letters is '@omit backward';
           insert into public.people values (1), (2);
           insert into public.letters values (1, 1, 2);"""
    )
    async with opened(url, anonymous_role="postgres", authenticated_role="postgres") as api:
        asked = """{
            letters { nodes { from { id } } }
            people(filter: { lettersByTo: { some: { from: { id: { eq: 2 } } } } }) { nodes { id } }
            letter: __type(name: "Letter") { fields { name } }
            person: __type(name: "Person") { fields { name description } }
        }"""
        data = await api.data(asked, role="postgres")
        assert data["letters"] == {"nodes": [{"from": {"id": 2}}]}
        assert data["people"] == {"nodes": [{"id": 1}]}
        assert [field["name"] for field in data["letter"]["fields"]] == ["nodeId", "id", "toId", "fromId", "from"]
        assert data["person"]["fields"][-1] == {
            "name": "lettersByTo",
            "description": "The Letters whose `toId` this is.",
        }
        assert len(data["person"]["fields"]) == 3


async def test_a_key_by_which_nothing_is_found(create_database: CreateDatabase) -> None:
    url = await create_database(
        """create table public.people (id int primary key, name text not null, email text not null,
                                       constraint people_name_key unique (name),
                                       constraint people_email_key unique (email));
           comment on constraint people_pkey on public.people is '@omit';
           comment on constraint people_email_key on public.people is '@omit';
           insert into public.people values (1, 'ada', 'ada@example.org');"""
    )
    async with opened(url, anonymous_role="postgres", authenticated_role="postgres") as api:
        asked = """{
            query: __type(name: "Query") { fields { name } }
            mutation: __type(name: "Mutation") { fields { name } }
            personByName(name: "ada") { nodeId }
        }"""
        data = await api.data(asked, role="postgres")
        assert [field["name"] for field in data["query"]["fields"]] == ["node", "people", "personByName"]
        mutations = [field["name"] for field in data["mutation"]["fields"]]
        assert "updatePersonByName" in mutations
        assert not {"updatePerson", "deletePerson", "updatePersonByEmail", "deletePersonByEmail"} & {*mutations}
        found = await api.data(
            "query ($id: ID!) { node(nodeId: $id) { ... on Person { email } } }",
            {"id": data["personByName"]["nodeId"]},
            role="postgres",
        )
        assert found["node"] == {"email": "ada@example.org"}


async def test_a_declared_key_that_finds_no_row(create_database: CreateDatabase) -> None:
    url = await create_database(
        """create view public.hours as select n as hour from generate_series(1, 3) as n;
           comment on view public.hours is '@primaryKey hour|@omit'"""
    )
    async with opened(url, anonymous_role="postgres", authenticated_role="postgres") as api:
        data = await api.data("{ hours(first: 1) { nodes { nodeId hour } } }", role="postgres")
        assert data["hours"]["nodes"][0]["hour"] == 1
        assert (await api.reply("{ hour(hour: 1) { hour } }", role="postgres")).code == "GRAPHQL_VALIDATION_FAILED"
