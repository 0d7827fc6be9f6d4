"""Each folder in `cases` is a flow, black box: see README.md."""

from __future__ import annotations

import os
import shlex
import shutil
from pathlib import Path
from typing import Final

import pytest

from tests.flows.goflow_process import goflow, made_equal, tree

CASES: Final = Path(__file__).parent / "cases"
EXPECTED: Final = ("stdout", "stderr", "exit")
OPTIONAL: Final = ("tree",)
SETUP: Final = ("cmd", "env", "stdin")


def find_cases() -> list[str]:
    return sorted(path.parent.relative_to(CASES).as_posix() for path in CASES.rglob("cmd"))


@pytest.mark.parametrize("name", find_cases())
def test_a_flow_says_and_leaves_what_is_written(name: str, tmp_path: Path) -> None:
    case, work = CASES / name, tmp_path / "work"
    shutil.copytree(case, work, ignore=shutil.ignore_patterns(*EXPECTED, *OPTIONAL, *SETUP))

    found = play(case, work)

    if os.environ.get("WRITE_FLOWS"):
        write(case, found)
    assert found == {name: (case / name).read_text(encoding="utf-8") for name in found}


def play(case: Path, work: Path) -> dict[str, str]:
    """Run the commands of a case; where there are several, each stands above what it said."""
    commands = [line for line in lines_of(case / "cmd") if not line.startswith("#")]
    environ = dict(line.split("=", 1) for line in lines_of(case / "env"))
    stdin = (case / "stdin").read_bytes() if (case / "stdin").exists() else b""
    ended = [goflow(*shlex.split(command), stdin=stdin, environ=environ, cwd=work) for command in commands]
    titles = [f"$ goflow {command}\n" if len(commands) > 1 else "" for command in commands]
    found = {
        "stdout": "".join(title + done.stdout.decode() for title, done in zip(titles, ended, strict=True)),
        "stderr": "".join(title + done.stderr for title, done in zip(titles, ended, strict=True)),
        "exit": "".join(f"{done.code}\n" for done in ended),
    }
    if (case / "tree").exists():
        found["tree"] = tree(work)
    return {name: made_equal(text, work) for name, text in found.items()}


def lines_of(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").splitlines() if path.exists() else []


def write(case: Path, found: dict[str, str]) -> None:
    for name, text in found.items():
        (case / name).write_text(text, encoding="utf-8")
