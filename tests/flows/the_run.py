"""What a test looks at of the one run that there is below the current folder."""

from __future__ import annotations

from pathlib import Path
from typing import TypeVar

from goflow.events import Event, Fact
from goflow.journal.reader import read_events

AnyFact = TypeVar("AnyFact", bound=Fact)


def run_folder() -> Path:
    [folder] = Path(".workflow-runs").glob("*/")
    return folder


def events() -> list[Event]:
    """Return the events so far; none where the run has not begun."""
    return [event for folder in Path(".workflow-runs").glob("*/") for event in read_events(folder)]


def facts(kind: type[AnyFact]) -> list[AnyFact]:
    return [event.fact for event in events() if isinstance(event.fact, kind)]
