"""The walk in GraphiQL, in a real browser."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from pathlib import Path

import pytest

from tests.walk.conftest import ROOT, Threads


@pytest.mark.usefixtures("built_page")
async def test_from_sign_up_to_the_home_feed(threads: Threads, browser: dict[str, str], tmp_path: Path) -> None:
    process = await asyncio.create_subprocess_exec(
        str(ROOT / "tests" / "browser" / "drive.sh"),
        sys.prefix,
        "walk.mjs",
        threads.url,
        str(tmp_path / "page.png"),
        "browser",
        env={**os.environ, **browser},
        stdout=asyncio.subprocess.PIPE,
    )
    out, _ = await asyncio.wait_for(process.communicate(), 600)
    seen = json.loads(out.splitlines()[-1])
    assert (seen["problems"], seen["elsewhere"]) == ([], [])
    signed_up, _, _, replied, liked, followed, feed = seen["answers"]
    assert signed_up == {"signUp": {"user": {"username": "browser"}}}
    assert replied == {"replyToThread": {"thread": {"parent": {"replyCount": 1}}}}
    assert liked == {"likeThread": {"thread": {"likeCount": 1, "viewerHasLiked": True}}}
    assert followed == {"followUser": {"user": {"username": "ada", "viewerFollows": True}}}
    newest, *others = feed["homeFeed"]["nodes"]
    assert newest == {"thread": {"body": "Hello from a browser", "author": {"username": "browser"}}}
    assert {node["thread"]["author"]["username"] for node in others} == {"ada"}
