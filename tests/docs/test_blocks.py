"""What docs/ shows can be copied: links lead somewhere, JSON parses, and its marked blocks run (test_examples)."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path
from xml.etree import ElementTree

import pytest
from graphql import GraphQLSchema, build_schema, extend_schema, parse, validate

from gatepost.settings import SETTINGS
from tests.docs.pages import DOCS, PAGES, Block, anchors, blocks, links

ROOT = DOCS.parent
MARKS = {"graphql": {"threads", "library", "sdl"}, "sql": {"", "library", "notes", "administrator"}}
MARKDOWN = (*PAGES, ROOT / "README.md", ROOT / "db" / "README.md")


@pytest.fixture(scope="module")
def schema() -> GraphQLSchema:
    generated = build_schema((ROOT / "sdl" / "schema.graphql").read_text(encoding="utf-8"))
    return extend_schema(generated, parse((ROOT / "sdl" / "auth.graphql").read_text(encoding="utf-8")))


def bodies(block: Block) -> list[str]:
    """What the curl commands of a shell block send."""
    posted = re.findall(r"curl [^\n]*(?:\\\n[^\n]*)*?-d '([^']*)'", block.text)
    return posted + [
        json.dumps({"query": query}) for query in re.findall(r"--data-urlencode 'query=([^']*)'", block.text)
    ]


@pytest.mark.parametrize("page", MARKDOWN, ids=lambda page: str(page.relative_to(ROOT)))
def test_relative_links_lead_somewhere(page: Path) -> None:
    for link in links(page):
        if re.match(r"https?://", link):
            continue
        path, _, fragment = link.partition("#")
        target = page.parent / path if path else page
        assert target.exists(), link
        if fragment:
            assert fragment in anchors(target), link


def test_every_block_says_what_it_is_for() -> None:
    for page in PAGES:
        for block in blocks(page):
            if block.language in MARKS and not block.mark.startswith("as "):
                assert block.mark in MARKS[block.language], block


def test_json_parses() -> None:
    found = [block for page in PAGES for block in blocks(page, "json")]
    assert found
    for block in found:
        json.loads(block.text)


def test_settings_files_have_settings_only() -> None:
    # One with a file's name is for another program.
    found = [block for page in PAGES for block in blocks(page, "toml") if not block.mark]
    assert found
    for block in found:
        assert set(tomllib.loads(block.text)) <= {setting.name for setting in SETTINGS}, block


def test_python_compiles() -> None:
    for page in PAGES:
        for block in blocks(page, "python"):
            compile(block.text, str(block), "exec")


def test_curl_sends_valid_operations(schema: GraphQLSchema) -> None:
    sent = [(block, body) for page in MARKDOWN for block in blocks(page, "sh") for body in bodies(block)]
    assert len(sent) >= 8
    assert len(sent) == sum(block.text.count("curl ") for page in MARKDOWN for block in blocks(page, "sh"))
    for block, body in sent:
        assert validate(schema, parse(json.loads(body)["query"])) == [], block


def test_operations_on_threads_are_valid(schema: GraphQLSchema) -> None:
    found = [block for page in PAGES for block in blocks(page, "graphql") if block.mark == "threads"]
    assert len(found) >= 4
    for block in found:
        assert validate(schema, parse(block.text)) == [], block


def test_pictures_are_well_formed_and_say_what_they_show() -> None:
    pictures = list(DOCS.glob("*.svg"))
    assert pictures
    for picture in pictures:
        root = ElementTree.fromstring(picture.read_text(encoding="utf-8"))  # noqa: S314 -- a file of ours
        names = [child.tag.rpartition("}")[2] for child in root]
        assert {"title", "desc"} <= set(names)
