"""What an operator may set: one table, which the command line, the environment and gatepost.toml all follow."""

from __future__ import annotations

import dataclasses
import difflib
import os
import tomllib
import types
import typing
import urllib.parse
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from gatepost.errors import SetUpError

FILE_NAME = "gatepost.toml"
SHORTEST_SECRET = 32
"""Bytes; RFC 7518 section 3.2 asks of an HS256 key that it be no shorter than the hash."""

MOST_COST = 10**15


@dataclass(frozen=True, kw_only=True)
class Settings:
    """The settings of one gateway, checked.

    Raises SetUpError, whose message names the setting, when a value is out of bounds.
    """

    database_url: Annotated[str, "where Postgres is (postgresql://…)"] = dataclasses.field(repr=False)
    schemas: Annotated[tuple[str, ...], "database schemas to expose, separated by commas"] = ("public",)
    host: Annotated[str, "address to listen on, or the path of a Unix socket"] = "127.0.0.1"
    port: Annotated[int, "TCP port to listen on"] = 8080
    workers: Annotated[int, "processes that share the port"] = 1
    pool_size: Annotated[int, "database connections of one process"] = 10
    anonymous_role: Annotated[str | None, "database role of requests without a token; unset: they get 401"] = None
    authenticated_role: Annotated[str | None, "database role of tokens without a role claim"] = None
    roles: Annotated[tuple[str, ...], "further database roles that a token may take"] = ()
    role_claim: Annotated[str, "claim that names the database role, or a JSON pointer to it: /app/roles/0"] = "role"
    jwt_secret: Annotated[str | None, "secret that signs tokens (HS256), at least 32 bytes"] = dataclasses.field(
        default=None, repr=False
    )
    jwt_private_key: Annotated[Path | None, "PEM file of the private key that signs tokens"] = None
    jwt_public_key: Annotated[Path | None, "PEM file of public keys or certificates that tokens are verified by"] = None
    jwks_url: Annotated[str | None, "where an identity provider publishes its keys (JWKS)"] = None
    jwks_lifetime: Annotated[int, "how long the keys of jwks_url are used before they are fetched anew, in seconds"] = (
        600
    )
    jwt_algorithms: Annotated[
        tuple[str, ...], "algorithms that a token may be signed by; unset: HS256 of a secret, any of another key"
    ] = ()
    jwt_leeway: Annotated[int, "how far the clocks of others may be off, in seconds"] = 0
    jwt_required_claims: Annotated[tuple[str, ...], "claims that a token must have, beside exp"] = ()
    jwt_issuer: Annotated[str | None, "issuer that a token must name"] = None
    jwt_audience: Annotated[str | None, "audience that a token must name"] = None
    access_token_lifetime: Annotated[int, "how long an access token holds, in seconds"] = 900
    refresh_token_lifetime: Annotated[int, "how long a refresh token holds, in seconds"] = 2_592_000
    trusted_proxies: Annotated[tuple[str, ...], "networks of proxies whose X-Forwarded-For is believed"] = ()
    pre_request: Annotated[str | None, "SQL function that runs before each operation: schema.name, no arguments"] = None
    request_headers: Annotated[tuple[str, ...], "request headers that SQL reads from request.headers"] = ()
    statement_timeout: Annotated[int, "how long one statement may run, in milliseconds"] = 10_000
    lock_timeout: Annotated[int, "how long one statement may wait for a lock, in milliseconds"] = 5_000
    pool_timeout: Annotated[float, "how long a request waits for a database connection, in seconds"] = 5.0
    default_page_size: Annotated[int, "rows of a page whose size the caller did not give"] = 50
    max_page_size: Annotated[int, "rows that one page may have"] = 500
    max_body_bytes: Annotated[int, "bytes that a request's body may have"] = 262_144
    max_query_bytes: Annotated[int, "bytes that a GraphQL document may have"] = 65_536
    max_tokens: Annotated[int, "tokens that a GraphQL document may have"] = 2_000
    max_depth: Annotated[int, "how deep a GraphQL document may nest its brackets"] = 60
    cors_origins: Annotated[tuple[str, ...], "origins of other sites whose pages may ask (https://…), or *"] = ()
    cors_credentials: Annotated[bool, "let those pages send cookies and the like"] = False
    cors_max_age: Annotated[int, "how long a browser may remember what those pages may do, in seconds"] = 7_200
    compress_from: Annotated[int, "bytes from which on an answer is compressed; 0: none is"] = 4_096
    introspection: Annotated[tuple[str, ...], "database roles that may introspect the schema; *: all, none: none"] = (
        "*",
    )
    trusted_documents: Annotated[Path | None, "file or folder of operations that are asked by their ids"] = None
    trusted_documents_table: Annotated[str | None, "table or view (schema.table) of more: columns id, document"] = None
    trusted_documents_only: Annotated[bool, "take no operation that is not among the trusted documents"] = False
    automatic_persisted_queries: Annotated[bool, "keep what callers send for those who ask by its SHA-256"] = False
    max_selection_depth: Annotated[int, "how many levels of fields an operation may nest, fragments unfolded"] = 30
    max_root_fields: Annotated[int, "fields of Query or Mutation that one operation may ask for"] = 50
    max_aliases: Annotated[int, "aliases that one operation may have, fragments unfolded"] = 500
    max_cost: Annotated[int, "what one operation may cost: about the fields of all rows that it can answer"] = 1_000_000
    role_costs: Annotated[tuple[str, ...], "another max_cost for a database role: role=cost"] = ()
    max_planner_cost: Annotated[int, "what Postgres' planner may expect one operation to cost; 0: it is not asked"] = 0
    rate_limit: Annotated[int, "requests a minute of one identity, in each process; 0: any number"] = 0
    sdl: Annotated[Path | None, "folder of hand-written *.graphql that extend the generated schema"] = None
    resolvers: Annotated[str | None, "Python package of the hand-written fields' resolvers"] = None
    graphiql: Annotated[bool, "serve GraphiQL at /graphiql"] = True
    access_log: Annotated[bool, "write one line a request to standard output"] = True
    login_role: Annotated[str | None, "login role whose password `migrate up` sets, and which `doctor` judges"] = None
    login_password: Annotated[str | None, "password that `migrate up` gives to the login role"] = dataclasses.field(
        default=None, repr=False
    )

    @property
    def token_roles(self) -> frozenset[str]:
        """The database roles that a token may take."""
        return frozenset(role for role in (self.anonymous_role, self.authenticated_role, *self.roles) if role)

    @property
    def role_limits(self) -> dict[str, int]:
        """What an operation of a role may cost, where that is not `max_cost`. Raises SetUpError."""
        limits = {}
        for text in self.role_costs:
            role, _, cost = text.rpartition("=")
            if not role or not cost.isdecimal() or not 1 <= int(cost) <= MOST_COST:
                raise SetUpError(f"role_costs: {text!r} is not a role, = and a whole number from 1 to {MOST_COST:,}")
            limits[role.strip()] = int(cost)
        return limits

    def __post_init__(self) -> None:
        if self.database_url.partition("://")[0].lower() not in ("postgres", "postgresql"):
            raise SetUpError("database_url must start with postgresql://")
        if not self.schemas:
            raise SetUpError("schemas must name at least one database schema")
        for name, least, most in _BOUNDS:
            value = getattr(self, name)
            if not least <= value <= most:
                raise SetUpError(f"{name} must be from {least} to {most}, not {value}")
        if self.default_page_size > self.max_page_size:
            raise SetUpError("default_page_size must not be larger than max_page_size")
        if self.jwt_secret is not None and len(self.jwt_secret.encode()) < SHORTEST_SECRET:
            raise SetUpError(f"jwt_secret must have at least {SHORTEST_SECRET} bytes")
        if self.jwks_url is not None and urllib.parse.urlsplit(self.jwks_url).scheme not in ("http", "https"):
            raise SetUpError("jwks_url must start with https:// or http://")
        foreign = set(self.role_limits) - self.token_roles
        if self.token_roles and foreign:
            raise SetUpError(f"role_costs: {sorted(foreign)[0]} is no role of the API")
        unknown = set(self.introspection) - self.token_roles - {"*", "none"}
        if self.token_roles and unknown:
            raise SetUpError(f"introspection: {sorted(unknown)[0]} is no role of the API")
        if self.host.startswith("/") and self.workers > 1:
            raise SetUpError("a Unix socket (host) is listened at by one process: workers must be 1")
        if self.trusted_documents_only and self.trusted_documents is None and self.trusted_documents_table is None:
            raise SetUpError("trusted_documents_only needs trusted_documents or trusted_documents_table")
        if self.sdl is not None and not self.sdl.is_dir():
            raise SetUpError(f"sdl: there is no folder {self.sdl}")


_BOUNDS: tuple[tuple[str, float, float], ...] = (
    ("port", 0, 65_535),
    ("workers", 1, 256),
    ("pool_size", 1, 10_000),
    ("jwks_lifetime", 1, 86_400),
    ("jwt_leeway", 0, 300),
    ("access_token_lifetime", 1, 315_360_000),
    ("refresh_token_lifetime", 1, 315_360_000),
    ("statement_timeout", 1, 86_400_000),
    ("lock_timeout", 1, 86_400_000),
    ("pool_timeout", 0.001, 3_600),
    ("default_page_size", 1, 1_000_000),
    ("max_page_size", 1, 1_000_000),
    ("max_body_bytes", 1, 1_073_741_824),
    ("max_query_bytes", 1, 1_073_741_824),
    ("max_tokens", 1, 1_000_000),
    ("max_depth", 1, 200),
    ("max_selection_depth", 1, 60),
    ("max_root_fields", 1, 10_000),
    ("max_aliases", 0, 10_000),
    ("max_cost", 1, MOST_COST),
    ("max_planner_cost", 0, MOST_COST),
    ("rate_limit", 0, 1_000_000),
    ("cors_max_age", 0, 86_400),
    ("compress_from", 0, 1_073_741_824),
)


@dataclass(frozen=True)
class Setting:
    """One setting as people meet it: `name` in the file, `flag` on the command line, `variables` around it."""

    name: str
    about: str
    kind: type
    """str, int, float, bool, Path, or tuple for a list of names."""
    default: object

    @property
    def flag(self) -> str:
        return "--" + self.name.replace("_", "-")

    @property
    def is_secret(self) -> bool:
        """Whether its value is never shown."""
        return not _FIELDS[self.name].repr

    @property
    def variables(self) -> tuple[str, ...]:
        """The environment variables that set it; the first that is there wins."""
        own = "GATEPOST_" + self.name.upper()
        return {"database_url": (own, "DATABASE_URL"), "port": (own, "PORT")}.get(self.name, (own,))

    def read(self, value: object, source: str) -> object:
        """The value as `source` (a flag, a variable, the file) gave it, in the setting's type.

        Raises SetUpError when it does not fit.
        """
        given = "" if self.is_secret else f", not {value!r}"
        problem = SetUpError(f"{source} must be {_KINDS[self.kind]}{given}")
        if self.kind is tuple:
            names = value.split(",") if isinstance(value, str) else value
            if not isinstance(names, list | tuple) or not all(isinstance(name, str) for name in names):
                raise problem
            return tuple(name.strip() for name in names if name.strip())
        if self.kind is bool:
            if isinstance(value, bool):
                return value
            if not isinstance(value, str) or value.strip().lower() not in _BOOLEANS:
                raise problem
            return _BOOLEANS[value.strip().lower()]
        if isinstance(value, bool) or not isinstance(value, str | int | float | Path):
            raise problem
        if self.kind is str and not isinstance(value, str):
            raise problem
        try:
            return self.kind(str(value))
        except ValueError:
            raise problem from None


_BOOLEANS = {"true": True, "yes": True, "on": True, "1": True, "false": False, "no": False, "off": False, "0": False}
_KINDS = {
    str: "a text",
    int: "a whole number",
    float: "a number",
    bool: "true or false",
    Path: "a path",
    tuple: "a list of names",
}


def _kind(hint: object) -> type:
    """The type to read a setting as: `X | None` is X, `tuple[str, ...]` is tuple."""
    hint = typing.get_args(hint)[0]
    if isinstance(hint, types.UnionType):
        hint = next(part for part in typing.get_args(hint) if part is not type(None))
    return typing.cast(type, typing.get_origin(hint) or hint)


_FIELDS = {field.name: field for field in dataclasses.fields(Settings)}
_HINTS = typing.get_type_hints(Settings, include_extras=True)
SETTINGS: tuple[Setting, ...] = tuple(
    Setting(
        field.name,
        _HINTS[field.name].__metadata__[0],
        _kind(_HINTS[field.name]),
        None if field.default is dataclasses.MISSING else field.default,
    )
    for field in dataclasses.fields(Settings)
)
"""Every setting, in the order in which they are shown."""


def load(
    flags: Mapping[str, object] | None = None,
    *,
    environment: Mapping[str, str] | None = None,
    file: Path | None = None,
    defaults: Mapping[str, object] | None = None,
) -> Settings:
    """The settings of this process: `flags` win over the environment, the environment over the file.

    `flags` maps names of settings to values, None where a flag was not given. `environment` is os.environ unless
    given; an empty variable counts as unset. `file` is gatepost.toml in the working directory unless given, and need
    not be there then. `defaults` stand in for the table's own (an application's, such as Threads').

    Raises SetUpError, whose message names the flag, variable or key, for a value that does not fit, an unknown key of
    the file, and a missing database_url.
    """
    environment = os.environ if environment is None else environment
    flags = flags or {}
    written = read_file(file)
    values: dict[str, object] = dict(defaults or {})
    for setting in SETTINGS:
        variable = next((name for name in setting.variables if environment.get(name)), None)
        if flags.get(setting.name) is not None:
            values[setting.name] = setting.read(flags[setting.name], setting.flag)
        elif variable is not None:
            values[setting.name] = setting.read(environment[variable], variable)
        elif setting.name in written:
            values[setting.name] = setting.read(written[setting.name], f"{setting.name} in {file or FILE_NAME}")
    if not values.get("database_url"):
        raise SetUpError("no database given: name it on the command line, or set DATABASE_URL")
    return Settings(**typing.cast("dict[str, typing.Any]", values))


def read_file(file: Path | None = None) -> Mapping[str, object]:
    """The keys of gatepost.toml; nothing when `file` is None and the working directory has none.

    Raises SetUpError when it cannot be read, is not TOML or has a key that is no setting.
    """
    path = file or Path(FILE_NAME)
    if file is None and not path.exists():
        return {}
    try:
        written = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SetUpError(f"{path}: {error}") from None
    names = [setting.name for setting in SETTINGS]
    for key in written:
        if key not in names:
            near = difflib.get_close_matches(key, names, 1)
            raise SetUpError(f"{path}: {key} is no setting" + (f"; did you mean {near[0]}?" if near else ""))
    return written
