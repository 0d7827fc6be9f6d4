from __future__ import annotations

import ast
import inspect
import os
import re
import sys
from dataclasses import fields
from pathlib import Path

import pytest

from goflow.errors import UsageError
from goflow.projections import FailOn
from goflow.settings import ProgressMode, Settings, config_folder, read_settings, state_folder
from goflow.settings.keys import KEYS
from goflow.workflow import ProviderSpec, WireApi

REFERENCE = Path(__file__).parents[2] / "docs/reference/configuration.md"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path


def read(home: Path, text: str = "", **variables: str) -> Settings:
    """Read settings from a file of this text and these variables."""
    folder = home / "config" / "goflow"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.toml").write_text(text, encoding="utf-8")
    return read_settings({"XDG_CONFIG_HOME": str(home / "config"), **variables}, home)


def refusal_of(home: Path, text: str = "", **variables: str) -> tuple[str, str | None]:
    with pytest.raises(UsageError) as caught:
        read(home, text, **variables)
    return caught.value.message.replace(str(home), "~"), caught.value.help


def test_with_nothing_set_the_defaults_stand(home: Path) -> None:
    assert read_settings({}, home) == Settings()
    assert read(home) == Settings()


def test_the_file_sets_every_setting(home: Path) -> None:
    text = """
    model = "ollama:llama3"
    audit_dir = "runs"
    max_concurrency = 4
    progress = "none"
    fail_on = "any"

    [provider]
    type = "openai"
    base_url = "http://localhost:8000/v1"
    api_key_env = "MY_KEY"
    wire_api = "responses"
    """
    assert read(home, text) == Settings(
        provider=ProviderSpec(
            type="openai",
            base_url="http://localhost:8000/v1",
            api_key_env="MY_KEY",
            wire_api=WireApi.RESPONSES,
        ),
        model="ollama:llama3",
        audit_dir=Path("runs"),
        max_concurrency=4,
        progress=ProgressMode.NONE,
        fail_on=FailOn.ANY,
    )


def test_every_variable_wins_over_the_file(home: Path) -> None:
    text = """
    model = "a"
    audit_dir = "a"
    max_concurrency = 1
    progress = "plain"
    fail_on = "run"
    provider = "anthropic"
    """
    settings = read(
        home,
        text,
        GOFLOW_MODEL="b",
        GOFLOW_AUDIT_DIR="b",
        GOFLOW_MAX_CONCURRENCY="2",
        GOFLOW_PROGRESS="none",
        GOFLOW_FAIL_ON="never",
        GOFLOW_PROVIDER="openai",
        GOFLOW_PROVIDER_BASE_URL="http://localhost",
        GOFLOW_PROVIDER_API_KEY_ENV="B_KEY",
        GOFLOW_PROVIDER_WIRE_API="chat",
    )
    assert settings == Settings(
        provider=ProviderSpec(
            type="openai", base_url="http://localhost", api_key_env="B_KEY", wire_api=WireApi.CHAT
        ),
        model="b",
        audit_dir=Path("b"),
        max_concurrency=2,
        progress=ProgressMode.NONE,
        fail_on=FailOn.NEVER,
    )


def test_an_empty_variable_counts_as_not_set(home: Path) -> None:
    assert read(home, 'model = "a"', GOFLOW_MODEL="").model == "a"


def test_a_provider_can_be_named_alone(home: Path) -> None:
    assert read(home, 'provider = "ollama"').provider == ProviderSpec(type="ollama")


@pytest.mark.parametrize("text", ['provider = "ollama:llama3:8b"', ""])
def test_a_provider_with_a_model_sets_both_and_the_model_keeps_its_provider(home: Path, text: str) -> None:
    settings = read(home, text, **({} if text else {"GOFLOW_PROVIDER": "ollama:llama3:8b"}))
    assert settings == Settings(provider=ProviderSpec(type="ollama"), model="ollama:llama3:8b")


def test_a_model_that_is_set_itself_wins_over_that_of_the_provider(home: Path) -> None:
    assert read(home, 'provider = "openai:a"\nmodel = "b"').model == "b"
    assert read(home, 'model = "b"', GOFLOW_PROVIDER="openai:a").model == "openai:a"


def test_another_provider_does_not_get_the_address_and_key_of_the_files(home: Path) -> None:
    text = '[provider]\ntype = "openai"\nbase_url = "http://mine"\napi_key_env = "MY_KEY"'
    assert read(home, text, GOFLOW_PROVIDER="anthropic").provider == ProviderSpec(type="anthropic")


def test_a_part_of_the_files_provider_can_be_replaced(home: Path) -> None:
    text = '[provider]\ntype = "openai"\nbase_url = "http://mine"\napi_key_env = ""'
    expected = ProviderSpec(type="openai", base_url="http://other", api_key_env="")
    assert read(home, text, GOFLOW_PROVIDER_BASE_URL="http://other").provider == expected


def test_a_folder_may_stand_below_the_home_folder(home: Path) -> None:
    assert read(home, 'audit_dir = "~/runs"').audit_dir == home / "runs"
    assert read(home, GOFLOW_AUDIT_DIR="~").audit_dir == home


@pytest.mark.parametrize(
    ("text", "message", "help_"),
    [
        (
            "max_concurency = 3",
            "unknown key `max_concurency` in `~/config/goflow/config.toml`",
            "did you mean `max_concurrency`?",
        ),
        (
            "[provider]\ntype = 'openai'\nbase_ur = 'x'",
            "unknown key `provider.base_ur` in `~/config/goflow/config.toml`",
            "did you mean `provider.base_url`?",
        ),
        (
            "[provider]\napi_key = 'secret'",
            "unknown key `provider.api_key` in `~/config/goflow/config.toml`",
            "keys do not stand in files: `api_key_env` names the variable that holds the key",
        ),
        (
            'max_concurrency = "3"',
            '`max_concurrency` in `~/config/goflow/config.toml` is `"3"`',
            "write a whole number, 0 or more",
        ),
        (
            "max_concurrency = -1",
            "`max_concurrency` in `~/config/goflow/config.toml` is `-1`",
            "write a whole number, 0 or more",
        ),
        (
            "max_concurrency = true",
            "`max_concurrency` in `~/config/goflow/config.toml` is `true`",
            "write a whole number, 0 or more",
        ),
        (
            'progress = "lots"',
            '`progress` in `~/config/goflow/config.toml` is `"lots"`',
            "write `plain` or `none`",
        ),
        (
            "model = 5",
            "`model` in `~/config/goflow/config.toml` is `5`",
            "write a model, as in `gpt-5` or `ollama:llama3`",
        ),
        (
            "[provider]\ntype = 'opnai'",
            '`provider.type` in `~/config/goflow/config.toml` is `"opnai"`',
            "write a provider, as in `openai`",
        ),
        (
            "[provider]\nbase_url = 'notaurl'",
            '`provider.base_url` in `~/config/goflow/config.toml` is `"notaurl"`',
            "write an address, as in `http://localhost:11434/v1`",
        ),
        (
            "[provider]\napi_key_env = 'sk-proj-abc'",
            "`provider.api_key_env` in `~/config/goflow/config.toml` is no name of a variable",
            f"write {KEYS['provider.api_key_env'].right}",
        ),
        (
            "[provider]\nwire_api = 'chat'",
            "`provider.wire_api` is set, but no provider",
            "set `provider.type` or `GOFLOW_PROVIDER`",
        ),
        (
            "model = ",
            "`~/config/goflow/config.toml` is no TOML: invalid value (at end of document)",
            'the file is written in TOML, as in `model = "gpt-5"`',
        ),
    ],
)
def test_a_mistake_in_the_file_names_the_file_the_key_and_what_would_be_right(
    home: Path, text: str, message: str, help_: str
) -> None:
    assert refusal_of(home, text) == (message, help_)


def test_an_unknown_key_that_is_near_to_none_is_told_them_all(home: Path) -> None:
    _, told = refusal_of(home, "xyzzy = 1")
    assert told is not None
    assert told.startswith("known: provider, provider.type, ")


@pytest.mark.parametrize(
    ("variable", "value", "told"),
    [
        ("GOFLOW_MAX_CONCURRENCY", "many", "write a whole number, 0 or more"),
        ("GOFLOW_MAX_CONCURRENCY", "-1", "write a whole number, 0 or more"),
        ("GOFLOW_PROGRESS", "7", "write `plain` or `none`"),
        ("GOFLOW_FAIL_ON", "always", "write `run`, `any` or `never`"),
        ("GOFLOW_HISTORY", "2", "write `true` or `false`"),
        ("GOFLOW_HISTORY", "no", "write `true` or `false`"),
    ],
)
def test_a_mistake_in_a_variable_names_it_and_what_would_be_right(
    home: Path, variable: str, value: str, told: str
) -> None:
    assert refusal_of(home, **{variable: value}) == (f"`{variable}` is `{value}`", told)


@pytest.mark.parametrize(
    ("text", "variables", "expected"),
    [
        ("", {}, True),
        ("history = false", {}, False),
        ("history = true", {"GOFLOW_HISTORY": "0"}, False),
        ("history = false", {"GOFLOW_HISTORY": "1"}, True),
        ("", {"GOFLOW_HISTORY": "false"}, False),
    ],
)
def test_a_switch_is_written_as_a_word_or_as_a_digit(
    home: Path, text: str, variables: dict[str, str], *, expected: bool
) -> None:
    assert read(home, text, **variables).history is expected


def test_a_provider_without_a_name_is_refused(home: Path) -> None:
    message, _ = refusal_of(home, GOFLOW_PROVIDER=":gpt-5")
    assert message == "`GOFLOW_PROVIDER` is `:gpt-5`"


def test_a_key_in_place_of_its_variable_is_not_repeated(home: Path) -> None:
    message, _ = refusal_of(home, GOFLOW_PROVIDER="openai", GOFLOW_PROVIDER_API_KEY_ENV="sk-proj-abc")
    assert message == "`GOFLOW_PROVIDER_API_KEY_ENV` is no name of a variable"


def test_a_file_that_cannot_be_read_is_refused(home: Path) -> None:
    folder = home / ".config" / "goflow" / "config.toml"
    folder.mkdir(parents=True)
    with pytest.raises(UsageError, match=r"config\.toml` is a folder"):
        read_settings({}, home)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no named pipes")
def test_a_pipe_in_place_of_the_file_is_refused_and_not_waited_for(home: Path) -> None:
    (home / ".config" / "goflow").mkdir(parents=True)
    os.mkfifo(home / ".config" / "goflow" / "config.toml")
    with pytest.raises(UsageError, match=r"config\.toml` is a pipe, not a file"):
        read_settings({}, home)


def test_a_file_that_is_not_utf_8_is_refused(home: Path) -> None:
    (home / ".config" / "goflow").mkdir(parents=True)
    (home / ".config" / "goflow" / "config.toml").write_bytes(b'model = "caf\xe9"')
    with pytest.raises(UsageError, match=r"config\.toml` cannot be read: it is not UTF-8"):
        read_settings({}, home)


def test_a_variable_that_looks_misspelt_is_mentioned_and_another_is_not(home: Path) -> None:
    settings = read(home, GOFLOW_MODLE="a", GOFLOW_MY_OWN_KEY="b")
    assert settings.notices == ("`GOFLOW_MODLE` is no setting: did you mean `GOFLOW_MODEL`?",)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has folders of its own")
def test_folders_follow_the_xdg_specification(home: Path) -> None:
    assert config_folder({}, home) == home / ".config/goflow"
    assert state_folder({}, home) == home / ".local/state/goflow"
    assert config_folder({"XDG_CONFIG_HOME": "/etc/mine"}, home) == Path("/etc/mine/goflow")
    assert state_folder({"XDG_STATE_HOME": "relative"}, home) == home / ".local/state/goflow"


def words_of(kind: type) -> dict[str, str]:
    """Return the words that stand below each field."""
    [definition] = ast.parse(inspect.getsource(kind)).body
    assert isinstance(definition, ast.ClassDef)
    words = {}
    for field, below in zip(definition.body, definition.body[1:], strict=False):
        match field, below:
            case ast.AnnAssign(target=ast.Name(id=name)), ast.Expr(value=ast.Constant(value=str(text))):
                words[name] = text
            case _:
                pass
    return words


def expected_rows() -> list[str]:
    """Return the rows of the reference, made from the fields."""
    words = words_of(Settings) | {f"provider.{name}": text for name, text in words_of(ProviderSpec).items()}
    defaults = {field.name: field.default for field in fields(Settings)}
    rows = []
    for name, key in KEYS.items():
        variable = f"`{key.variable}`" if key.variable else ""
        default = defaults.get(name)
        shown = str(default).lower() if isinstance(default, bool) else default
        rows.append(f"| `{name}` | {variable} | {'' if default is None else f'`{shown}`'} | {words[name]} |")
    return rows


def test_every_setting_can_be_written_and_every_key_is_a_setting() -> None:
    parts = {f"provider.{field.name}" for field in fields(ProviderSpec)}
    assert set(KEYS) == {field.name for field in fields(Settings)} - {"notices"} | parts


def test_the_reference_is_made_from_the_fields() -> None:
    rows = re.findall(r"^\| `.*$", REFERENCE.read_text(encoding="utf-8"), re.MULTILINE)
    assert rows == expected_rows(), "\n".join(["the table should be:", *expected_rows()])


def test_the_file_of_the_reference_can_be_read(home: Path) -> None:
    [example] = re.findall(r"```toml\n(.*?)```", REFERENCE.read_text(encoding="utf-8"), re.DOTALL)
    assert read(home, example) != Settings()
