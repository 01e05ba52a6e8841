"""Statements under a caller's role and claims.

A statement that sets its own claims runs alone, in one round trip: `set_config(…, true)` holds for its own transaction
and is gone after it. Several run in one explicit transaction. Either way a session never keeps claims, so that one
which lost its way sees no claims at all. A function of the API may leave the session under another role, though, by
`set_config('role', …, false)`: so what sets claims also checks the role, and answers no row under another.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, nullcontext
from typing import TypeVar

import asyncpg

from gatepost.dsn import SESSION, for_driver
from gatepost.errors import GatepostError, SetUpError, Unavailable
from gatepost.settings import Settings
from gatepost.transaction.beforehand import check_roles, more_settings, pre_request
from gatepost.transaction.failures import busy, is_bad_value, is_collision, is_lost, told, told_of_write
from gatepost.transaction.leftovers import untidy
from gatepost.transaction.pool import Pool, Session

logger = logging.getLogger("gatepost.database")

OLDEST = 15
"""The oldest major version of Postgres that is served."""
_CLAIMS = """
select set_config('request.jwt.claims', $1, true), set_config('request.headers', $3, true) where current_user = $2
"""
_HAS_PARTITIONS = "select exists (select from pg_catalog.pg_class where relkind = 'p')"
_LIMITS = ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout", "transaction_timeout")
# What `alter role … set` and `alter role … in database … set` say, which Postgres itself heeds at log-in alone.
_ROLE_LIMITS = """
select r.rolname, split_part(c.setting, '=', 1) as name, substr(c.setting, strpos(c.setting, '=') + 1) as value
  from pg_catalog.pg_db_role_setting as s
  join pg_catalog.pg_roles as r on r.oid = s.setrole
 cross join unnest(s.setconfig) as c (setting)
 where r.rolname = any ($1)
   and s.setdatabase in (0, (select d.oid from pg_catalog.pg_database as d where d.datname = current_database()))
   and split_part(c.setting, '=', 1) = any ($2)
 order by s.setdatabase
"""
_OF_SESSION = "select reset_val from pg_catalog.pg_settings where name = $1"
_CONNECT_TIMEOUT = 10.0
_MOST_KEPT = 128
_LARGEST_KEPT = 16_384
"""How many statements a session keeps prepared, and how long they may be, in bytes. Postgres takes some sixty times as
much to keep one, so that who sends ever other documents has a session grow by 130 MB at most."""
_GRACE = 5.0
"""Seconds beyond its time limit after which a statement without an answer means that nobody is there any more."""
_LONGEST = "select setting::bigint from pg_catalog.pg_settings where name = 'statement_timeout'"
_COLLISIONS = 3
"""How often a transaction is run that keeps colliding with others."""
_LONGEST_PAUSE = 20  # milliseconds between two runs
T = TypeVar("T")


async def undisturbed(work: Callable[[], Awaitable[T]]) -> T:
    """Runs a transaction, and again when it collided with another: nothing of it holds then. Raises what it raises."""
    for tries_left in reversed(range(_COLLISIONS)):
        try:
            return await work()
        except Exception as error:
            if not tries_left or not is_collision(error):
                raise
        # By chance, since those that collided would meet again.
        await asyncio.sleep(secrets.randbelow(_LONGEST_PAUSE) / 1_000)
    raise AssertionError("one of the tries returned or raised")


def _unchanged(value: bytes) -> bytes:
    return value


class Strayed(Unavailable):
    """The session was under another role than the caller's; with `did_something`, since the middle of a mutation."""

    def __init__(self, session: Session, did_something: bool = False) -> None:
        super().__init__("The database session could not be used. Try again.")
        if did_something:
            super().__init__("It is not known whether this was done.", code="OUTCOME_UNKNOWN")
        self.did_something = did_something
        logger.error(
            "a session of role %s is thrown away: a function of the API left it under another, or the role was dropped",
            session.role,
        )


async def _ask(session: Session, claims: str, sql: str, arguments: Sequence[object], runs: int) -> bytes:
    """Runs a statement in a session. Raises Strayed where its role is another, and what the driver raises."""
    try:
        return await _run(session, claims, sql, arguments, runs)
    except asyncpg.UndefinedObjectError as error:
        if _is_of_dropped_role(error):
            raise Strayed(session) from error
        raise
    except asyncpg.InsufficientPrivilegeError as error:
        # Postgres checks privileges before the statement checks the role.
        if session.connection.is_in_transaction():
            session.role = None  # the next caller takes it anew
        elif await session.connection.fetchval("select current_user") != session.role:
            raise Strayed(session) from error
        raise
    except asyncpg.PostgresError as error:
        error.add_note(f"server process {session.connection.get_server_pid()}")
        raise


def _is_of_dropped_role(error: asyncpg.PostgresError) -> bool:
    """Whether the session's role is no more; one of its name that was made since is another."""
    return bool(error.server_source_function == "GetUserNameFromId")


async def _run(session: Session, claims: str, sql: str, arguments: Sequence[object], runs: int) -> bytes:
    connection = session.connection
    if runs == 1:
        row = await connection.fetchrow(sql, claims, session.role, *arguments, record_class=session.record)
        if row is None:
            raise Strayed(session)
        answer: bytes = row[0]
        return answer
    each_run = [(claims, session.role, run, *arguments) for run in range(1, runs + 1)]
    rows = await connection.fetchmany(sql, each_run, record_class=session.record)
    if len(rows) < runs:
        raise Strayed(session, did_something=bool(rows))
    last: bytes = rows[-1][0]
    return last


class Transaction:
    """Several statements of one caller, all of which hold or none."""

    def __init__(self, session: Session, claims: str) -> None:
        self._session = session
        self._claims = claims
        self.broken = False

    async def answer(self, sql: str, arguments: Sequence[object], runs: int = 1) -> bytes:
        """What a statement answers, as `Database.answer` runs it."""
        try:
            return await _ask(self._session, self._claims, sql, arguments, runs)
        except Exception as error:
            self.broken = is_lost(error) or isinstance(error, Strayed)
            raise

    async def attempt(self, sql: str, arguments: Sequence[object], runs: int = 1) -> bytes | None:
        """What `answer` gives; None, and nothing done, where the caller lacks a privilege or a policy refuses."""
        role = self._session.role
        try:
            async with self._session.connection.transaction():
                return await self.answer(sql, arguments, runs)
        except asyncpg.InsufficientPrivilegeError:
            self._session.role = role  # which the next statement checks
            return None

    async def set_claims(self, headers: str, then: str | None) -> None:
        """Sets claims and headers for statements that do not set their own, or that have to be planned under them.

        `then` is a statement to run next: what has to come before any other.
        """
        connection, role = self._session.connection, self._session.role
        try:
            found = await connection.fetchrow(_CLAIMS, self._claims, role, headers)
        except asyncpg.UndefinedObjectError:
            found = None
        if found is None:
            self.broken = True
            raise Strayed(self._session)
        if then is not None:
            await connection.execute(then)

    async def fetch(self, sql: str, *arguments: object) -> list[asyncpg.Record]:
        """The rows of a statement."""
        session = self._session
        rows: list[asyncpg.Record] = await session.connection.fetch(sql, *arguments, record_class=session.record)
        return rows


class Database:
    """The database as one process uses it."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._pool = Pool(self.connect, settings.pool_size, settings.pool_timeout)
        self._pre_request: str | None = None
        self._claims_first = False
        self._more_settings: dict[str, str] = {}
        self._patience: float | None = settings.statement_timeout / 1_000 + _GRACE
        self._nesting = asyncio.Semaphore(max(settings.pool_size - 1, 1))

    @classmethod
    async def open(cls, settings: Settings) -> Database:
        """Checks that the database can be served. Raises SetUpError, in one line, where it cannot."""
        database = cls(settings)
        try:
            connection = await database.connect()
        except (OSError, TimeoutError) as error:
            raise SetUpError(f"Postgres cannot be reached: {_line(error)}.") from None
        except (asyncpg.PostgresError, asyncpg.InterfaceError, ValueError) as error:
            raise SetUpError(f"Postgres refuses the connection: {_line(error)}.") from None
        try:
            version = connection.get_server_version()
            if version.major < OLDEST:
                raise SetUpError(f"The server is PostgreSQL {version.major}, and Gatepost needs {OLDEST} or newer.")
            await check_roles(connection, settings)
            database._pre_request = await pre_request(connection, settings)
            database._more_settings = await more_settings(connection)
            await database._look(connection)
        finally:
            await connection.close()
        return database

    async def connect(self, name: str = "gatepost") -> asyncpg.Connection[asyncpg.Record]:
        """A new connection of the log-in role, with the settings that answers depend on.

        `name` is how pg_stat_activity calls it.
        """
        connection = await asyncpg.connect(
            for_driver(self._settings.database_url),
            timeout=_CONNECT_TIMEOUT,
            statement_cache_size=_MOST_KEPT,
            max_cached_statement_lifetime=0,
            max_cacheable_statement_size=_LARGEST_KEPT,
            command_timeout=self._patience,
            server_settings={
                "application_name": name,
                **SESSION,
                **self._more_settings,
                "statement_timeout": str(self._settings.statement_timeout),
                "lock_timeout": str(self._settings.lock_timeout),
                "idle_in_transaction_session_timeout": str(self._settings.statement_timeout),
            },
        )
        try:
            # The bytes of an answer pass through as they are.
            await connection.set_type_codec(
                "json", schema="pg_catalog", encoder=str.encode, decoder=_unchanged, format="binary"
            )
        except BaseException:
            connection.terminate()
            raise
        return connection

    async def look_again(self) -> None:
        """Learns anew what statements have to mind of the database, after it was changed.

        Sessions are renewed: their prepared statements know types that may be others by now.
        """
        connection = await self.connect()
        try:
            await self._look(connection)
        finally:
            await connection.close()
        self._pool.renew()

    async def _look(self, connection: asyncpg.Connection[asyncpg.Record]) -> None:
        await connection.execute("set statement_timeout = 0")
        # Partitions are pruned by stable expressions, such as a policy's over the claims, when a statement is about to
        # start (ddl-partitioning, "Partition Pruning"): before it could set the claims itself.
        self._claims_first = (
            self._pre_request is not None
            or bool(self._settings.request_headers)
            or await connection.fetchval(_HAS_PARTITIONS)
        )
        leaving = await untidy(connection)
        self._pool.resets = bool(leaving)
        if leaving:
            logger.warning(
                "sessions are reset after each use, for what these may leave in them: %s", ", ".join(leaving)
            )
        self._pool.limits = await self._limits(connection)

    async def _limits(self, connection: asyncpg.Connection[asyncpg.Record]) -> dict[str, dict[str, str]]:
        """The time limits of each role, those of the settings where it has none; empty where no role has any."""
        rows = await connection.fetch(_ROLE_LIMITS, sorted(self._settings.token_roles), _LIMITS)
        self._patience = self._settings.statement_timeout / 1_000 + _GRACE
        if not rows:
            return {}
        names = {row["name"] for row in rows}
        common = {name: await connection.fetchval(_OF_SESSION, name) for name in sorted(names)}
        limits = {role: dict(common) for role in self._settings.token_roles}
        longest = [self._settings.statement_timeout]
        for row in rows:
            limits[row["rolname"]][row["name"]] = row["value"]
            if row["name"] == "statement_timeout":
                await connection.fetchval("select set_config('statement_timeout', $1, false)", row["value"])
                longest.append(await connection.fetchval(_LONGEST))
        self._patience = max(longest) / 1_000 + _GRACE if all(longest) else None  # 0 is without a limit
        return limits

    async def close(self) -> None:
        await self._pool.close()

    async def ping(self) -> None:
        """Raises Unavailable where the database does not answer."""
        await self.fetch(min(self._settings.token_roles), "", "select 1")

    async def answer(
        self,
        role: str,
        claims: str,
        sql: str,
        arguments: Sequence[object],
        *,
        headers: str = "",
        runs: int = 1,
        read_only: bool = True,
    ) -> bytes:
        """What one statement answers, which sets its own claims ($1) and checks the role ($2), in its own transaction.

        With `runs` 2 it is executed twice at once, with 1 and 2 as $3, and the second row is the answer. `arguments`
        come after these. Raises GatepostError. It is tried again where that is safe: on another session, when the first
        was lost and the statement only reads, as after a restart of Postgres; and in a transaction whose claims are set
        beforehand, when a value could not be read, since the planner evaluates a policy's stable functions before the
        claims are set.
        """
        run = self._answer_in_transaction if self._claims_first else self._answer
        try:
            return await run(role, claims, sql, arguments, runs, headers)
        except Exception as error:
            if is_collision(error):
                tell = told if read_only else told_of_write
                return await self._again(tell, run, role, claims, sql, arguments, runs, headers)
            try:
                if is_bad_value(error) and not self._claims_first:
                    return await self._answer_in_transaction(role, claims, sql, arguments, runs, headers)
                if is_lost(error) and read_only:
                    return await run(role, claims, sql, arguments, runs, headers)
                raise
            except Exception as last:
                raise (told(last) if read_only else told_of_write(last)) from last

    async def _again(
        self, tell: Callable[[BaseException], GatepostError], run: Callable[..., Awaitable[bytes]], *what: object
    ) -> bytes:
        """Runs what collided with another transaction, and lost."""
        try:
            return await undisturbed(lambda: run(*what))
        except Exception as error:
            raise tell(error) from error

    async def _answer(
        self, role: str, claims: str, sql: str, arguments: Sequence[object], runs: int, _headers: str
    ) -> bytes:
        pool = self._pool
        for tries_left in (2, 1, 0):
            session = pool.take(role) or await pool.acquire(role, claims)
            try:
                answer = await _ask(session, claims, sql, arguments, runs)
            except Strayed as strayed:
                pool.release(session, broken=True)
                if strayed.did_something or not tries_left:
                    raise
            except Exception as error:
                pool.release(session, is_lost(error))
                raise
            except BaseException:
                pool.recover(session)
                raise
            else:
                pool.release(session)
                return answer
        raise AssertionError("one of the tries returned or raised")

    async def _answer_in_transaction(
        self, role: str, claims: str, sql: str, arguments: Sequence[object], runs: int, headers: str
    ) -> bytes:
        async with self.transaction(role, claims, headers) as transaction:
            return await transaction.answer(sql, arguments, runs)

    @asynccontextmanager
    async def transaction(
        self, role: str, claims: str, headers: str = "", *, set_claims: bool = True, nests: bool = False
    ) -> AsyncIterator[Transaction]:
        """A transaction under a role and claims: commits at the end, rolls back when anything is raised.

        It begins with the function that the settings have run before each operation.

        `set_claims` is False where each statement sets its own. `nests`: while it lasts, another session is asked for.
        Errors of the database pass as they are.
        """
        set_claims = set_claims or self._claims_first
        async with (
            self._one_left() if nests else nullcontext(),
            self._transaction(role, claims, headers, set_claims, self._pre_request) as transaction,
        ):
            yield transaction

    @asynccontextmanager
    async def _one_left(self) -> AsyncIterator[None]:
        """Keeps a session out of the hands of those who wait for a second one, or they would wait for one another."""
        try:
            async with asyncio.timeout(self._settings.pool_timeout):
                await self._nesting.acquire()
        except TimeoutError:
            raise busy() from None
        try:
            yield
        finally:
            self._nesting.release()

    @asynccontextmanager
    async def _transaction(
        self, role: str, claims: str, headers: str, set_claims: bool, then: str | None
    ) -> AsyncIterator[Transaction]:
        session = await self._pool.acquire(role, claims)
        broken = cancelled = False
        transaction = Transaction(session, claims)
        try:
            async with session.connection.transaction():
                if set_claims:
                    await transaction.set_claims(headers, then)
                yield transaction
        except Exception as error:
            broken = transaction.broken or is_lost(error)
            raise
        except BaseException:
            cancelled = True
            raise
        finally:
            if cancelled:
                self._pool.recover(session)
            else:
                self._pool.release(session, broken)

    async def check(self, role: str, claims: str, headers: str) -> None:
        """Runs what runs before each operation, for one that asks the database nothing as its caller.

        Raises GatepostError.
        """
        if self._pre_request is not None:
            try:
                async with self.transaction(role, claims, headers):
                    pass
            except Exception as error:
                raise told(error) from error

    async def fetch(self, role: str, claims: str, sql: str, *arguments: object) -> list[asyncpg.Record]:
        """The rows of one statement of a hand-written resolver, in a transaction of its own. Raises GatepostError."""
        try:
            async with self._transaction(role, claims, "", True, None) as transaction:
                return await transaction.fetch(sql, *arguments)
        except Exception as error:
            raise told_of_write(error) from error


def _line(error: BaseException) -> str:
    return " ".join(str(error).split()).rstrip(".") or type(error).__name__
