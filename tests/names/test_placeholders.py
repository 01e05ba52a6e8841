"""Names, labels and texts of a database that look like the placeholders of what puts the statement together."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.api import Api, CreateDatabase, opened

WORDS = ("%(p0)s", "%(claims)s", "%s", "%%", ":x", "$1", "__[POSTCOMPILE_p0]")
COLUMNS = ("b", "c", "d", "e", "f", "g", "h")
"""What the columns that are called as the words are called in the API."""
SCRIPT = (Path(__file__).parent / "placeholders.sql").read_text()
SELECTED = "id b c d e f g h label limited pair { p0S s } said"


@pytest.fixture(scope="module")
async def words(create_database: CreateDatabase) -> AsyncIterator[Api]:
    url = await create_database(SCRIPT, user="words_gateway")
    async with opened(url, schemas=("%(p0)s",), anonymous_role="words_reader", pool_size=2) as api:
        yield api


def row(number: int, mark: str, label: str, limited: str, pair: tuple[str, str]) -> dict[str, object]:
    """What SELECTED answers of a row whose texts are the words, each with a mark behind."""
    return {
        "id": number,
        **{name: word + mark for name, word in zip(COLUMNS, WORDS, strict=True)},
        "label": label,
        "limited": limited,
        "pair": {"p0S": pair[0], "s": pair[1]},
        "said": f"%(p0)s{mark} %(p0)s %(claims)s %s %% __[POSTCOMPILE_p0]",
    }


FIRST = row(1, "", "p0_s", "%(p0)s", ("%(p0)s", "%s"))
SECOND = row(2, "!", "PERCENT_SIGN_PERCENT_SIGN", "%%", (":x", "%%"))


async def test_they_are_read(words: Api) -> None:
    query = f"""{{
      words(orderBy: [{{ b: DESC }}], first: 1) {{
        nodes {{ {SELECTED} }} edges {{ node {{ wordByParent {{ {SELECTED} }} }} }} totalCount
      }}
      wordByB(b: "%(p0)s") {{ wordsByParent {{ nodes {{ h }} }} }}
      joined(claimsS: "%(p1)s")
    }}"""
    assert await words.data(query, role="words_reader") == {
        "words": {"nodes": [SECOND], "edges": [{"node": {"wordByParent": FIRST}}], "totalCount": 2},
        "wordByB": {"wordsByParent": {"nodes": [{"h": "__[POSTCOMPILE_p0]!"}]}},
        "joined": "%(p1)s%(p0)s",
    }


async def test_functions_that_sqlalchemy_has_names_for_are_the_databases_own(words: Api) -> None:
    query = '{ substring(word: "some") pow(number: 3) nextValue(number: 1) }'
    assert await words.data(query, role="words_reader") == {"substring": "some of ours", "pow": 30, "nextValue": 2}


@pytest.mark.parametrize("name", [*COLUMNS, "limited", "said"])
@pytest.mark.parametrize("word", WORDS)
async def test_they_are_filtered_and_ordered_by(words: Api, name: str, word: str) -> None:
    query = f"""query ($word: String!) {{
      words(filter: {{ {name}: {{ eq: $word }} }}) {{ nodes {{ {name} }} }}
      others: words(filter: {{ {name}: {{ ne: "{word}" }} }}) {{ nodes {{ {name} }} }}
    }}"""
    data = await words.data(query, {"word": word}, role="words_reader")
    both = [FIRST[name], SECOND[name]]
    assert [found[name] for found in data["words"]["nodes"]] == [each for each in both if each == word]
    assert [found[name] for found in data["others"]["nodes"]] == [each for each in both if each != word]


async def test_pages_go_on_behind_them(words: Api) -> None:
    order = "orderBy: [{ b: ASC }, { f: DESC }]"
    data = await words.data(f"{{ words(first: 1, {order}) {{ pageInfo {{ endCursor }} }} }}", role="words_reader")
    cursor = data["words"]["pageInfo"]["endCursor"]
    query = f"query ($after: String) {{ words(first: 1, after: $after, {order}) {{ nodes {{ b }} }} }}"
    assert await words.data(query, {"after": cursor}, role="words_reader") == {"words": {"nodes": [{"b": "%(p0)s!"}]}}


async def test_they_are_written(words: Api) -> None:
    made = ", ".join(f'{name}: "{word}?"' for name, word in zip(COLUMNS, WORDS, strict=True))
    query = f"""mutation {{
      createWord(
        input: {{ word: {{ id: 3, {made}, label: p0_s, limited: "%s", pair: {{ p0S: "%(p0)s", s: "%%" }} }} }}
      ) {{
        word {{ {SELECTED} }}
      }}
      updateWordByB(input: {{ b: "%(p0)s?", patch: {{ label: _1, e: "%(p0)s" }} }}) {{ word {{ e label }} }}
      deleteWord(input: {{ id: 3 }}) {{ word {{ b }} }}
    }}"""
    assert await words.data(query, role="words_reader") == {
        "createWord": {"word": row(3, "?", "p0_s", "%s", ("%(p0)s", "%%"))},
        "updateWordByB": {"word": {"e": "%(p0)s", "label": "_1"}},
        "deleteWord": {"word": {"b": "%(p0)s?"}},
    }
