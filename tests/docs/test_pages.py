"""Every block of the README and of the guides does what its page says, in an empty folder, in order."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

import goflow
from goflow.backends.mock_parser import parse_script
from goflow.cli.verbs import find_verb
from goflow.loader.answer_file import read_answers
from goflow.settings import read_settings
from tests.docs.pages import PAGES, ROOT, SHELL, Block, blocks_of
from tests.flows.goflow_process import made_equal

MISTAKE: Final = ROOT / "tests/mistakes/cases/agent-not-defined/workflow.yaml"
GIVEN: Final[Mapping[str, Mapping[str, str]]] = {
    "README.md": {"draft.md": "Ships stay in the harbour."},
    "validate.md": {"review.yaml": MISTAKE.read_text(encoding="utf-8")},
}
"""Files that a page speaks of without showing them."""

_EXIT_CODE: Final = re.compile(r"# exit code (\d+)$")
_MOMENT: Final = re.compile(r"\b\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\b")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_block_of_a_page_does_what_the_page_says(page: Path) -> None:
    shutil.copytree(ROOT / "examples", "examples")
    for name, text in GIVEN.get(page.name, {}).items():
        Path(name).write_text(text, encoding="utf-8")
    names: dict[str, Any] = {}
    for block in blocks_of(page):
        play(block, names)


def play(block: Block, names: dict[str, Any]) -> None:
    if block.file is not None:
        Path(block.file).parent.mkdir(parents=True, exist_ok=True)
        Path(block.file).write_text(block.text, encoding="utf-8")
    match block.language:
        case "yaml":
            check_yaml(block)
        case "python":
            run_python(block, names)
        case "sh":
            for line in block.text.splitlines():
                run_line(line, block)
        case _ if block.text.startswith("$ goflow "):
            run_session(block)
        case "json":
            json.loads(block.text)
        case "toml":
            check_settings(block)
        case language:
            assert language in {"", "markdown"}, f"{block.place}: nobody checks `{language}`"


def check_yaml(block: Block) -> None:
    """Check a workflow or a part of one, a script of answers, or a file of answers."""
    found = yaml.safe_load(block.text)
    if isinstance(found, dict) and found.keys() <= {"answers", "default"}:
        parse_script(block.text, block.place)
    elif block.page.stem == "questions":
        answers = Path("answers.yaml")
        answers.write_text(block.text, encoding="utf-8")
        read_answers(answers.name, cwd=Path.cwd())
    else:
        path = Path(block.file or "part.yaml")
        path.write_text(completed(block.text, found), encoding="utf-8")
        assert goflow.check(path) == (), block.place


def completed(text: str, found: object) -> str:
    """Return a workflow around its part: steps, or keys of its top."""
    if isinstance(found, list):
        return f"name: part\nsteps:\n{text}"
    assert isinstance(found, dict)
    name = "" if "name" in found else "name: part\n"
    steps = "" if "steps" in found else "steps: [{id: only, prompt: Say something}]\n"
    return f"{name}{text}{steps}"


def run_python(block: Block, names: dict[str, Any]) -> None:
    """Run a piece of a page's program, and the tests that it defines."""
    known = set(names)
    exec(compile(block.text, block.place, "exec", dont_inherit=True), names)
    for name in [name for name in names if name.startswith("test_") and name not in known]:
        names[name]()


def run_line(line: str, block: Block) -> None:
    if (check := CHECKS.get(line.partition(" ")[0])) is not None:
        check(shlex.split(line, comments=True)[1:], block)
    elif line.startswith("goflow ") and block.not_run:
        parse(line, block)
    elif line.strip() and not block.not_run:
        told = _EXIT_CODE.search(line)
        output, code = run_in_shell(line)
        assert code == int(told[1] if told else 0), f"{block.place}: {line}\n{output}"


def parse(line: str, block: Block) -> None:
    """Let the verb itself parse its arguments; a mistake is a `UsageError`."""
    _, name, *arguments = shlex.split(line, comments=True)
    with find_verb(name).make_context(name, arguments):
        assert block.not_run


def require_target(words: list[str], block: Block) -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert re.search(rf"^{words[0]}:", makefile, re.MULTILINE), block.place


def require_extras(words: list[str], block: Block) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    found = re.fullmatch(r"(?:\.|goflow-ai)(?:\[([a-z,]+)\])?", words[-1])
    assert words[0] == "install"
    assert found is not None, block.place
    assert set((found[1] or "").split(",")) - {""} <= project["optional-dependencies"].keys(), block.place


def require_not_run(_words: list[str], block: Block) -> None:
    assert block.not_run, f"{block.place}: a variable is gone with its line"


CHECKS: Final[Mapping[str, Callable[[list[str], Block], None]]] = {
    "make": require_target,
    "pip": require_extras,
    "export": require_not_run,
}


def run_in_shell(line: str) -> tuple[str, int]:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        line,
        shell=True,
        check=False,
        text=True,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env={**os.environ, "PATH": path},
    )
    return done.stdout, done.returncode


def run_session(block: Block) -> None:
    """Run one command, and compare what it prints, stdout and stderr as they come."""
    line, _, shown = block.text.removeprefix("$ ").partition("\n")
    printed, _ = run_in_shell(line)
    assert comparable(printed) == comparable(shown), block.place


def comparable(text: str) -> str:
    """Leave out what differs from run to run, and the blanks that numbers of other lengths cause."""
    return re.sub(" +", " ", _MOMENT.sub("MOMENT", made_equal(text, Path.cwd()))).rstrip()


def check_settings(block: Block) -> None:
    folder = Path(os.environ["XDG_CONFIG_HOME"]) / "goflow"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.toml").write_text(block.text, encoding="utf-8")
    read_settings(os.environ, Path.home())
    (folder / "config.toml").unlink()


def test_blocks_are_found_as_readers_see_them(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(
        "# A page\n\n<!-- file: a.yaml -->\n```yaml\nname: a\n```\n\n- a list\n    with a lazy line\n\n"
        "<!-- not run: no key -->\n\n    goflow run a.yaml\n\n    goflow list\n\nwords\n",
        encoding="utf-8",
    )

    assert [
        (block.line, block.language, block.text, block.file, block.not_run) for block in blocks_of(page)
    ] == [
        (5, "yaml", "name: a\n", "a.yaml", False),
        (13, SHELL, "goflow run a.yaml\n\ngoflow list\n", None, True),
    ]
