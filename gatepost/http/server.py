"""The server: one process that listens, serves a gateway until it is told to stop, and leaves in good order."""

from __future__ import annotations

import asyncio
import errno
import logging
import os
import signal
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

from aiohttp import web, web_response
from aiohttp.http import HttpProcessingError
from aiohttp.web_log import AccessLogger

from gatepost.errors import SetUpError
from gatepost.gateway import Gateway, Reloader
from gatepost.http.application import LOG, application
from gatepost.outline import trace, without_messages
from gatepost.schema.garbage import settle
from gatepost.settings import Settings

logger = logging.getLogger("gatepost.http.server")

DRAIN_TIMEOUT = 10.0
"""Seconds that requests in flight get to end after the process was told to stop."""

KEEP_ALIVE = 75.0
"""Seconds that a connection may be idle, or take for the head of a request; longer than proxies keep theirs."""


async def serve(settings: Settings, *, query: str | None = None, ready: Callable[[str], None] | None = None) -> None:
    """Serve until SIGINT or SIGTERM; then take no new connection, let running requests end, and close the gateway.

    `query` is what GraphiQL shows first; `ready` is called once with the base URL when requests are taken.
    Raises SetUpError when the database cannot be served or the address cannot be had.
    """
    stop = asyncio.Event()
    asyncio.get_running_loop().set_exception_handler(_not_caught)
    with _told_by_signals(stop):
        gateway = await Gateway.open(settings)
        settle()
        if left_out := gateway.api.report.left_out:
            logger.warning("left out of the API: %d; `gatepost doctor` tells what, and why", left_out)
        try:
            async with _reloading(gateway):
                await _listen(gateway, stop, query=query, ready=ready)
        finally:
            await gateway.close()


@asynccontextmanager
async def _reloading(gateway: Gateway) -> AsyncIterator[None]:
    """Reloads at SIGHUP and when the database says so; but the SIGHUP of a terminal that closes ends the process."""
    reloader = Reloader(gateway)
    loop = asyncio.get_running_loop()
    by_signal = not os.isatty(0)
    if by_signal:
        loop.add_signal_handler(signal.SIGHUP, reloader.ask)
    task = loop.create_task(reloader.run())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait([task])
        if by_signal:
            loop.remove_signal_handler(signal.SIGHUP)


@contextmanager
def _told_by_signals(stop: asyncio.Event) -> Iterator[None]:
    """Sets `stop` at the first SIGINT or SIGTERM; a second one acts as it would without us, at once."""
    loop = asyncio.get_running_loop()
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}

    def restore() -> None:
        for number, handler in before.items():
            if loop.remove_signal_handler(number):
                signal.signal(number, handler)

    def told() -> None:
        restore()
        stop.set()

    for number in before:
        loop.add_signal_handler(number, told)
    try:
        yield
    finally:
        restore()


async def _listen(
    gateway: Gateway, stop: asyncio.Event, *, query: str | None, ready: Callable[[str], None] | None
) -> None:
    settings = gateway.settings
    app = application(gateway, query=query)
    log = app.get(LOG)
    runner = web.AppRunner(
        app,
        # A caller who goes away cancels the statement that would have answered.
        handler_cancellation=True,
        keepalive_timeout=KEEP_ALIVE,
        access_log=None if log is None else logging.getLogger("gatepost.access"),
        access_log_class=AccessLogger if log is None else log.logger(),
        shutdown_timeout=DRAIN_TIMEOUT,
        logger=logger,
    )
    await runner.setup()
    try:
        await _bind(runner, settings)
        if ready is not None:
            ready(_base_url(runner))
        await stop.wait()
    finally:
        await runner.cleanup()


def _is_ours(record: logging.LogRecord) -> bool:
    """Whether an error is worth a line; aiohttp logs a traceback for a caller's malformed HTTP and bodies too."""
    error = record.exc_info and record.exc_info[1]
    return not isinstance(error, HttpProcessingError | web.RequestPayloadError)


def _not_caught(_loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """Logs what no task caught; asyncio itself would add what is at hand, as it prints."""
    error = context.get("exception")
    logger.error("%s\n%s", context.get("message"), "" if error is None else trace(error))


logger.addFilter(_is_ours)
for name in (logger.name, "tartiflette_aiohttp._handler"):
    logging.getLogger(name).addFilter(without_messages)
# aiohttp answers malformed HTTP by itself, and tells its own version and Python's; it has no setting for that.
vars(web_response).update(SERVER_SOFTWARE="gatepost")


async def _bind(runner: web.AppRunner, settings: Settings) -> None:
    if settings.host.startswith("/"):
        await _bind_socket(runner, settings.host)
        return
    site = web.TCPSite(runner, settings.host, settings.port, reuse_port=True if settings.workers > 1 else None)
    try:
        await site.start()
    except OSError as error:
        where = f"{settings.host}, port {settings.port}"
        if error.errno == errno.EADDRINUSE:
            raise SetUpError(
                f"Something listens at {where} already; choose another port with --port, GATEPOST_PORT or PORT."
            ) from None
        if error.errno == errno.EACCES:
            raise SetUpError(f"This user may not listen at {where}; ports below 1024 are for root.") from None
        raise SetUpError(f"Cannot listen at {where}: {error.strerror or error}.") from None


async def _bind_socket(runner: web.AppRunner, path: str) -> None:
    """Listens at a Unix socket; one that nobody listens at any more makes room."""
    try:
        _, writer = await asyncio.open_unix_connection(path)
    except OSError:
        pass
    else:
        writer.close()
        raise SetUpError(f"Something listens at {path} already; choose another path with --host or GATEPOST_HOST.")
    try:
        await web.UnixSite(runner, path).start()
    except OSError as error:
        raise SetUpError(f"Cannot listen at {path}: {error.strerror or error}.") from None


def _base_url(runner: web.AppRunner) -> str:
    address = runner.addresses[0]
    if isinstance(address, str):
        return f"unix:{address}"
    host, port = address[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
