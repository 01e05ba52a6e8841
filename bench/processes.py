"""Child processes: started with a log of their own, ended by pid, and what they cost as /proc tells it."""

import os
import signal
import socket
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")


def free_port() -> int:
    """A TCP port of the loopback interface that nothing listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def running(
    command: Sequence[str | Path],
    log: Path,
    *,
    cwd: Path,
    env: Mapping[str, str] | None = None,
    user: str | None = None,
    stop_signal: signal.Signals = signal.SIGTERM,
) -> Iterator[subprocess.Popen[bytes]]:
    """Run a command, its output in `log`, until the block ends; then end it by pid, by force after 15 seconds.

    It gets a session of its own, so that Ctrl-C reaches it only through this block's end.
    """
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            cwd=cwd,
            env=None if env is None else {**os.environ, **env},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            user=user,
            extra_groups=None if user is None else (),
        )
    try:
        yield process
    finally:
        process.send_signal(stop_signal)
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def tail(log: Path, lines: int = 15) -> str:
    """The last lines of a log."""
    return "\n".join(log.read_text(errors="replace").splitlines()[-lines:])


def tree(pid: int) -> list[int]:
    """The process and all below it."""
    pids = [pid]
    for path in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            children = path.read_text().split()
        except FileNotFoundError:  # it ended since its folder was read
            continue
        for child in children:
            pids += tree(int(child))
    return pids


def cpu_seconds(pid: int) -> float:
    """User and system time that the process and all below it have used, children that ended included."""
    ticks = 0
    for position, member in enumerate(tree(pid)):
        try:
            stat = Path(f"/proc/{member}/stat").read_text()
        except FileNotFoundError:  # it ended since the tree was read; its parent has its time from then on
            continue
        # Fields 14 to 17 of proc_pid_stat(5), counted behind the name, which may itself hold spaces.
        user, system, children_user, children_system = map(int, stat.rpartition(")")[2].split()[11:15])
        ticks += user + system
        if position == 0:
            ticks += children_user + children_system
    return ticks / TICKS


def forget_peak_memory(pid: int) -> None:
    """Let the peak resident memory of the process and all below it start anew (proc_pid_clear_refs(5))."""
    for member in tree(pid):
        Path(f"/proc/{member}/clear_refs").write_text("5")


def peak_memory(pid: int) -> int:
    """Peak resident memory in bytes, added up over the process and all below it."""
    total = 0
    for member in tree(pid):
        for line in Path(f"/proc/{member}/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                total += int(line.split()[1]) * 1024
    return total
