"""The settings: one name everywhere, flags before the environment before the file, one clear line when wrong."""

from pathlib import Path

import pytest

from gatepost.errors import SetUpError
from gatepost.settings import SETTINGS, load

URL = {"database_url": "postgresql://localhost/x"}


def test_flags_win_over_the_environment_and_the_environment_over_the_file(tmp_path: Path) -> None:
    file = tmp_path / "gatepost.toml"
    file.write_text('port = 1\nhost = "file"\nschemas = ["a", "b"]\npool_size = 3\ngraphiql = false\n')
    settings = load({**URL, "port": "3"}, environment={"GATEPOST_PORT": "2", "GATEPOST_HOST": "environment"}, file=file)
    assert (settings.port, settings.host, settings.schemas) == (3, "environment", ("a", "b"))
    assert (settings.pool_size, settings.graphiql, settings.max_page_size) == (3, False, 500)


def test_takes_the_platforms_own_variables_and_prefers_ours() -> None:
    environment = {"DATABASE_URL": "postgresql://theirs", "PORT": "1", "GATEPOST_HOST": ""}
    settings = load(environment=environment)
    assert (settings.database_url, settings.port, settings.host) == ("postgresql://theirs", 1, "127.0.0.1")
    environment |= {"GATEPOST_DATABASE_URL": "postgresql://ours", "GATEPOST_PORT": "2"}
    settings = load(environment=environment)
    assert (settings.database_url, settings.port) == ("postgresql://ours", 2)


def test_an_applications_defaults_give_way_to_all_else() -> None:
    defaults = {**URL, "schemas": ("app",), "port": 1}
    settings = load({"port": 2}, environment={}, defaults=defaults)
    assert (settings.schemas, settings.port) == (("app",), 2)


@pytest.mark.parametrize(
    ("environment", "said"),
    [
        ({}, "no database given"),
        ({"DATABASE_URL": "mysql://x"}, "database_url must start with postgresql://"),
        ({"PORT": "tcp://10.0.0.1"}, "PORT must be a whole number"),
        ({"GATEPOST_PORT": "65536"}, "port must be from 0 to 65535"),
        ({"GATEPOST_GRAPHIQL": "maybe"}, "GATEPOST_GRAPHIQL must be true or false"),
        ({"GATEPOST_JWT_SECRET": "short"}, "jwt_secret must have at least 32 bytes"),
        ({"GATEPOST_SCHEMAS": " , "}, "schemas must name at least one"),
        ({"GATEPOST_POOL_TIMEOUT": "0"}, "pool_timeout must be from"),
        ({"GATEPOST_DEFAULT_PAGE_SIZE": "501"}, "default_page_size must not be larger"),
        ({"GATEPOST_SDL": "/nowhere/at/all"}, "there is no folder /nowhere/at/all"),
    ],
)
def test_says_in_one_line_what_is_wrong(environment: dict[str, str], said: str) -> None:
    given = environment if not environment else {"DATABASE_URL": "postgresql://x", **environment}
    with pytest.raises(SetUpError) as caught:
        load(environment=given)
    assert said in caught.value.message
    assert "\n" not in caught.value.message


@pytest.mark.parametrize(
    ("text", "said"),
    [("prot = 1", "prot is no setting; did you mean port?"), ("port =", "gatepost.toml: "), ("port = 1.5", "port in")],
)
def test_a_file_with_a_mistake_is_refused(tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "gatepost.toml"
    file.write_text(text)
    with pytest.raises(SetUpError) as caught:
        load(URL, environment={}, file=file)
    assert said in caught.value.message


def test_secrets_are_not_shown() -> None:
    secret = "0123456789abcdef0123456789abcdef"
    given = {"database_url": f"postgresql://me:{secret}@x", "jwt_secret": secret, "login_password": secret}
    assert secret not in repr(load(given, environment={}))


def test_every_setting_has_one_name_and_says_what_it_is() -> None:
    for setting in SETTINGS:
        assert setting.flag == "--" + setting.name.replace("_", "-")
        assert setting.variables[0] == "GATEPOST_" + setting.name.upper()
        assert setting.about
