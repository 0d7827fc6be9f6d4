"""What `goflow show RUN` prints for people: the run, a line a step with what to say of it, what next."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final

from goflow.cli.columns import aligned, cut
from goflow.cli.documents import models_of
from goflow.cli.moments import local_time
from goflow.events import RunStatus
from goflow.problems import count_of
from goflow.projections import assess, sum_run, sum_step
from goflow.projections.quantities import format_cost, format_time, format_tokens
from goflow.projections.shortfall import shortfalls_of
from goflow.projections.summary import how_to_answer, how_to_resume
from goflow.reporters.run_meta import shown_inputs
from goflow.reporters.sanitize import sanitize
from goflow.scheduler.status import StepStatus

if TYPE_CHECKING:
    from goflow.api.history import History
    from goflow.events import QuestionAsked
    from goflow.projections import RunView, Spending, StepView

_WIDEST: Final = 100
_MOST_LINES: Final = 20
_NUMBERS: Final = frozenset({2, 3, 4})


def run_page(history: History, *, memory_entries: int, name: str) -> str:
    """Return the page; `name` is what finds the run from here."""
    view = history.view
    head = aligned([("run", cut(view.run_id, _WIDEST)), *_head(history, memory_entries)])
    steps = "".join(f"  {line}\n" for line in _step_lines(history))
    questions = "".join(_question(question) for question in view.questions)
    steps = f"\nsteps\n{steps}" if steps else ""
    questions = f"\nopen questions\n{questions}" if questions else ""
    return f"{head}{steps}{questions}\nnext: {_next(history, name)}\n"


def _head(history: History, memory_entries: int) -> Iterator[tuple[str, str]]:
    view = history.view
    yield "workflow", cut(view.workflow_name, _WIDEST)
    reason = f" ({view.reason})" if view.reason else ""
    yield "status", f"{history.status}{reason}"
    yield from (("budget", each.told()) for each in shortfalls_of(view, history.plan))
    yield "started", local_time(view.started_ms)
    if view.created is not None and view.created.rerun_of:
        yield "rerun of", cut(view.created.rerun_of, _WIDEST)
    if view.ended_ms is not None:
        yield "ended", local_time(view.ended_ms)
    again = f", {view.epoch} owners" if view.epoch > 1 else ""
    yield "time", f"{format_time(view.active_ms)}{again}"
    if view.resume_at_ms is not None:
        yield "quota", f"there again at {local_time(view.resume_at_ms)}"
    for name, value in shown_inputs(view).items():
        yield "input", f"{cut(name, _WIDEST)} = {cut(value, _WIDEST)}"
    if models := models_of(view):
        yield "models", cut(", ".join(models), 2 * _WIDEST)
    if spent := shown_spending(sum_run(view)):
        yield "spent", spent
    if memory_entries:
        yield "memory", count_of(memory_entries, "entry", "entries")
    yield "folder", sanitize(str(history.folder))
    if history.is_original:
        yield "origin", "the original goflow, which keeps no journal"


def shown_spending(spent: Spending) -> str:
    """Return requests, tokens and cost as far as there are any."""
    parts = (
        count_of(spent.requests, "request") if spent.requests else "",
        format_tokens(spent.tokens) if spent.tokens else "",
        format_cost(spent),
    )
    return " · ".join(part for part in parts if part)


def _step_lines(history: History) -> Iterator[str]:
    steps = list(history.view.steps.values())
    lines = aligned([_row(step) for step in steps], right=_NUMBERS).splitlines()
    starved = _starved(history)
    for step, line in zip(steps, lines, strict=True):
        yield line
        yield from (f"    {note}" for note in _notes(step, starved.get(step.id, ())))


def _row(step: StepView) -> Sequence[str]:
    spent = sum_step(step)
    tries = len(step.attempts)
    return (
        cut(step.id, _WIDEST),
        step.status,
        "" if step.duration_ms is None else format_time(step.duration_ms),
        format_tokens(spent.tokens) if spent.tokens else "",
        format_cost(spent),
        f"{tries} tries" if tries > 1 else "",
        cut(step.model or "", _WIDEST),
    )


def _notes(step: StepView, starved_of: Sequence[str]) -> Iterator[str]:
    if step.failure is not None:
        yield from words(step.failure.message)
    if step.skip_reason:
        yield from words(step.skip_reason)
    if step.because:
        yield f"because {cut(step.because, _WIDEST)} failed"
    if step.origin is not None:
        yield where_from(step.origin)
    if step.throttled is not None:
        waits_for = f"{step.throttled.limit}, {step.throttled.reason}"
        yield f"waits for its turn: {cut(waits_for, 2 * _WIDEST)}"
    if step.throttled_ms:
        yield f"waited {format_time(step.throttled_ms)} for its turn"
    if starved_of:
        yield f"ran on an empty input: {', '.join(starved_of)} failed"


def where_from(origin: str) -> str:
    """Say where a result was taken from."""
    place = "the cache" if origin == "cache" else f"run {cut(origin, _WIDEST)}"
    return f"taken from {place}"


def words(text: str, most: int = _MOST_LINES) -> list[str]:
    """Return the lines of a text, harmless, each of a bearable length, and not too many."""
    lines = [cut(line, 2 * _WIDEST) for line in text.strip().splitlines()[: most + 1]]
    return lines if len(lines) <= most else [*lines[:most], "…"]


def _starved(history: History) -> dict[str, tuple[str, ...]]:
    return {} if history.plan is None else assess(history.view, history.plan).starved


def _question(question: QuestionAsked) -> str:
    choices = "".join(
        f"    {number}. {cut(text, _WIDEST)}\n" for number, text in enumerate(question.choices, 1)
    )
    asked = "\n    ".join(words(question.text))
    return f"  {cut(question.step, _WIDEST)} asks: {asked}\n{choices}"


def _next(history: History, name: str) -> str:
    view, status = history.view, history.status
    if not history.has_journal:
        return f"goflow show {name} --step ID"
    is_left = status is not RunStatus.RUNNING
    if view.questions:
        return how_to_answer(view, name) + (f", then goflow resume {name}" if is_left else "")
    if not is_left:
        return f"goflow show {name} --follow"
    if status is not RunStatus.COMPLETED or _has_failed(view):
        return f"goflow resume {name}{how_to_resume(view, history.plan)}"
    return f"goflow show {name} --step ID"


def _has_failed(view: RunView) -> bool:
    return any(step.status is StepStatus.FAILED for step in view.steps.values())
