"""Smart tags: the leading lines of a comment that begin with `@`."""

from __future__ import annotations

import pytest

from gatepost.schema.tags import parse


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


def test_what_tags_say() -> None:
    assert parse("@omit").omit
    assert not parse("omit").omit
    assert parse("@deprecated Use that.").deprecated == "Use that."
    assert parse("@deprecated").deprecated == "No longer supported"
    assert parse("").deprecated is None
    assert parse("@name").get("name") is None
