"""What is shown of runs that came from elsewhere, whatever they call themselves."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from goflow.cli.looking import name_of_run
from goflow.cli.main import run_command
from goflow.events import Fact, QuestionAsked
from tests.unit.cli.kept_runs import RUNS, keep_original
from tests.unit.journal.whole_runs import BEGUN, STORY, keep
from tests.unit.projections.runs import CLAIMED, starts

EVIL = "r-\x1b]0;pwned\x07"
VERBS = [
    ("answer",),
    ("show",),
    ("show", "--json"),
    ("show", "--follow"),
    ("export",),
    ("resume",),
    ("rerun",),
    ("cancel",),
]


@pytest.mark.parametrize("arguments", VERBS, ids=" ".join)
def test_a_run_whose_id_is_none_is_refused_in_harmless_words(
    capfd: pytest.CaptureFixture[str], arguments: tuple[str, ...]
) -> None:
    keep(Path("run"), [replace(BEGUN, run_id=EVIL), *STORY[1:]])
    verb, *flags = arguments

    assert run_command([verb, "run", *flags]) == 1

    said = "".join(capfd.readouterr())
    assert "\x1b" not in said
    assert "\x07" not in said


def test_a_run_of_the_original_is_called_by_its_folder_where_its_id_is_none(
    capsys: pytest.CaptureFixture[str],
) -> None:
    folder = keep_original()
    meta = folder / "workflow.meta.json"
    meta.write_text(json.dumps({**json.loads(meta.read_text()), "run_id": f"{EVIL}; reboot"}))

    assert run_command(["show", str(folder)]) == 0

    out = capsys.readouterr().out
    assert out.endswith(f"\nnext: goflow show {folder} --step ID\n")
    assert "\x1b" not in out


def test_a_run_is_called_by_its_id_among_the_usual_ones_and_else_by_its_folder() -> None:
    assert name_of_run(RUNS / "2026_w", "r-1") == "r-1"
    assert name_of_run(RUNS / "2026_w", "r-1;reboot") == ".workflow-runs/2026_w"
    assert name_of_run(Path("else where/2026_w"), "r-1") == "'else where/2026_w'"
    assert name_of_run(Path("elsewhere/\x1b[2J2026_w"), "r-1") == "'elsewhere/2026_w'"


ASKED = QuestionAsked(step="a\x1b[2J", attempt=1, question_id="q-1\x1b[2J", text="Which?")


@pytest.mark.parametrize("is_terminal", [True, False])
def test_open_questions_are_listed_harmless(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, *, is_terminal: bool
) -> None:
    story: list[Fact] = [BEGUN, CLAIMED, starts(ASKED.step), ASKED]
    keep(Path("run"), story)
    monkeypatch.setattr(sys.stdout, "isatty", lambda: is_terminal)

    assert run_command(["answer", "run"]) == 0
    listed = capsys.readouterr().out
    assert run_command(["answer", "run", "yes"]) == 0

    assert listed == ("q-1\n? a asks\n  Which?\n" if is_terminal else "q-1\ta\tWhich?\n")
    assert capsys.readouterr().err.startswith("answered a: yes\n")
