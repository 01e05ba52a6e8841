"""The GraphiQL page as bytes: what is served, with which headers, and what is said when it is not built."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture
def dist(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A build in small."""
    monkeypatch.setattr("gatepost.http.page.DIST", tmp_path)
    (tmp_path / "assets").mkdir()
    source = ROOT / "gatepost" / "http" / "graphiql" / "src" / "page.html"
    (tmp_path / "page.html").write_text(source.read_text().replace("%SCRIPT%", "page-1.js").replace("%STYLE%", "p.css"))
    (tmp_path / "assets" / "page-1.js").write_text("plain")
    (tmp_path / "assets" / "page-1.js.gz").write_bytes(b"packed")
    (tmp_path / "assets" / "json.worker.js").write_text("worker")
    return tmp_path


@pytest.mark.usefixtures("dist")
async def test_the_page_runs_no_script_but_its_own(server: Any) -> None:
    async with server.http.get(f"{server.url}/graphiql") as response:
        assert response.status == 200
        assert response.content_type == "text/html"
        policy = dict(part.split(" ", 1) for part in response.headers["Content-Security-Policy"].split("; "))
        html = await response.text()
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == policy["connect-src"] == policy["worker-src"] == "'self'"
    assert policy["frame-ancestors"] == "'none'"
    addresses = re.findall(r'(?:src|href)="([^"]+)"', html)
    assert addresses == ["data:,", "graphiql/p.css", "graphiql/page-1.js"]


@pytest.mark.usefixtures("dist")
async def test_the_first_query_is_the_operators(serving: Any) -> None:
    query = 'query A { hello(name: "</script><b>") }'
    async with serving(query=query) as server, server.http.get(f"{server.url}/graphiql") as response:
        html = await response.text()
    (options,) = re.findall(r'<script type="application/json" id="options">(.*?)</script>', html)
    assert json.loads(options) == {"endpoint": "graphql", "query": query}


@pytest.mark.usefixtures("dist")
async def test_assets_are_kept_by_browsers_and_packed(server: Any) -> None:
    plain = {"Accept-Encoding": "identity"}
    async with server.http.get(f"{server.url}/graphiql/page-1.js", headers=plain) as response:
        assert await response.read() == b"plain"
        assert response.headers["Content-Type"] == "text/javascript; charset=utf-8"
        assert "immutable" in response.headers["Cache-Control"]
        assert response.headers["X-Content-Type-Options"] == "nosniff"
    async with server.http.get(f"{server.url}/graphiql/page-1.js", auto_decompress=False) as response:
        assert response.headers["Content-Encoding"] == "gzip"
        assert await response.read() == b"packed"
    async with server.http.get(f"{server.url}/graphiql/json.worker.js") as response:
        assert response.headers["Cache-Control"] == "no-cache"
        known = {"If-None-Match": response.headers["ETag"]}
    async with server.http.get(f"{server.url}/graphiql/json.worker.js", headers=known) as response:
        assert (response.status, await response.read()) == (304, b"")


@pytest.mark.usefixtures("dist")
@pytest.mark.parametrize("name", ["nothing.js", "..%2Fpage.html", "%2e%2e%2f..%2fpage.py", "page-1.js.gz", "a%00.js"])
async def test_nothing_else_is_served(server: Any, name: str) -> None:
    async with server.http.get(f"{server.url}/graphiql/{name}", allow_redirects=False) as response:
        assert response.status == 404


async def test_the_slash_leads_back(server: Any) -> None:
    async with server.http.get(f"{server.url}/graphiql/", allow_redirects=False) as response:
        assert response.status == 308
        assert response.headers["Location"] == "../graphiql"


async def test_a_page_that_is_not_built_says_how(server: Any, dist: Path) -> None:
    (dist / "page.html").unlink()
    async with server.http.get(f"{server.url}/graphiql") as response:
        assert response.status == 404
        (error,) = (await response.json())["errors"]
        assert "build.sh" in error["message"]


@pytest.mark.usefixtures("dist")
async def test_the_page_can_be_off(serving: Any) -> None:
    async with serving(graphiql=False) as server:
        for path in ("/graphiql", "/graphiql/page-1.js"):
            async with server.http.get(f"{server.url}{path}") as response:
                assert response.status == 404


@pytest.mark.parametrize("folder", ["gatepost/http/graphiql", "tests/browser"])
def test_the_lock_names_no_host(folder: str) -> None:
    text = (ROOT / folder / "package-lock.json").read_text()
    assert "://" not in text
    packages = json.loads(text)["packages"]
    assert all("integrity" in entry for name, entry in packages.items() if name and not entry.get("inBundle"))
