"""What the files of a run folder that are made from events must hold, once a run has ended."""

from __future__ import annotations

import stat
from typing import TYPE_CHECKING

from goflow.errors import reason
from goflow.events import step_of
from goflow.projections import RunView, render_results
from goflow.reporters.memory_text import MemoryText
from goflow.reporters.run_meta import make_run_meta
from goflow.reporters.step_folders import folder_name
from goflow.reporters.step_meta import encode_text, make_step_meta

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from goflow.events import Event
    from goflow.planning.plan import Plan


def different_files(
    folder: Path, plan: Plan, events: Sequence[Event], source: bytes
) -> Iterator[tuple[str, str]]:
    """Yield the name of every file that is not as its events have it, and what became of it.

    `source` are the bytes of the workflow file. Files that the events say nothing of are not looked at.
    """
    for name, content in expected_files(plan, events, source):
        difference = _difference(folder / name, content)
        if difference:
            yield name, difference


def expected_files(plan: Plan, events: Sequence[Event], source: bytes) -> Iterator[tuple[str, bytes | None]]:
    """Yield names of files and their contents; None for a file that must not be there."""
    view = RunView(plan.steps)
    for event in events:
        view.see(event)
    yield "workflow.yaml", source
    yield "workflow.meta.json", make_run_meta(view, source)
    yield "final_output.md", encode_text(render_results(view, plan))
    if plan.memory is not None:
        yield "memory.md", encode_text(_memory(plan.memory.initial, events))
    touched = {step_of(event.fact) for event in events}
    for step in plan.steps:
        if step in touched:
            yield from _step_files(plan, view, step)


def _step_files(plan: Plan, view: RunView, name: str) -> Iterator[tuple[str, bytes | None]]:
    step, folder = view.steps[name], folder_name(plan.steps[name])
    if step.prompt is not None:
        yield f"{folder}/prompt.md", encode_text(step.prompt)
    yield f"{folder}/output.md", None if step.output is None else encode_text(step.output)
    yield f"{folder}/step.meta.json", make_step_meta(plan.steps[name], step)


def _memory(initial: str, events: Sequence[Event]) -> str:
    memory = MemoryText(initial)
    for event in events:
        memory.see(event)
    return memory.text()


def _difference(path: Path, content: bytes | None) -> str:
    """Return how a file differs; what is no file, or has another size, is not read."""
    try:
        facts = path.stat()
        if content is None:
            return "it should not be there: no event gives it"
        is_like = stat.S_ISREG(facts.st_mode) and facts.st_size == len(content)
        return "" if is_like and path.read_bytes() == content else "it is not what the events say"
    except FileNotFoundError:
        return "" if content is None else "it is missing"
    except OSError as error:
        return f"it cannot be read: {reason(error)}"
