"""What a database becomes: the whole schema of a small one, and the corners of the shop."""

from __future__ import annotations

from pathlib import Path

import pytest
from graphql import GraphQLInputObjectType, GraphQLObjectType, print_schema, validate_schema

from gatepost.doctor import OF_THE_API, examine
from gatepost.errors import SetUpError
from gatepost.settings import Settings
from tests.api import Api, CreateDatabase, opened

HERE = Path(__file__).parent
LIBRARY = (HERE / "library.sql").read_text()


def fields(api: Api, type_name: str) -> dict[str, str]:
    """The fields of a type, each with its own type as SDL writes it."""
    type_ = api.gateway.engine.schema.get_type(type_name)
    assert isinstance(type_, GraphQLObjectType | GraphQLInputObjectType)
    return {name: str(field.type) for name, field in type_.fields.items()}


async def test_the_whole_schema_of_a_small_database(create_database: CreateDatabase) -> None:
    """To accept a change: write what this prints to library.graphql, and read the difference."""
    url = await create_database(LIBRARY)
    async with opened(url, schemas=("library",), anonymous_role="small_library_reader") as api:
        generated = print_schema(api.gateway.engine.schema) + "\n"
        assert api.gateway.api.report.remarks == []
    assert generated == (HERE / "library.graphql").read_text()


async def test_the_schema_is_valid_and_the_same_each_time(shop: Api) -> None:
    schema = shop.gateway.engine.schema
    assert validate_schema(shop.gateway.api.whole()) == []
    async with opened(
        shop.url, schemas=("shop",), anonymous_role="shop_anonymous", authenticated_role="shop_member"
    ) as again:
        assert print_schema(again.gateway.engine.schema) == print_schema(schema)


async def test_columns_and_their_types(shop: Api) -> None:
    found = fields(shop, "Product")
    assert {name: found[name] for name in ("nodeId", "id", "name", "price", "stock", "shelf", "weight")} == {
        "nodeId": "ID!",
        "id": "UUID!",
        "name": "String!",
        "price": "Decimal",
        "stock": "BigInt",
        "shelf": "Int",
        "weight": "Float",
    }
    assert [found[name] for name in ("madeAt", "checked", "day", "opens", "warranty", "picture", "data", "mood")] == [
        "Datetime",
        "LocalDatetime",
        "Date",
        "Time",
        "Interval",
        "Base64",
        "JSON",
        "Mood",
    ]
    assert [found[name] for name in ("code", "label", "live", "tags", "counts", "moods", "size")] == [
        "String",
        "String",
        "Boolean",
        "[String]",
        "[BigInt]",
        "[Mood]",
        "Size",
    ]


async def test_relations_and_tags(shop: Api) -> None:
    person = fields(shop, "Person")
    assert {"mentor", "pupils", "ordersByBuyer", "ordersBySeller", "title", "orderCount", "boss", "bosses"} <= set(
        person
    )
    assert "alias" in person
    assert not {"ssn", "nickname", "personByMentorId", "mentorByMentorId"} & set(person)
    assert {"buyer", "seller", "invoice", "orderItems", "productsViaOrderItems"} <= set(fields(shop, "Order"))
    assert fields(shop, "Order")["invoice"] == "Invoice"
    assert fields(shop, "Product")["orderedIn"] == "ProductOrderedInConnection!"


@pytest.mark.parametrize("type_name", ["Person", "PersonFilter", "PersonOrderBy"])
async def test_an_omitted_column_is_nowhere(shop: Api, type_name: str) -> None:
    assert not {"ssn", "nickname"} & set(fields(shop, type_name))


async def test_what_is_not_granted_or_omitted_is_not_there(shop: Api) -> None:
    types = set(shop.gateway.engine.schema.type_map)
    assert not {"Ledger", "Draft", "LedgerFilter", "DraftConnection"} & types
    assert "password" not in fields(shop, "Account")
    assert not {"ledgers", "drafts", "ledger", "draft"} & set(fields(shop, "Query"))
    assert "secretPower" not in fields(shop, "Mutation")


async def test_a_view_has_no_key_and_promises_no_values(shop: Api) -> None:
    assert fields(shop, "Spending") == {"buyerId": "BigInt", "orders": "BigInt", "total": "Decimal"}
    assert "spendings" in fields(shop, "Query")
    assert "spending" not in fields(shop, "Query")


async def test_functions(shop: Api) -> None:
    schema = shop.gateway.engine.schema
    assert schema.query_type is not None
    assert schema.mutation_type is not None
    greet = schema.query_type.fields["greet"]
    assert greet.description == "Says hello."
    assert {name: str(argument.type) for name, argument in greet.args.items()} == {"name": "String", "times": "Int"}
    assert fields(shop, "Query")["countdown"] == "[Int]!"
    assert fields(shop, "Query")["firstPerson"] == "Person"
    assert fields(shop, "CreatePersonInput") == {"name": "String!", "email": "String", "hidden": "Boolean"}
    assert fields(shop, "CreatePersonPayload") == {"person": "Person", "query": "Query!"}
    assert fields(shop, "CreatePeoplePayload") == {"people": "[Person!]!", "query": "Query!"}
    assert fields(shop, "RollAllPayload") == {"result": "[BigInt]!", "query": "Query!"}
    assert fields(shop, "ForgetMoodsPayload") == {"query": "Query!"}
    assert str(schema.mutation_type.fields["createPerson"].args["input"].type) == "CreatePersonInput!"
    assert str(schema.mutation_type.fields["roll"].args["input"].type) == "RollInput"
    assert not schema.mutation_type.fields["forgetMoods"].args
    assert schema.mutation_type.fields["createPerson"].description == "Adds somebody."


async def test_names_that_collide_are_told_apart_and_reported(shop: Api) -> None:
    told = {remark.object: remark.reason for remark in shop.gateway.api.report.remarks}
    assert told['shop.Odd "Table.or'] == "is orColumn in type OddTable, as or is taken"
    assert told['shop.Odd "Table.with_space'] == "is withSpaceColumn in type OddTable, as withSpace is taken"
    assert told["argument filter"] == "is filterArgument in the arguments of shop.find_people, as filter is taken"
    assert told["label 'extra small' of type shop.size"] == "is extra_small"
    assert told["key person_pkey of shop.person"] == "is shopPerson in type Query, as person is taken"
    queries = fields(shop, "Query")
    assert (queries["person"], queries["shopPerson"]) == ("Person", "ShopPerson")
    assert (queries["people"], queries["shopPeople"]) == ("PersonConnection!", "ShopPersonConnection!")
    odd = fields(shop, "OddTable")
    odd_filter = fields(shop, "OddTableFilter")
    assert odd_filter["or"] == "[OddTableFilter!]"
    assert set(odd) - {"nodeId"} <= set(odd_filter)


async def test_a_page_argument_is_never_a_functions_own(shop: Api) -> None:
    schema = shop.gateway.engine.schema
    assert schema.query_type is not None
    arguments = schema.query_type.fields["findPeople"].args
    assert {name: str(argument.type) for name, argument in arguments.items()} == {
        "filterArgument": "String!",
        "firstArgument": "Boolean",
        "first": "Int",
        "after": "String",
        "last": "Int",
        "before": "String",
        "offset": "Int",
        "filter": "PersonFilter",
        "orderBy": "[PersonOrderBy!]",
        "distinct": "[PersonDistinct!]",
    }


@pytest.mark.parametrize(
    ("schemas", "told"),
    [
        (("public",), "Nothing is in public. Tables are in library: name them with --schemas."),
        (("nosuch",), "There is no schema nosuch. Tables are in library: name them with --schemas."),
    ],
)
async def test_a_database_without_anything_to_read_is_told(
    create_database: CreateDatabase, schemas: tuple[str, ...], told: str
) -> None:
    url = await create_database(LIBRARY)
    with pytest.raises(SetUpError) as refused:
        async with opened(url, schemas=schemas, anonymous_role="small_library_reader"):
            pass
    assert refused.value.message == told


async def test_schemas_that_are_not_asked_for_or_not_there_are_told(create_database: CreateDatabase) -> None:
    url = await create_database(LIBRARY, "create table nothing (); create table something (id int);")
    settings = Settings(database_url=url, schemas=("public", "nosuch"), anonymous_role="postgres")
    told = {finding.object: (finding.id, finding.reason) for finding in await examine(settings, only=OF_THE_API)}
    assert told["schema nosuch"] == ("left-out", "is left out, as it is not there")
    assert told["public.nothing"] == ("left-out", "is left out, as it has no columns")
    id_, reason = told["schema library"]
    assert (id_, reason.split(";")[0]) == ("not-exposed", "is not exposed, as `schemas` does not name it")


async def test_a_database_in_which_rows_can_only_be_created_is_served(create_database: CreateDatabase) -> None:
    url = await create_database(
        """create table complaints (id int generated always as identity, text text);
           do $$ begin create role complaints_writer; exception when duplicate_object then null; end $$;
           grant insert (text) on complaints to complaints_writer;"""
    )
    async with opened(url, anonymous_role="complaints_writer") as api:
        asked = 'mutation { createComplaint(input: {complaint: {text: "loud"}}) { count } }'
        assert await api.data(asked, role="complaints_writer") == {"createComplaint": {"count": 1}}
        assert await api.data("{ __typename }", role="complaints_writer") == {"__typename": "Query"}
        assert await api.sql("select text from complaints") == ["loud"]
        settings = api.gateway.settings
    (finding,) = await examine(settings, only=OF_THE_API)
    assert (finding.id, finding.object) == ("not-granted", "public.complaints")
    assert finding.reason.endswith("so that rows can only be created")
