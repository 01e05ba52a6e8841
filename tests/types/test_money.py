"""Amounts of money: exact both ways, however the database's locale writes them."""

from __future__ import annotations

from typing import Any

import asyncpg
import pytest

from tests.api import CreateDatabase, opened, sql
from tests.types.asking import ROLE
from tests.types.conftest import KINDS_SQL, SETTINGS

MONEY_SQL = """
    create type kinds.priced as (label text, price money, prices money[]);
    create type kinds.money_range as range (subtype = money);
    create table kinds.sales (
        id       integer primary key generated always as identity,
        amount   money,
        amounts  money[],
        priced   kinds.priced,
        priceds  kinds.priced[],
        between_ kinds.money_range
    );
    grant select, insert on kinds.sales to kinds_reader;
"""
FIELDS = "amount amounts priced { price prices } priceds { price } between { lower upper }"


@pytest.mark.parametrize(
    ("locale", "fractions"), [("C", True), ("C.UTF-8", True), ("de_DE.utf8", True), ("ja_JP.utf8", False)]
)
async def test_amounts_in_any_locale(create_database: CreateDatabase, locale: str, fractions: bool) -> None:
    url = await create_database(KINDS_SQL, MONEY_SQL, user="kinds_gateway")
    database = url.rsplit("/", 1)[1].split("?")[0]
    try:
        await sql(url, f"alter database {database} set lc_monetary = '{locale}'")
    except asyncpg.InvalidParameterValueError:  # the server does not have it: its own will do
        fractions = True
    one, two, three = ("-12345.67", "0.50", "1000.00") if fractions else ("-12345", "1", "1000")
    row: dict[str, Any] = {
        "amount": one,
        "amounts": [two, None],
        "priced": {"price": one, "prices": [two, None]},
        "priceds": [{"price": three}, None],
        "between": {"lower": one, "upper": three},
    }
    async with opened(url, **SETTINGS) as api:
        data = await api.data(
            f"mutation ($row: SaleInput!) {{ createSale(input: {{sale: $row}}) {{ sale {{ {FIELDS} }} }} }}",
            {"row": row},
            role=ROLE,
        )
        assert data["createSale"]["sale"] == row
        data = await api.data(
            """mutation { createSale(input: {sale: {amount: "1e3", priced: {price: "1e3"}}}) {
                 sale { amount priced { price } } } }""",
            role=ROLE,
        )
        assert data["createSale"]["sale"] == {"amount": three, "priced": {"price": three}}
        query = (
            "query ($f: SaleFilter, $a: String) { sales(filter: $f, first: 1, after: $a, orderBy: [{amount: ASC}]) {"
        )
        query += " nodes { amount } pageInfo { endCursor } totalCount } }"
        for name in ("amount", "priced", "priceds", "between"):
            given = {**row, "priced": {**row["priced"], "label": None}}[name]
            data = await api.data(query, {"f": {name: {"eq": given}}}, role=ROLE)
            assert data["sales"]["totalCount"] == 1, name
        first = (await api.data(query, role=ROLE))["sales"]
        second = (await api.data(query, {"a": first["pageInfo"]["endCursor"]}, role=ROLE))["sales"]
        assert [page["nodes"] for page in (first, second)] == [[{"amount": one}], [{"amount": three}]]
