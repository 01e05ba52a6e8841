"""Each bomb is refused; how soon, and that memory stays flat, is measured by `python -m bench.bombs`."""

from __future__ import annotations

import aiohttp

from bench.bombs import BOMBS, MAX_COST, send
from bench.hosted import hosted
from bench.soak import SCRIPT


async def test_every_bomb_is_refused_and_the_server_goes_on() -> None:
    async with hosted(SCRIPT.read_text(), 2, GATEPOST_MAX_COST=MAX_COST) as host, aiohttp.ClientSession() as http:
        statuses = {bomb.name: (await send(http, host.url, bomb))[0] for bomb in BOMBS}
        assert {name for name, status in statuses.items() if not 400 <= status < 500} == set()
        async with http.post(host.url, json={"query": "{ who }"}) as response:
            assert await response.json() == {"data": {"who": "soak_anonymous 0"}}
