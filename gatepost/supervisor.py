"""Several processes behind one port: starts them, replaces one that dies, and ends them together."""

from __future__ import annotations

import asyncio
import contextlib
import os
import select
import signal
import socket
import sys
import time
import traceback
from collections.abc import Awaitable, Callable
from types import FrameType

from gatepost.errors import SetUpError

Serve = Callable[[Callable[[str], None]], Awaitable[None]]
"""Serves until SIGTERM or SIGINT; calls its argument with the base URL once requests are taken."""

FAILED = 1
"""The exit status of a process that could not be set up; it has said why."""
_SHORTEST_LIFE = 1.0
"""Seconds between the ends of two processes below which a replacement waits."""


def run(serve: Serve, workers: int, host: str, port: int, ready: Callable[[str], None]) -> int:
    """Serves with `workers` processes until SIGTERM or SIGINT and returns the exit status.

    With one, that is this process. `ready` is called once, in whichever process is the first to take requests.
    Raises SetUpError when the port is in use, and, with one worker, whatever `serve` raises.
    """
    if workers == 1:
        asyncio.run(_await(serve, ready))
        return 0
    _probe(host, port)
    return _Supervisor(serve, ready).run(workers)


async def _await(serve: Serve, ready: Callable[[str], None]) -> None:
    await serve(ready)


def _probe(host: str, port: int) -> None:
    """Workers share their port (SO_REUSEPORT), so a second supervisor would share it too instead of failing."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        raise SetUpError(f"cannot listen at {host}, port {port}: {error.strerror or error}") from None


class _Supervisor:
    def __init__(self, serve: Serve, ready: Callable[[str], None]) -> None:
        self._serve = serve
        self._ready = ready
        self._children: set[int] = set()
        self._stopping = False
        # Its other end closes with this process, however that ends.
        self._lifeline, self._held = os.pipe()

    def run(self, workers: int) -> int:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._stop)
        if not os.isatty(0):
            signal.signal(signal.SIGHUP, self._pass_on)
        status = 0
        # The first one alone: what is wrong with the settings is then said once.
        if self._start(self._ready):
            for _ in range(workers - 1):
                self._start(lambda url: None)
        began = time.monotonic()
        while self._children:
            child, ended = os.wait()
            if child not in self._children:
                continue
            self._children.discard(child)
            status = max(status, os.waitstatus_to_exitcode(ended), key=abs)
            if self._stopping:
                continue
            if os.waitstatus_to_exitcode(ended) == FAILED:
                self._stop()
                continue
            print(
                f"gatepost: process {child} ended ({os.waitstatus_to_exitcode(ended)}); replacing it", file=sys.stderr
            )
            if time.monotonic() - began < _SHORTEST_LIFE:
                time.sleep(_SHORTEST_LIFE)
            began = time.monotonic()
            self._start(lambda url: None)
            status = 0
        return abs(status)

    def _stop(self, number: int = 0, frame: FrameType | None = None) -> None:
        self._stopping = True
        self._pass_on(signal.SIGTERM)

    def _pass_on(self, number: int, frame: FrameType | None = None) -> None:
        for child in list(self._children):
            with contextlib.suppress(ProcessLookupError):
                os.kill(child, number)

    def _start(self, ready: Callable[[str], None]) -> bool:
        """Starts a process and waits until it takes requests or ends; tells which."""
        told, tell = os.pipe()
        # The child must not run the handler before it has its own.
        signal.pthread_sigmask(signal.SIG_BLOCK, (signal.SIGTERM, signal.SIGINT))
        sys.stdout.flush()
        # Until it can reload, a child has nothing to reload.
        before = signal.signal(signal.SIGHUP, signal.SIG_IGN) if not os.isatty(0) else None
        child = os.fork()
        if child == 0:
            os.close(told)
            os.close(self._held)
            os._exit(self._live(ready, tell))
        if before is not None:
            signal.signal(signal.SIGHUP, before)
        os.close(tell)
        self._children.add(child)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, (signal.SIGTERM, signal.SIGINT))
        select.select([told], [], [])
        started = os.read(told, 1) == b"1"
        os.close(told)
        return started

    def _live(self, ready: Callable[[str], None], tell: int) -> int:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, signal.default_int_handler)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, (signal.SIGTERM, signal.SIGINT))

        def started(url: str) -> None:
            ready(url)
            sys.stdout.flush()
            os.write(tell, b"1")
            os.close(tell)

        async def live() -> None:
            loop = asyncio.get_running_loop()
            loop.add_reader(self._lifeline, os.kill, os.getpid(), signal.SIGTERM)
            try:
                await self._serve(started)
            finally:
                loop.remove_reader(self._lifeline)

        try:
            asyncio.run(live())
        except KeyboardInterrupt:
            return 0
        except SetUpError as error:
            print(f"gatepost: {error.message}", file=sys.stderr, flush=True)
            return FAILED
        except BaseException:
            traceback.print_exc()
            sys.stderr.flush()
            return 70
        return 0
