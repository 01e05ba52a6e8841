"""Tools of front ends accept the schemas of all kinds of databases, and what is in them is told in words."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLScalarType,
    GraphQLSchema,
    build_client_schema,
    build_schema,
    introspection_from_schema,
    is_introspection_type,
    is_specified_scalar_type,
    lexicographic_sort_schema,
    print_schema,
)

from gatepost.cli import sdl
from gatepost.settings import Settings
from tests.api import ANONYMOUS, MEMBER, CreateDatabase, opened
from tests.clients.conftest import Run, project, run
from tests.differential.subjects import DATABASES

NAMES = ("threads", "shop", "names", "kinds", "road", "club", "sky")
AWKWARD = ("shop", "names", "kinds", "road", "club")
IN_PYTHON = ("shop", "names", "kinds")
QUERIES = "query Again($nodeId: ID!) { node(nodeId: $nodeId) { nodeId } }\n"


def settings(name: str, url: str) -> Settings:
    return Settings(database_url=url, **DATABASES[name].settings)


@pytest.fixture(scope="module")
async def schemas(create_database: CreateDatabase) -> dict[str, str]:
    """The SDL of each database."""
    found = {}
    for name in NAMES:
        of = settings(name, await create_database(*DATABASES[name].scripts))
        found[name] = await sdl(of, sorted(of.token_roles))
    return found


@pytest.fixture(scope="module")
async def folder(schemas: dict[str, str], node: Run, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """For each database a folder with its schema as graphql-js prints it, made of what introspection tells."""
    base = tmp_path_factory.mktemp("clients")
    (base / "node_modules").symlink_to(Path(__file__).parent / "node_modules")
    for name, text in schemas.items():
        (base / name / "src").mkdir(parents=True)
        (base / name / "ours.graphql").write_text(text)
        introspection = introspection_from_schema(build_schema(text), input_value_deprecation=True)
        (base / name / "introspection.json").write_text(json.dumps(introspection))
    script = Path(__file__).parent / "schemas.mjs"
    (base / "schemas.mjs").write_text(script.read_text())
    (base / "answers.jsonl").write_text(await node(base, "node", "schemas.mjs", *schemas))
    return base


def test_graphql_js_builds_the_same_schema_of_what_introspection_tells(folder: Path) -> None:
    answers = [json.loads(line) for line in (folder / "answers.jsonl").read_text().splitlines()]
    assert [answer["folder"] for answer in answers] == list(NAMES)
    for answer in answers:
        assert (answer["errors"], answer["same"]) == ([], True), answer["folder"]


async def test_introspection_answers_all_that_graphql_js_asks_for(
    folder: Path, create_database: CreateDatabase
) -> None:
    query = json.loads((folder / "answers.jsonl").read_text().splitlines()[0])["query"]
    assert all(word in query for word in ("isOneOf", "specifiedByURL", "isRepeatable", "includeDeprecated: true"))
    url = await create_database(*DATABASES["shop"].scripts, user=DATABASES["shop"].user)
    async with opened(url, **DATABASES["shop"].settings) as api:
        told = build_client_schema(await api.data(query, role=MEMBER))
    printed = build_schema(await sdl(settings("shop", url), [MEMBER, ANONYMOUS], MEMBER))
    assert print_schema(lexicographic_sort_schema(told)) == print_schema(lexicographic_sort_schema(printed))


def parts(schema: GraphQLSchema) -> dict[str, str | None]:
    """Everything in a schema that can be described, with its description."""
    found: dict[str, str | None] = {"the schema": schema.description}
    for name, type_ in schema.type_map.items():
        if is_introspection_type(type_) or is_specified_scalar_type(type_):
            continue
        found[name] = type_.description
        if isinstance(type_, GraphQLEnumType):
            found |= {f"{name}.{value}": it.description for value, it in type_.values.items()}
        if isinstance(type_, GraphQLObjectType | GraphQLInterfaceType | GraphQLInputObjectType):
            found |= {f"{name}.{field}": it.description for field, it in type_.fields.items()}
        if isinstance(type_, GraphQLObjectType | GraphQLInterfaceType):
            for field, it in type_.fields.items():
                found |= {f"{name}.{field}({key}:)": argument.description for key, argument in it.args.items()}
    return found


@pytest.mark.parametrize("name", NAMES)
def test_everything_is_described(schemas: dict[str, str], name: str) -> None:
    schema = build_schema(schemas[name])
    described = parts(schema)
    assert len(described) > 100
    assert [what for what, text in described.items() if not text] == []
    scalars = [type_ for type_ in schema.type_map.values() if isinstance(type_, GraphQLScalarType)]
    assert [s.name for s in scalars if not is_specified_scalar_type(s) and not s.specified_by_url] == []


async def test_types_in_typescript(folder: Path, node: Run) -> None:
    shown = project(folder / "typescript")
    (shown / "codegen.ts").write_text(
        (shown / "codegen.ts")
        .read_text()
        .replace("export default config;", "")
        .replace("  schema:", "  // schema:")
        .replace("  documents:", "  // documents:")
        + "const [made] = Object.values(config.generates) as [{ plugins: string[]; config: object }];\n"
        + "const one = (name: string) => "
        + "[`${name}.ts`, { ...made, plugins: ['typescript'], schema: `../${name}/schema.graphql` }];\n"
        + f"export default {{ generates: Object.fromEntries({json.dumps(AWKWARD)}.map(one)) }};\n"
    )
    await node(shown, "graphql-codegen", "--config", "codegen.ts")
    await node(shown, "tsc", "--noEmit", "--strict", "--skipLibCheck", *(f"{name}.ts" for name in AWKWARD))


@pytest.mark.parametrize("name", NAMES)
async def test_relay_pages_everything_and_fetches_every_row_again(folder: Path, node: Run, name: str) -> None:
    config = json.loads((project(folder / f"relay-{name}") / "relay.config.json").read_text())
    config |= {"src": f"../{name}/src", "schema": f"../{name}/schema.graphql", "customScalarTypes": {}}
    (folder / f"relay-{name}" / "relay.config.json").write_text(json.dumps(config))
    await node(folder / f"relay-{name}", "relay-compiler", "relay.config.json")
    made = list((folder / name / "src" / "__generated__").glob("*Query.graphql.ts"))
    assert len(made) == (folder / name / "src" / "all.ts").read_text().count("@refetchable")


@pytest.mark.parametrize("name", IN_PYTHON)
async def test_clients_in_python(folder: Path, ariadne: Path, name: str) -> None:
    shown = project(folder / f"python-{name}")
    (shown / "src" / "operations.graphql").write_text(QUERIES)
    (shown / "schema.graphql").write_text((folder / name / "schema.graphql").read_text())
    await run(shown, "env", "PYTHONPATH=.", ariadne / "ariadne-codegen")
    await run(shown, ariadne / "python", "-c", "import threads_client")
