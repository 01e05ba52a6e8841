"""Columns: generated ones, identities, defaults, dropped ones, comments and tags."""

from __future__ import annotations

from typing import Any

from tests.api import Api
from tests.types.asking import ROLE

_FIELD = "name description isDeprecated type { kind name ofType { name } }"


async def _fields(api: Api, type_name: str, of: str) -> dict[str, Any]:
    data = await api.data(
        f"""{{ __type(name: "{type_name}") {{ found: {of}(includeDeprecated: true) {{ {_FIELD} }} }} }}""", role=ROLE
    )
    return {field["name"]: field for field in data["__type"]["found"]}


async def test_columns_of_a_row(widgets: Api) -> None:
    fields = await _fields(widgets, "Widget", "fields")
    assert not {"gone", "doubled", "ctid", "xmin", "tableoid", "label"} & fields.keys()
    assert fields["caption"]["description"] == "What it says."
    assert fields["number"]["isDeprecated"]
    not_null = {name for name, field in fields.items() if field["type"]["kind"] == "NON_NULL"}
    assert not_null == {"nodeId", "id", "number", "caption", "positive", "allHomes"}


async def test_columns_that_can_be_given(widgets: Api) -> None:
    fields = await _fields(widgets, "WidgetInput", "inputFields")
    assert not {"id", "doubled", "gone"} & fields.keys()
    assert {"number", "caption", "positive"} <= fields.keys()
    assert all(field["type"]["kind"] != "NON_NULL" for field in fields.values())


async def test_attributes_of_a_composite(widgets: Api) -> None:
    fields = await _fields(widgets, "Person", "fields")
    assert list(fields) == ["fullName", "home", "places", "ages", "numbers", "live"]
    assert fields["fullName"]["isDeprecated"]
    address = await _fields(widgets, "Address", "fields")
    assert address["street"]["description"] == "The street's name."
    given = await _fields(widgets, "AddressInput", "inputFields")
    assert list(given) == ["street", "number", "since", "mood", "tags"]


async def test_defaults_and_identities_fill_what_is_not_given(own_widgets: Api) -> None:
    data = await own_widgets.data(
        """mutation { a: createWidget(input: {widget: {price: 1}}) { widget { id number caption positive } }
                      b: createWidget(input: {widget: {number: 70}}) { widget { id number } } }""",
        role=ROLE,
    )
    assert data["a"]["widget"] == {"id": 4, "number": 4, "caption": "none", "positive": 1}
    assert data["b"]["widget"] == {"id": 5, "number": 70}


async def test_composites_are_removed_from_an_array(own_widgets: Api) -> None:
    data = await own_widgets.data(
        """mutation { updateWidgets(input: { all: true, remove: { homes: [{ street: "First", number: 1 }] } }) {
             widgets { id homes { street } } } }""",
        role=ROLE,
    )
    assert data["updateWidgets"]["widgets"] == [
        {"id": 1, "homes": [None]},
        {"id": 2, "homes": []},
        {"id": 3, "homes": None},
    ]
