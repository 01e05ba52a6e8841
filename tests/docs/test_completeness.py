"""Nothing that a person can set, type, tag or meet as an error is missing from docs/."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from gatepost.cli import main
from gatepost.doctor import KINDS
from gatepost.schema.tags import KNOWN
from gatepost.settings import SETTINGS
from tests.docs.pages import DOCS, PAGES

ROOT = DOCS.parent
ROOMS = ("errors.py", "auth", "engine", "http", "plan", "transaction")
CODES = (r'"([A-Z]+(?:_[A-Z]+)+)"', r'\bcode ?= ?"([A-Z]+)"', r': \("([A-Z]+)", \d{3},')


def text(name: str) -> str:
    return (DOCS / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("setting", [setting.name for setting in SETTINGS])
def test_every_setting_has_its_line(setting: str) -> None:
    assert f"\n| `{setting}` |" in text("deploying.md")


def test_no_line_tells_of_a_setting_that_is_gone() -> None:
    table = text("deploying.md").split("## Settings")[1].split("## Commands")[0]
    assert set(re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE)) == {setting.name for setting in SETTINGS}


def test_defaults_are_those_of_the_code() -> None:
    for setting in SETTINGS:
        default = setting.default
        if default in (None, ()):
            shown = "none"
        elif isinstance(default, tuple):
            shown = f"`{','.join(default)}`"
        else:
            shown = f"`{str(default).lower() if isinstance(default, bool) else default}`"
        assert f"\n| `{setting.name}` | {shown} |" in text("deploying.md")


def help_of(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    with pytest.raises(SystemExit):
        main([*arguments, "--help"])
    return capsys.readouterr().out


def subcommands(help_text: str, heading: str) -> list[str]:
    """The commands that a help text lists under a heading."""
    return re.findall(r"^    ([a-z]+) ", help_text.split(f"{heading}:")[1], re.MULTILINE)


def test_every_command_and_flag_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    commands = subcommands(help_of(capsys), "commands")
    assert {"serve", "migrate"} <= set(commands)
    calls: list[tuple[str, ...]] = [(command,) for command in commands if command != "migrate"]
    calls += [("migrate", action) for action in subcommands(help_of(capsys, "migrate"), "actions")]
    assert ("migrate", "up") in calls
    settings = {"--help"}.union(*({setting.flag, f"--no-{setting.flag[2:]}"} for setting in SETTINGS))
    page = text("deploying.md")
    for call in calls:
        assert f"| `gatepost {' '.join(call)}" in page
        for flag in set(re.findall(r"--[a-z][a-z-]*", help_of(capsys, *call))) - settings:
            assert f"`{flag}" in page, flag


@pytest.mark.parametrize("tag", sorted(KNOWN))
def test_every_smart_tag_has_its_line(tag: str) -> None:
    assert re.search(rf"^\| `@{tag}\b", text("generated-api.md"), re.MULTILINE)


def test_every_kind_of_finding_has_its_section_and_no_other() -> None:
    sections = re.findall(r"^### (\S+)\n\n\*(\w+)[.*]", text("doctor.md"), re.MULTILINE)
    assert len(sections) == text("doctor.md").count("\n### ")
    assert [(id_, severity.lower()) for id_, severity in sections] == [
        (id_, kind.severity) for id_, kind in KINDS.items()
    ]


def codes_of_the_gateway() -> set[str]:
    """Words in capitals with an underscore, and single words where a code stands."""
    files: list[Path] = []
    for room in ROOMS:
        path = ROOT / "gatepost" / room
        files += [path] if path.is_file() else path.rglob("*.py")
    sources = [file.read_text(encoding="utf-8") for file in [*files, *(ROOT / "resolvers").glob("*.py")]]
    return {code for source in sources for pattern in CODES for code in re.findall(pattern, source)}


def codes_of_threads() -> set[str]:
    scripts = (file.read_text(encoding="utf-8") for file in (ROOT / "db").glob("*/*.sql"))
    return {name.upper() for script in scripts for name in re.findall(r"constraint = '(\w+)'", script)}


def test_every_error_code_has_its_line_and_no_other() -> None:
    codes = codes_of_the_gateway() | codes_of_threads()
    assert {"INTERNAL", "PAGE_SIZE", "UNIQUE_VIOLATION", "CANNOT_FOLLOW_SELF"} <= codes
    told = set(re.findall(r"^\| `([A-Z_]+)` \|", text("errors.md"), re.MULTILINE))
    # Made of a name that is in lower case in the code; and one that callers never meet, which has no table.
    assert told == codes - {"SET_UP"} | {"RULE_BROKEN"}
    assert "`SET_UP`" in text("errors.md")


def test_the_index_names_every_page() -> None:
    listed = re.findall(r"^\| \[[^]]+\]\(([^)]+)\) \|", text("README.md"), re.MULTILINE)
    assert set(listed) == {page.name for page in PAGES} - {"README.md"}
