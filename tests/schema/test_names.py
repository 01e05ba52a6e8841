"""Inflection, and identifiers of a database as names of GraphQL."""

from __future__ import annotations

import pytest

from gatepost.schema.names import Claims, Report, camel, pascal, plural, singular, valid


@pytest.mark.parametrize(
    ("one", "many"),
    [
        ("user", "users"),
        ("category", "categories"),
        ("box", "boxes"),
        ("person", "people"),
        ("child", "children"),
        ("status", "statuses"),
        ("address", "addresses"),
        ("analysis", "analyses"),
        ("day", "days"),
        ("hero", "heroes"),
        ("wolf", "wolves"),
        ("movie", "movies"),
        ("house", "houses"),
        ("course", "courses"),
        ("database", "databases"),
        ("news", "news"),
        ("series", "series"),
        ("order_item", "order_items"),
        ("sales_person", "sales_people"),
        ("orderItem", "orderItems"),
        ("OrderItem", "OrderItems"),
        ("table2", "tables2"),
    ],
)
def test_singular_and_plural(one: str, many: str) -> None:
    assert plural(one) == many
    assert singular(many) == one
    assert plural(many) == many
    assert singular(one) == one


@pytest.mark.parametrize(
    ("name", "in_camel", "in_pascal"),
    [
        ("created_at", "createdAt", "CreatedAt"),
        ("id", "id", "Id"),
        ("camelCase", "camelCase", "CamelCase"),
        ("UPPER_CASE", "upperCASE", "UPPERCASE"),
        ("with space", "withSpace", "WithSpace"),
        ("quo\"te", "quoTe", "QuoTe"),
        ("__leading", "leading", "Leading"),
        ("trailing_", "trailing", "Trailing"),
        ("a__b", "aB", "AB"),
        ("1st", "_1st", "_1st"),
        ("é", "e", "E"),
        ("", "_", "_"),
    ],
)  # fmt: skip
def test_identifiers(name: str, in_camel: str, in_pascal: str) -> None:
    assert camel(name) == in_camel
    assert pascal(name) == in_pascal
    assert valid(camel(name))


@pytest.mark.parametrize("name", ["true", "false", "null", "__type", "a b", "1a", "é", "", "a-b", "a\n"])
def test_what_is_no_name(name: str) -> None:
    assert not valid(name)


def test_claims_take_the_first_free_name_and_report_any_other() -> None:
    report = Report()
    claims = Claims("type Book", report, taken=["id"])
    assert claims.claim("column title", "title") == "title"
    assert claims.claim("column a", "id", "idColumn") == "idColumn"
    assert claims.claim("column b", "id", "idColumn") == "idColumn2"
    assert claims.claim("column c", "id", "idColumn") == "idColumn3"
    assert [(remark.object, remark.reason) for remark in report.remarks] == [
        ("column a", "is idColumn in type Book, as id is taken"),
        ("column b", "is idColumn2 in type Book, as id is taken"),
        ("column c", "is idColumn3 in type Book, as id is taken"),
    ]
