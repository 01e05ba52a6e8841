"""What single values may be: numbers that are none, JSON to the last digit, labels, domains, and what is refused."""

from __future__ import annotations

import asyncpg
import pytest

from gatepost.schema.labels import value_names
from tests.api import Api
from tests.types.asking import ROLE


async def test_floats_that_are_no_numbers_are_strings_in_json(widgets: Api) -> None:
    reply = await widgets.reply("{ widget(id: 1) { ratio half ratios } }", role=ROLE)
    assert reply.text == ('{"data":{"widget":{"ratio":"NaN","half":"-Infinity","ratios":["NaN","Infinity",1.5]}}}')


async def test_floats_that_are_no_numbers_are_given_as_strings(own_widgets: Api) -> None:
    for number in ("1e999", "-1e999", "9" * 400):
        reply = await own_widgets.reply(f"{{ textOfFloat8(value: {number}) }}", role=ROLE)
        assert "has more" in reply.errors[0]["message"]
    for given in ("NaN", "Infinity", "-Infinity"):
        data = await own_widgets.data(
            f"""mutation ($value: Float!) {{
              a: createWidget(input: {{widget: {{ratio: $value, half: $value, ratios: [$value, 1]}}}}) {{
                widget {{ ratio half ratios }} }}
              b: createWidget(input: {{widget: {{ratio: "{given}", half: "{given}", ratios: "{given}"}}}}) {{
                widget {{ ratio half ratios }} }} }}""",
            {"value": given},
            role=ROLE,
        )
        assert data["a"]["widget"] == {"ratio": given, "half": given, "ratios": [given, 1]}
        assert data["b"]["widget"] == {"ratio": given, "half": given, "ratios": [given]}
        data = await own_widgets.data(
            """query ($value: Float!) { one: textOfFloat8(value: $value)
                 found: widgets(filter: {ratio: {in: [$value]}, half: {eq: $value}}) { totalCount } }""",
            {"value": given},
            role=ROLE,
        )
        assert data == {"one": given, "found": {"totalCount": 2}}
    data = await own_widgets.data(
        "{ widgets(filter: {ratio: {gt: 0}}, orderBy: [{ratio: DESC}]) { nodes { ratio } } }", role=ROLE
    )
    # To Postgres, NaN is greater than all numbers.
    assert [node["ratio"] for node in data["widgets"]["nodes"]] == ["NaN"] * 3 + ["Infinity"] * 2


@pytest.mark.parametrize("given", ['"nan"', '"1.5"', "NaN", "true", '""'])
async def test_no_other_string_is_a_float(widgets: Api, given: str) -> None:
    reply = await widgets.reply(f"{{ textOfFloat8(value: {given}) }}", role=ROLE)
    assert reply.code == "GRAPHQL_VALIDATION_FAILED"


@pytest.mark.parametrize("given", ["nan", "1.5", "", True, 10**400])
async def test_no_other_variable_is_a_float(widgets: Api, given: object) -> None:
    query = "query ($value: Float!) { textOfFloat8(value: $value) }"
    reply = await widgets.reply(query, {"value": given}, role=ROLE)
    assert reply.code == "BAD_USER_INPUT"


async def test_json_literals_keep_every_digit_and_take_variables(widgets: Api) -> None:
    data = await widgets.data(
        """query ($any: JSON, $n: Int, $absent: Int) {
             rawJson(value: {b: [1.10, 123456789012345678901234567890, $n], a: $any, c: $absent,
                             d: {e: null, f: true, g: WORD, h: "q\\"\\\\u0000"}}) }""",
        {"any": {"y": [1, 2.5]}, "n": 4},
        role=ROLE,
    )
    assert data["rawJson"] == (
        '{"b":[1.10,123456789012345678901234567890,4],"a":{"y":[1,2.5]},'
        '"d":{"e":null,"f":true,"g":"WORD","h":"q\\"\\\\u0000"}}'
    )


async def test_a_json_variable_holds_any_value(widgets: Api) -> None:
    query = "query ($value: JSON!) { rawJson(value: $value) }"
    for value, text in (("a", '"a"'), (1.5, "1.5"), ([], "[]"), (False, "false"), (10**30, str(10**30))):
        assert (await widgets.data(query, {"value": value}, role=ROLE))["rawJson"] == text
    reply = await widgets.reply(query, {"value": "a\0b"}, role=ROLE)
    assert (reply.status, reply.code) == (400, "BAD_USER_INPUT")


async def test_json_passes_as_it_is_stored(own_widgets: Api) -> None:
    deep = "[" * 500 + "]" * 500
    for number, raw in enumerate(('{"a":1,"a":2}', '{"a":1e400}', "1e-400", '"\\u0041\\ud83d"', deep), start=10):
        await own_widgets.sql("insert into kinds.rare (id, raw) values ($1, array[$2::text::json])", number, raw)
        reply = await own_widgets.reply(f"{{ rare(id: {number}) {{ raw }} }}", role=ROLE)
        assert f'"raw":[{raw}]' in reply.text


async def test_xml_is_well_formed(widgets: Api) -> None:
    well: tuple[str, ...] = ("<a>1</a>", "plain", "<?xml version='1.0'?><é/>", "<x xmlns='urn:y'><!-- z --></x>")
    query = "query ($value: String!) { sameXml(value: $value) }"
    try:
        await widgets.sql("select '<a/>'::xml")
    except asyncpg.FeatureNotSupportedError:  # this server was built without libxml
        well = ()
    for value in well:
        assert await widgets.data(query, {"value": value}, role=ROLE) == {"sameXml": value}
    for value in ("<a>", "<a/><?xml?>", "&x;"):
        assert (await widgets.reply(query, {"value": value}, role=ROLE)).code == "BAD_USER_INPUT"


def test_names_of_labels() -> None:
    labels = ["ok", "Ok", "not ok", "not-ok", "not_ok", "1st", "true", "__x", "", " ", "<", "é", "日本", "null"]
    assert value_names(labels) == {
        "ok": "ok",
        "Ok": "Ok",
        "not ok": "not_ok_2",
        "not-ok": "not_ok_3",
        "not_ok": "not_ok",
        "1st": "_1st",
        "true": "_true",
        "__x": "x",
        "": "EMPTY",
        " ": "SPACE",
        "<": "LESS_THAN_SIGN",
        "é": "e",
        "日本": "CJK_UNIFIED_IDEOGRAPH_65E5_CJK_UNIFIED_IDEOGRAPH_672C",
        "null": "_null",
    }


async def test_the_label_of_a_renamed_value_is_its_description(widgets: Api) -> None:
    data = await widgets.data('{ __type(name: "Mood") { enumValues { name description } } }', role=ROLE)
    descriptions = {value["name"]: value["description"] for value in data["__type"]["enumValues"]}
    assert descriptions["happy"] == "Happy."
    assert descriptions["extra_small_2"] == "`extra-small`"
    reasons = {remark.object: remark.reason for remark in widgets.gateway.api.report.remarks}
    assert reasons["label 'extra-small' of type kinds.mood"] == "is extra_small_2"


async def test_a_type_that_is_not_known_is_a_string_and_reported(widgets: Api) -> None:
    reasons = {remark.object: remark.reason for remark in widgets.gateway.api.report.remarks}
    assert reasons["type public.cube"] == "is served as a String in its text form"


async def test_a_table_has_its_name_before_a_type_of_a_column(widgets: Api) -> None:
    data = await widgets.data(
        """{ table: __type(name: "Everybody") { fields { name } }
             type: __type(name: "KindsEverybody") { fields { name } } }""",
        role=ROLE,
    )
    assert [field["name"] for field in data["table"]["fields"]] == ["nodeId", "id"]
    assert [field["name"] for field in data["type"]["fields"]] == ["x", "home"]


@pytest.mark.parametrize(
    ("call", "constraint"),
    [
        ("textOfPositive(value: 0)", "positive_check"),
        ("textOfHome(value: {number: -1})", "home_check"),
        ("textOfFew(value: [1, 2, 3, 4])", "few_check"),
    ],
)
async def test_the_rule_of_a_domain(widgets: Api, call: str, constraint: str) -> None:
    reply = await widgets.reply(f"{{ {call} }}", role=ROLE)
    assert (reply.code, reply.errors[0]["extensions"]["constraint"]) == ("CHECK_VIOLATION", constraint)


@pytest.mark.parametrize(
    "call",
    [
        "textOfRange(value: {lower: 5, upper: 1})",
        'textOfMoney(value: "NaN")',
        'textOfRegclass(value: "no_such_table")',
        'textOfRegclass(value: "a.b.c.d")',
        'textOfRegtype(value: "no such(")',
        'textOfTsquery(value: "a & & b")',
        'textOfLtree(value: "a..b")',
        'textOfOid(value: "-1")',
        'textOfText(value: "a\\u0000b")',
        "textOfVector(value: [])",
        "widgets(filter: {squares: {eq: [[1, 2], [3]]}}) { totalCount }",
        "widgets(filter: {squares: {eq: [[1], null]}}) { totalCount }",
    ],
)
async def test_what_a_type_cannot_read_is_the_callers_error(widgets: Api, call: str) -> None:
    reply = await widgets.reply(f"{{ {call} }}", role=ROLE)
    assert reply.code == "BAD_USER_INPUT"


@pytest.mark.parametrize(
    "call",
    [
        "textOfPositive(value: null)",
        'textOfVector(value: [1, "x"])',
        "textOfHstore(value: {a: 1})",
        'textOfHstore(value: "a=>1")',
        "widgets(filter: {mood: {eq: medium}}) { totalCount }",
        "textOfRange(value: {below: 1})",
    ],
)
async def test_what_does_not_fit_the_schema(widgets: Api, call: str) -> None:
    reply = await widgets.reply(f"{{ {call} }}", role=ROLE)
    assert reply.code == "GRAPHQL_VALIDATION_FAILED"
