"""The image and docker-compose.yml, as far as they can be tested where there is no container engine."""

import asyncio
import importlib.resources
import json
import os
import re
import shlex
import shutil
import socket
import sys
import urllib.parse
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import aiohttp
import jsonschema
import pytest
import yaml

from gatepost.embedded import EmbeddedPostgres

ROOT = Path(__file__).resolve().parents[2]
SECRETS = {
    "POSTGRES_PASSWORD": "a secret of the cluster",
    "GATEWAY_PASSWORD": "a secret of the gateway",
    "JWT_SECRET": "0123456789abcdef0123456789abcdef",
}
CreateDatabase = Callable[..., Awaitable[str]]


@pytest.fixture(scope="module")
def compose() -> Any:
    return yaml.safe_load((ROOT / "docker-compose.yml").read_text())


def interpolated(value: str, environment: dict[str, str]) -> str:
    """Compose's ${NAME}, ${NAME:-default} and ${NAME:?message} (Compose specification, Interpolation)."""

    def replace(match: re.Match[str]) -> str:
        name, operator, rest = match.groups()
        if environment.get(name):
            return environment[name]
        assert operator == ":-", f"{name} is not set: {rest}"
        return rest

    return re.sub(r"\$\{(\w+)(?:(:-|:\?)([^}]*))?\}", replace, value)


def instructions(name: str) -> list[list[str]]:
    """The arguments of every instruction of that name in the Dockerfile."""
    text = re.sub(r"\\\n", " ", (ROOT / "Dockerfile").read_text())
    lines = [line for line in text.splitlines() if line.startswith(name + " ")]
    return [shlex.split(line.removeprefix(name), posix=True) for line in lines]


def image_command(name: str) -> list[str]:
    """The JSON form of the last CMD, or of the HEALTHCHECK's."""
    text = re.sub(r"\\\n", " ", (ROOT / "Dockerfile").read_text())
    found: list[str] = []
    for line in text.splitlines():
        if line.startswith(name + " "):
            found = json.loads(line[line.index("[") :])
    return found


def test_the_compose_file_is_valid(compose: Any) -> None:
    vendored = importlib.resources.files("check_jsonschema") / "builtin_schemas" / "vendor" / "compose-spec.json"
    jsonschema.validate(compose, json.loads(vendored.read_text()))


def test_nothing_starts_before_what_it_needs(compose: Any) -> None:
    services = compose["services"]
    assert services["migrate"]["depends_on"] == {"postgres": {"condition": "service_healthy"}}
    assert services["api"]["depends_on"] == {"migrate": {"condition": "service_completed_successfully"}}
    assert services["postgres"]["healthcheck"]["test"]
    assert services["migrate"]["restart"] == "no"


def test_secrets_come_from_the_environment_only(compose: Any) -> None:
    for name, service in compose["services"].items():
        for variable, value in service.get("environment", {}).items():
            if re.search("PASSWORD|SECRET", variable):
                assert re.fullmatch(r"\$\{\w+:\?[^}]+\}", value), f"{name}: {variable}"


def test_volumes_that_are_used_are_declared(compose: Any) -> None:
    used = {volume.split(":")[0] for service in compose["services"].values() for volume in service.get("volumes", [])}
    assert used == set(compose["volumes"])


def test_every_copied_file_is_there_and_reaches_the_build() -> None:
    rules = (ROOT / ".dockerignore").read_text().splitlines()
    kept = {rule.removeprefix("!") for rule in rules if rule.startswith("!")}
    copied = [source for words in instructions("COPY") if "--from" not in words[0] for source in words[:-1]]
    assert len(copied) > 8
    for source in copied:
        assert (ROOT / source).exists(), source
        assert source.rstrip("/").split("/")[0] in kept, source


def test_stages_that_are_copied_from_exist() -> None:
    stages = {words[2] for words in instructions("FROM") if len(words) == 3}
    assert stages == {words[0].removeprefix("--from=") for words in instructions("COPY") if "--from=" in words[0]}


def test_the_image_runs_as_an_ordinary_user_and_holds_no_compiler() -> None:
    last_stage = (ROOT / "Dockerfile").read_text().rsplit("\nFROM ", 1)[1]
    assert "\nUSER gatepost\n" in last_stage
    assert "apt-get" not in last_stage
    assert "npm" not in last_stage


def pins(lock: str) -> dict[str, str]:
    """Package to version, of a lock file."""
    lines = (ROOT / lock).read_text().splitlines()
    return dict(line.split(" ")[0].split("==") for line in lines if "==" in line.split(" ")[0])


def test_the_image_gets_the_versions_that_are_tested() -> None:
    tested = pins("requirements.lock")
    for package, version in pins("runtime.lock").items():
        assert tested[package] == version
    assert "pytest" not in pins("runtime.lock")


@pytest.mark.parametrize("lock", ["requirements.lock", "runtime.lock", "build.lock", "cmake.lock"])
def test_locks_are_hashed_and_name_no_registry(lock: str) -> None:
    text = (ROOT / lock).read_text()
    assert "://" not in text
    assert "--index" not in text
    for entry in re.split(r"\n(?=\S)", text.strip()):
        assert "--hash=sha256:" in entry, entry


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port


class Services:
    """Runs the services' commands in a copy of the image's folder, with the Compose file's environment."""

    def __init__(self, compose: Any, folder: Path, postgres: EmbeddedPostgres, database: str) -> None:
        self._services = compose["services"]
        self._folder = folder
        self._postgres = postgres
        self._database = database
        shutil.copy(ROOT / "app.py", folder)
        for name in ("db", "sdl", "resolvers"):
            shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))

    def environment(self, service: str, **more: str) -> dict[str, str]:
        given = self._services[service]["environment"].items()
        environment = {name: interpolated(str(value), SECRETS) for name, value in given}
        login = urllib.parse.urlsplit(environment["DATABASE_URL"])
        assert login.hostname == "postgres"
        assert login.path == "/threads"
        assert login.username is not None
        environment["DATABASE_URL"] = self._postgres.url(self._database, login.username)
        programs = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
        return {"PATH": programs, "HOME": str(self._folder), **environment, **more}

    async def start(self, command: list[str], environment: dict[str, str]) -> asyncio.subprocess.Process:
        return await asyncio.create_subprocess_exec(
            *command,
            cwd=self._folder,
            env=environment,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )


async def test_the_services_commands_run_as_they_stand(
    compose: Any, postgres: EmbeddedPostgres, create_database: CreateDatabase, tmp_path: Path
) -> None:
    """`migrate`, the API and its health check; only the database's address and the port are others."""
    database = urllib.parse.urlsplit(await create_database()).path.removeprefix("/")
    services = Services(compose, tmp_path, postgres, database)

    migrate = await services.start(compose["services"]["migrate"]["command"], services.environment("migrate"))
    said, _ = await asyncio.wait_for(migrate.communicate(), 180)
    assert migrate.returncode == 0, said.decode()
    assert b"applied schema.sql" in said

    port = str(free_port())
    environment = services.environment("api", GATEPOST_PORT=port)
    check = image_command("HEALTHCHECK")
    before = await services.start(check, environment)
    await asyncio.wait_for(before.communicate(), 120)
    assert before.returncode == 1

    api = await services.start(image_command("CMD"), environment)
    try:
        assert api.stdout is not None
        line = await asyncio.wait_for(api.stdout.readline(), 120)
        assert port in line.decode()
        healthy = await services.start(check, environment)
        said, _ = await asyncio.wait_for(healthy.communicate(), 120)
        assert healthy.returncode == 0, said.decode()
        query = {"query": "{ threads(first: 1) { totalCount } }"}
        async with aiohttp.request("POST", f"http://127.0.0.1:{port}/graphql", json=query) as answer:
            assert await answer.json() == {"data": {"threads": {"totalCount": 0}}}
    finally:
        api.terminate()
        await asyncio.wait_for(api.communicate(), 120)
    assert api.returncode == 0
    assert not (tmp_path / ".gatepost" / "data").exists()
