from __future__ import annotations

import traceback
from pathlib import Path

import pytest

import goflow
import goflow.testing


def test_the_public_names_are_these_and_no_others() -> None:
    assert sorted(goflow.__all__) == [
        "Bundle",
        "Fenced",
        "GoflowError",
        "Host",
        "InvalidWorkflow",
        "JournalCorrupt",
        "Plan",
        "Problem",
        "ProviderUnavailable",
        "Run",
        "RunFolderError",
        "RunLocked",
        "RunOptions",
        "Severity",
        "UsageError",
        "__version__",
        "check",
        "load",
        "plan",
        "resume",
        "run",
        "this_host",
    ]
    assert sorted(goflow.testing.__all__) == [
        "AutojumpClock",
        "DroppingFiles",
        "MemoryJournal",
        "PowerLost",
        "ScriptedBackend",
    ]


def test_every_public_name_is_there_and_documented() -> None:
    for name in set(goflow.__all__) - {"__version__"}:
        assert getattr(goflow, name).__doc__, name


def test_every_error_of_ours_is_a_goflow_error_with_an_exit_code() -> None:
    errors = [getattr(goflow, name) for name in goflow.__all__ if isinstance(getattr(goflow, name), type)]
    codes = {error.__name__: error.exit_code for error in errors if issubclass(error, goflow.GoflowError)}

    assert codes == {
        "Fenced": 1,
        "GoflowError": 1,
        "InvalidWorkflow": 2,
        "JournalCorrupt": 1,
        "ProviderUnavailable": 4,
        "RunFolderError": 1,
        "RunLocked": 1,
        "UsageError": 2,
    }


def test_a_traceback_shows_the_mistakes_of_a_workflow() -> None:
    Path("w.yaml").write_text("name: w\nsteps:\n  - {id: a, promt: Look}\n", encoding="utf-8")
    with pytest.raises(goflow.InvalidWorkflow) as invalid:
        goflow.plan("w.yaml")
    with pytest.raises(goflow.InvalidWorkflow) as missing:
        goflow.plan("other.yaml")

    assert "\nw.yaml:3:13: unknown key `promt` in a step\nhelp: did you mean" in shown(invalid.value)
    assert shown(missing.value).endswith("\n`other.yaml` does not exist\n")


def shown(error: goflow.GoflowError) -> str:
    return "".join(traceback.format_exception(error))
