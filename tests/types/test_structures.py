"""Composites, ranges and arrays as objects and lists: selected, nested, null, given, and returned by functions."""

from __future__ import annotations

from typing import Any

from tests.api import Api
from tests.types.asking import ROLE

OWNER = "owner { fullName home { street } places { number } ages { lower upper } numbers live }"


async def _widget(api: Api, id_: int, selection: str) -> Any:
    data = await api.data(f"{{ widget(id: {id_}) {{ {selection} }} }}", role=ROLE)
    return data["widget"]


async def test_fields_of_a_composite_are_selected_under_any_key(widgets: Api) -> None:
    found = await _widget(widgets, 1, "owner { __typename name: fullName a: home { street } b: home { n: number } }")
    assert found["owner"] == {"__typename": "Person", "name": "Ada", "a": {"street": "Main"}, "b": {"n": 1}}


async def test_a_composite_of_nulls_is_not_null(widgets: Api) -> None:
    nothing = {"fullName": None, "home": None, "places": None, "ages": None, "numbers": None, "live": None}
    assert [(await _widget(widgets, id_, OWNER))["owner"] for id_ in (2, 3)] == [nothing, None]
    data = await widgets.data(
        """{ some: widgets(filter: {owner: {isNull: false}}) { nodes { id } }
             none: widgets(filter: {owner: {isNull: true}}) { nodes { id } } }""",
        role=ROLE,
    )
    assert data == {"some": {"nodes": [{"id": 1}, {"id": 2}]}, "none": {"nodes": [{"id": 3}]}}


async def test_lists_of_composites(widgets: Api) -> None:
    found = [(await _widget(widgets, id_, "homes { street }"))["homes"] for id_ in (1, 2, 3)]
    assert found == [[{"street": "First"}, None], [], None]


async def test_computed_fields_that_are_composites_and_ranges(widgets: Api) -> None:
    selection = "firstHome { street number } allHomes { number } span { lower upper empty }"
    assert await _widget(widgets, 1, selection) == {
        "firstHome": {"street": "First", "number": 1},
        "allHomes": [{"number": 1}, None],
        "span": {"lower": 1, "upper": 3, "empty": False},
    }
    assert await _widget(widgets, 3, selection) == {
        "firstHome": None,
        "allHomes": [],
        "span": {"lower": 3, "upper": 5, "empty": False},
    }


async def test_a_mutation_takes_and_returns_a_composite(widgets: Api) -> None:
    move = 'moveTo(input: {home: {street: "x", mood: extra_small}, during: [{lower: 1}]})'
    data = await widgets.data(
        f"""mutation {{
          alone: {move} {{ result {{ street mood tags }} }}
          beside: {move} {{ a: result {{ street }} b: result {{ mood }} query {{ widgets {{ totalCount }} }} }}
        }}""",
        role=ROLE,
    )
    assert data == {
        "alone": {"result": {"street": "x", "mood": "extra_small", "tags": None}},
        "beside": {"a": {"street": "x"}, "b": {"mood": "extra_small"}, "query": {"widgets": {"totalCount": 3}}},
    }


async def test_a_mutation_takes_and_returns_many_composites(widgets: Api) -> None:
    data = await widgets.data(
        """mutation ($homes: [AddressInput]!) {
          alone: moveAll(input: {homes: $homes}) { a: result { street } b: result { tags } }
          beside: moveAll(input: {homes: $homes}) { result { street tags } query { __typename } }
          done: moveAll(input: {homes: $homes}) { __typename }
        }""",
        {"homes": [{"street": 'q"\\,{}()', "tags": ["a", None]}, None]},
        role=ROLE,
    )
    both = {"street": 'q"\\,{}()', "tags": ["a", None]}
    assert data == {
        "alone": {"a": [{"street": both["street"]}, None], "b": [{"tags": both["tags"]}, None]},
        "beside": {"result": [both, None], "query": {"__typename": "Query"}},
        "done": {"__typename": "MoveAllPayload"},
    }


async def test_a_mutation_returns_an_array(widgets: Api) -> None:
    data = await widgets.data(
        """mutation { a: keep(input: {bytes: ["AP8=", null], moods: [_1st]}) { result }
                      b: keep(input: {bytes: ["AP8=", null], moods: []}) { result query { __typename } } }""",
        role=ROLE,
    )
    assert data == {
        "a": {"result": ["AP8=", None]},
        "b": {"result": ["AP8=", None], "query": {"__typename": "Query"}},
    }


async def test_a_row_is_created_and_changed_with_values_of_every_structure(own_widgets: Api) -> None:
    given = {
        "number": 7,
        "owner": {"fullName": 'X, "y"', "home": {"street": "(a)"}, "places": [{"number": 3}, None]},
        "homes": [{"street": "q"}],
        "squares": [[1, 2], [3, None]],
        "mood": "_1st",
        "moods": ["extra_small", None],
        "ages": {"lower": 1, "upper": 3, "upperInclusive": True},
        "times": [{"lower": "2024-01-01T00:00:00Z"}],
        "price": "12.30",
        "anything": {"a": [1]},
        "pairs": {"k": None},
        "embedding": [1, 2.5],
        "dimensions": "(1, 2)",
        "kin": {"x": 4, "home": {"street": "deep"}},
    }
    selection = """widget { number owner { fullName home { street } places { number } } homes { street } squares mood
                   moods ages { lower upper } times { lower upper } price anything pairs embedding dimensions
                   kin { x home { street } } }"""
    data = await own_widgets.data(
        f"mutation ($widget: WidgetInput!) {{ createWidget(input: {{widget: $widget}}) {{ {selection} }} }}",
        {"widget": given},
        role=ROLE,
    )
    assert data["createWidget"]["widget"] == {
        **given,
        "ages": {"lower": 1, "upper": 4},
        "times": [{"lower": "2024-01-01T00:00:00+00:00", "upper": None}],
    }
    data = await own_widgets.data(
        """mutation { updateWidget(input: {id: 1, patch: {
             owner: {fullName: "New"}, homes: null, ages: {empty: true} }}) {
             widget { owner { fullName home { street } } homes { street } ages { lower empty } mood } } }""",
        role=ROLE,
    )
    assert data["updateWidget"]["widget"] == {
        "owner": {"fullName": "New", "home": None},
        "homes": None,
        "ages": {"lower": None, "empty": True},
        "mood": None,
    }


async def test_variables_within_the_literal_of_a_composite(widgets: Api) -> None:
    data = await widgets.data(
        """mutation ($street: String, $absent: Int) {
             moveTo(input: {home: {street: $street, number: $absent, tags: [$street]}, during: []}) {
               result { street number tags } } }""",
        {"street": "x"},
        role=ROLE,
    )
    assert data["moveTo"]["result"] == {"street": "x", "number": None, "tags": ["x"]}


async def test_bounds_that_are_not_given(widgets: Api) -> None:
    data = await widgets.data(
        """{ all: textOfRange(value: {}) none: textOfRange(value: {empty: true, lower: 3})
             from: textOfRange(value: {lower: 2}) one: textOfRange(value: {lower: 1, upper: 1, upperInclusive: true})
             open: textOfRange(value: {lower: 1, upper: 5, lowerInclusive: false}) }""",
        role=ROLE,
    )
    assert data == {"all": "(,)", "none": "empty", "from": "[2,)", "one": "[1,2)", "open": "[2,5)"}


async def test_pages_ordered_by_a_range(own_widgets: Api) -> None:
    await own_widgets.sql("update kinds.widgets set ages = int4range(10 - id, null) where id < 3")
    query = """query ($after: String) { widgets(first: 1, after: $after, orderBy: [{ages: ASC_NULLS_LAST}]) {
                 nodes { id } pageInfo { endCursor } } }"""
    seen, cursor = [], None
    for _ in range(3):
        page = (await own_widgets.data(query, {"after": cursor}, role=ROLE))["widgets"]
        seen += [node["id"] for node in page["nodes"]]
        cursor = page["pageInfo"]["endCursor"]
    assert seen == [2, 1, 3]


async def test_many_rows_are_created_with_structures(own_widgets: Api) -> None:
    given = [
        {"homes": [{"street": "z"}, None], "mood": "extra_small", "squares": [[1, 2]], "price": "2.00", "times": []},
        {"homes": None, "mood": None, "squares": [], "price": None, "times": [{"lower": None, "upper": None}]},
    ]
    data = await own_widgets.data(
        """mutation ($widgets: [WidgetInput!]!) { createWidgets(input: {widgets: $widgets}) {
             widgets { homes { street } mood squares price times { lower upper } } } }""",
        {"widgets": given},
        role=ROLE,
    )
    assert data["createWidgets"]["widgets"] == given


async def test_a_key_of_an_enum_a_range_and_an_amount(own_widgets: Api) -> None:
    key = 'mood: extra_small, span: {lower: 1, upper: 2}, price: "12.50"'
    data = await own_widgets.data(
        f"{{ keyed(mood: happy, span: {{}}, price: 1) {{ note }} found: keyed({key}) {{ nodeId }} }}", role=ROLE
    )
    assert data["keyed"] is None
    data = await own_widgets.data(
        "query ($id: ID!) { node(nodeId: $id) { ... on Keyed { note mood span { lower } price } } }",
        {"id": data["found"]["nodeId"]},
        role=ROLE,
    )
    assert data["node"] == {"note": "found", "mood": "extra_small", "span": {"lower": 1}, "price": "12.50"}
    data = await own_widgets.data(
        f"mutation {{ updateKeyed(input: {{{key}, patch: {{mood: _true}}}}) {{ keyed {{ mood note }} }} }}", role=ROLE
    )
    assert data["updateKeyed"]["keyed"] == {"mood": "_true", "note": "found"}


async def test_rare_arrays(own_widgets: Api) -> None:
    selection = "few fews letters vector raw spans { lower }"
    data = await own_widgets.data(f"{{ rareByFew(few: [1]) {{ {selection} }} }}", role=ROLE)
    first = {
        "few": [1],
        "fews": [[1, 2], [3]],
        "letters": ["a"],
        "vector": "1 2",
        "raw": [{}],
        "spans": [[{"lower": 1}]],
    }
    assert data["rareByFew"] == first
    given = {**first, "id": 2, "few": [2], "spans": [[{"lower": 5}]]}
    data = await own_widgets.data(
        f"mutation ($rare: RareInput!) {{ createRare(input: {{rare: $rare}}) {{ rare {{ id {selection} }} }} }}",
        {"rare": given},
        role=ROLE,
    )
    assert data["createRare"]["rare"] == given
