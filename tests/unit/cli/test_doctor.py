from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from goflow import __version__
from goflow.cli.doctor import laid_out
from goflow.cli.doctor_models import told_of_default, told_of_keys, told_of_packages
from goflow.cli.doctor_tools import told_of_sandbox, told_of_use
from goflow.cli.main import run_command
from goflow.settings import Settings, config_folder, state_folder
from goflow.settings.trust import remember_trust
from goflow.tools.landlock import Landlock
from goflow.tools.sandbox import Sandbox, describe_sandbox
from goflow.workflow import ProviderSpec
from tests.unit.test_imports import PROVIDERS, imported_by

NO_BWRAP = "bubblewrap: `bwrap` is not installed"
FAILS = "landlock: cannot confine the command: [Errno 1] unshare: Operation not permitted"
ALL_ROWS = [
    *("goflow", "python", "folder", "sandbox", "reading", "writing", "running", "fetching", "ranking"),
    *("settings", "keys", "default", "packages"),
]


def examined(capsys: pytest.CaptureFixture[str]) -> dict[str, list[str]]:
    """Run the verb and return the lines by the names of their rows."""
    assert run_command(["doctor"]) == 0
    said = capsys.readouterr()
    assert said.err == ""
    rows: dict[str, list[str]] = {}
    for line in said.out.splitlines():
        name, text = line[:8].strip(), line[10:]
        assert line[8:10] == "  "
        rows.setdefault(name or list(rows)[-1], []).append(text)
    return rows


def test_every_row_is_there_and_aligned(capsys: pytest.CaptureFixture[str]) -> None:
    rows = examined(capsys)

    assert list(rows) == ALL_ROWS
    assert rows["goflow"][0].startswith(f"{__version__}, in ")
    assert rows["folder"][0] == str(Path.cwd())
    assert rows["keys"] == ["none is set"]
    assert rows["default"] == ["none: set a key, `GOFLOW_PROVIDER`, or use `--mock`"]


def test_the_sandbox_in_force_is_the_one_that_runs_use(capsys: pytest.CaptureFixture[str]) -> None:
    found = describe_sandbox(os.environ).confinement

    first = examined(capsys)["sandbox"][0]

    assert first == ("none" if found is None else f"{found.name}: contains files, network, processes")


def test_keys_are_told_by_the_names_of_their_variables_alone(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "canary-of-a-key")
    monkeypatch.setenv("GROQ_API_KEY", "")

    rows = examined(capsys)

    assert rows["keys"] == ["openai: `OPENAI_API_KEY`"]
    assert rows["default"] == ["`gpt-6.1-terra` of openai"]
    assert "canary" not in str(rows)


def test_a_folder_is_trusted_once_that_is_remembered(capsys: pytest.CaptureFixture[str]) -> None:
    assert examined(capsys)["folder"][1].startswith("not trusted: ")
    state = state_folder(os.environ, Path.home())
    remember_trust(Path.cwd(), state)

    assert examined(capsys)["folder"][1] == f"trusted, by a line of {state / 'trusted'}"


def test_keys_that_commands_cannot_see_are_named(capsys: pytest.CaptureFixture[str]) -> None:
    if describe_sandbox(os.environ).confinement is None:
        pytest.skip("there is no sandbox here")
    (Path.home() / ".ssh").mkdir()

    assert f"{Path.home() / '.ssh'}" in examined(capsys)["sandbox"][-1]


def test_a_setting_that_is_unknown_is_told_and_ends_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    path = config_folder(os.environ, Path.home()) / "config.toml"
    path.parent.mkdir(parents=True)
    path.write_text('modle = "gpt-5"\n', encoding="utf-8")

    assert examined(capsys)["settings"] == [
        str(path),
        f"no run can begin: unknown key `modle` in `{path}`",
        "did you mean `model`?",
    ]


def test_variables_that_set_something_are_named_and_misspelt_ones_too(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("GOFLOW_PROVIDER", "ollama:llama3")
    monkeypatch.setenv("GOFLOW_MODLE", "gpt-5")

    rows = examined(capsys)

    assert rows["settings"][1:] == [
        "and the variables `GOFLOW_PROVIDER`",
        "`GOFLOW_MODLE` is no setting: did you mean `GOFLOW_MODEL`?",
    ]
    assert rows["default"] == ["`llama3` of ollama"]


def test_why_a_sandbox_is_not_used_and_how_to_get_it() -> None:
    found = Sandbox(confinement=Landlock(), contained=("files", "network"), passed_over=(NO_BWRAP,))

    assert told_of_sandbox(found) == [
        "landlock: contains files, network",
        f"not used: {NO_BWRAP}",
        "to get bubblewrap, install the package `bubblewrap` of your system",
    ]


def test_a_switch_of_the_system_that_forbids_sandboxes_is_named(tmp_path: Path) -> None:
    found = Sandbox(confinement=None, contained=(), passed_over=(FAILS,))
    kernel = tmp_path / "kernel"
    kernel.mkdir()
    (kernel / "unprivileged_userns_clone").write_text("1\n", encoding="ascii")
    unknown = told_of_sandbox(found, tmp_path)
    (kernel / "apparmor_restrict_unprivileged_userns").write_text("1\n", encoding="ascii")
    named = told_of_sandbox(found, tmp_path)

    assert unknown[:2] == named[:2] == ["none", f"not used: {FAILS}"]
    assert unknown[2].startswith("to get one, user namespaces must be allowed")
    assert named[2:] == [
        "to get one, allow user namespaces: `sysctl kernel.apparmor_restrict_unprivileged_userns=0`"
    ]


def test_on_other_systems_than_linux_there_is_no_sandbox_to_get() -> None:
    found = Sandbox(confinement=None, contained=(), passed_over=())

    assert told_of_sandbox(found) == ["none", "sandboxes are there on Linux alone"]


@pytest.mark.parametrize(
    ("tool", "is_confined", "told"),
    [
        ("view", False, "allowed"),
        ("fetch_webpage", False, "allowed"),
        ("bash", True, "asked about at a terminal; allowed without one"),
        ("create_file", True, "asked about at a terminal; allowed without one"),
        (
            "bash",
            False,
            "asked about at a terminal; denied without one, unless `--allow-all-tools` is given",
        ),
    ],
)
def test_what_becomes_of_a_call_is_what_the_rules_say(tool: str, *, is_confined: bool, told: str) -> None:
    assert told_of_use(tool, is_trusted=False, is_confined=is_confined) == told


def test_a_provider_with_a_key_and_without_its_package_says_what_to_install() -> None:
    assert told_of_keys({"GOOGLE_API_KEY": "x", "GEMINI_API_KEY": "y"}, {"google.genai"}) == [
        "google: `GOOGLE_API_KEY`, `GEMINI_API_KEY`; needs `pip install 'pydantic-ai-slim[google]'`"
    ]
    assert told_of_packages({"google.genai", "groq"}) == ["missing: `pip install 'pydantic-ai-slim[google]'`"]
    assert told_of_packages(frozenset()) == ["none is missing"]


def test_a_blank_key_is_none() -> None:
    assert told_of_keys(
        {"OPENAI_API_KEY": " \n", "GOOGLE_API_KEY": "", "GROQ_API_KEY": "x\n"}, frozenset()
    ) == ["groq: `GROQ_API_KEY`"]


def test_who_is_asked_follows_the_settings() -> None:
    own = Settings(provider=ProviderSpec(type="anthropic"))

    assert told_of_default({"ANTHROPIC_API_KEY": "x"}, own, {"anthropic"}) == (
        "none: anthropic needs a package that is not installed: `anthropic`",
    )
    assert told_of_default({"ANTHROPIC_API_KEY": "x"}, Settings(), {"anthropic"}) == (
        "none: anthropic needs a package that is not installed: `anthropic`",
    )


def test_the_copilot_command_is_asked_where_nobody_else_can_be(tmp_path: Path) -> None:
    command = tmp_path / "copilot"
    command.touch(mode=0o755)

    assert told_of_default({"PATH": str(tmp_path)}, Settings(), frozenset()) == (
        "the `copilot` command",
        "its tools are its own: goflow does not judge them, and agents without `tools` may do everything",
    )


def test_a_python_without_sqlite_cannot_rank(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert examined(capsys)["ranking"][0].endswith("has FTS5, so `semantic_search` works")
    monkeypatch.setitem(sys.modules, "sqlite3", None)

    assert examined(capsys)["ranking"] == ["this Python has no SQLite, so `semantic_search` is refused"]


def test_text_of_others_reaches_the_terminal_without_escapes() -> None:
    assert laid_out([("folder", ["\x1b[2Jgone\nx", "b"]), ("a", ["c"])]) == (
        "folder  gone x\n        b\na       c\n"
    )


def test_doctor_imports_no_provider_and_no_pydantic() -> None:
    assert not imported_by("doctor") & (PROVIDERS | {"pydantic"})
