"""The same rules in psql: `make psql AS=ada` shows and allows what the API shows ada and allows her."""

from __future__ import annotations

from .conftest import Threads


async def test_a_person_sees_in_psql_what_the_api_shows_them(threads: Threads) -> None:
    milena = await threads.sign_up("milena")
    await threads.data("Follow", milena, username="ada")
    await threads.write(milena, "seen in psql")
    feed = await threads.data("HomeFeed", milena, first=3)
    out, error = await threads.psql(
        """
        select current_user;
        select username from viewer();
        select thread_id from home_feed() order by created_at desc, thread_id desc limit 3;
        select count(*) from home_feed();
        """,
        user="milena",
    )
    assert "ERROR" not in error
    shown = out.split("milena (threads_member", 1)[1].splitlines()[-6:]
    ids = [edge["node"]["thread"]["id"] for edge in feed["edges"]]
    assert shown == ["threads_member", "milena", *ids, str(feed["totalCount"])]


async def test_what_they_do_in_psql_is_in_the_api_once_committed(threads: Threads) -> None:
    await threads.sign_up("nora")
    await threads.psql("select create_thread('rolled back');\n", user="nora")
    assert (await threads.data("Person", username="nora"))["threads"]["nodes"] == []
    await threads.psql("select create_thread('written in psql');\ncommit;\n", user="nora")
    assert (await threads.data("Person", username="nora"))["threads"]["nodes"] == [{"body": "written in psql"}]


async def test_a_broken_rule_reads_alike_in_both(threads: Threads) -> None:
    otto = await threads.sign_up("otto")
    _, error = await threads.psql("select follow_user('otto');\n", user="otto")
    assert f"ERROR:  {(await threads.error('Follow', otto, username='otto'))['message']}\n" in error


async def test_what_the_api_hides_psql_hides(threads: Threads) -> None:
    await threads.sign_up("paula")
    _, error = await threads.psql("select from private.credentials;\n", user="paula")
    assert "ERROR:  permission denied for schema private" in error
    _, error = await threads.psql("insert into users (username) values ('x');\n", user="paula")
    assert "ERROR:  permission denied for table users" in error
    await threads.psql("update users set bio = 'mine' where username = 'ada';\ncommit;\n", user="paula")
    assert (await threads.data("Person", username="ada"))["bio"] != "mine"


async def test_an_administrator_becomes_somebody_for_one_transaction(threads: Threads) -> None:
    await threads.sign_up("quentin")
    script = "select threads.act_as('quentin');\nselect current_user;\nselect username from threads.viewer();\n"
    out, _ = await threads.psql(f"begin;\n{script}commit;\nselect current_user;\n")
    assert out.splitlines()[-3:] == ["threads_member", "quentin", "postgres"]
