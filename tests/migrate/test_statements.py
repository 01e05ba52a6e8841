"""Where one statement ends and the next begins."""

import pytest

from gatepost.migrate.statements import split


@pytest.mark.parametrize(
    ("script", "texts"),
    [
        ("", []),
        (" ; ;\n", []),
        ("select 1; select 2", ["select 1", "select 2"]),
        (
            "select ';', E'\\';', \";\", $$;$$, $a$;$$;$a$; select 2;",
            ["select ';', E'\\';', \";\", $$;$$, $a$;$$;$a$", "select 2"],
        ),
        ("-- one; two\nselect 1 /* ; /* ; */ ; */ + 1;", ["select 1 /* ; /* ; */ ; */ + 1"]),
        (
            "create rule r as on insert to t do (select 1; select 2); select 3",
            ["create rule r as on insert to t do (select 1; select 2)", "select 3"],
        ),
        (
            "create function f() returns int begin atomic select 1; select case when true then 2 end; end; select 3",
            [
                "create function f() returns int begin atomic select 1; select case when true then 2 end; end",
                "select 3",
            ],
        ),
        (
            "create or replace procedure p() begin atomic select 1; end;",
            ["create or replace procedure p() begin atomic select 1; end"],
        ),
        ("select $1, a$b; select 2", ["select $1, a$b", "select 2"]),
    ],
)
def test_splits_as_psql_does(script: str, texts: list[str]) -> None:
    assert [statement.text for statement in split(script)] == texts


def test_knows_the_line_of_the_first_word() -> None:
    assert [statement.line for statement in split("\n-- x\nselect 1;\n/* y\n*/ select\n2;select 3")] == [3, 5, 6]
