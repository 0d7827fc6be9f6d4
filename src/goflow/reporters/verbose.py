"""`--verbose`: the lines of the original, word for word."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from goflow.events import (
    AnswerRefused,
    AttemptFailed,
    AttemptStarted,
    Event,
    Fact,
    QuestionAsked,
    RunClaimed,
    RunFinished,
    StepCancelled,
    StepCompleted,
    StepFailed,
    StepNotRun,
    StepReused,
    StepSkipped,
    StopRequested,
    ToolCalled,
    ToolReturned,
)
from goflow.reporters.sanitize import sanitize_line

if TYPE_CHECKING:
    from goflow.events import Progress
    from goflow.planning.plan import Plan


def say_loading(file: str) -> str:
    """Return the first line, which is due before there is a run."""
    return f"[INFO] Loading workflow: {sanitize_line(file)}\n"


class VerboseLines:
    """Tells of levels as they begin, of steps as they end, and of the turns of agents."""

    def __init__(self, plan: Plan, write: Callable[[str], None]) -> None:
        self._plan = plan
        self._write = write
        self._begun: set[int] = set()
        self._claimed_ms = 0

    def on_events(self, batch: Sequence[Event]) -> None:
        """Write the lines of a batch at once."""
        lines = [f"{line}\n" for event in batch for line in self._lines(event)]
        if lines:
            self._write("".join(lines))

    def on_progress(self, progress: Progress) -> None:
        """Write nothing: text is for `--stream`."""

    async def close(self) -> None:
        """Do nothing: every batch has been written."""

    def _lines(self, event: Event) -> Iterator[str]:
        match event.fact:
            case RunClaimed() as fact:
                self._claimed_ms = event.at_ms
                verb = "Starting" if fact.epoch == 1 else "Resuming"
                yield f"[INFO] {verb} workflow: {sanitize_line(self._plan.name)}"
            case RunFinished() as fact:
                yield f"[INFO] Workflow {fact.status} in {(event.at_ms - self._claimed_ms) / 1000:.2f}s"
            case AttemptStarted() | StepSkipped() | StepReused() as fact:
                yield from self._level(fact.step)
                yield from _step_lines(fact)
            case _:
                yield from _step_lines(event.fact)

    def _level(self, step: str) -> Iterator[str]:
        level = self._plan.steps[step].level
        if level not in self._begun:
            self._begun.add(level)
            yield f"[INFO] Level {level}: {', '.join(self._plan.levels[level])}"


def _step_lines(fact: Fact) -> Iterator[str]:  # noqa: C901, PLR0912 - one case a fact, nothing else
    match fact:
        case AttemptStarted():
            yield f"[{fact.step}] Agent turn started"
        case StepCompleted():
            yield f"[{fact.step}] Session completed"
            yield _ended(fact.step, "completed")
        case StepReused():
            yield _ended(fact.step, f"completed, from {sanitize_line(fact.origin)}")
        case AttemptFailed():
            yield f"[{fact.step}] Session error: {sanitize_line(fact.failure.message)}"
        case ToolCalled():
            yield f"[{fact.step}] Calling tool: {sanitize_line(fact.tool)}"
        case ToolReturned():
            yield f"[{fact.step}] {_came_back(fact)}"
        case AnswerRefused():
            yield f"[{fact.step}] Answer refused: {sanitize_line(fact.complaint)}"
        case QuestionAsked():
            yield f"[{fact.step}] Asking: {sanitize_line(fact.text)}"
        case StepSkipped():
            yield _ended(fact.step, "SKIPPED: condition not met")
        case StepFailed():
            yield _ended(fact.step, f"FAILED: {sanitize_line(fact.failure.message)}")
        case StepNotRun():
            yield _ended(fact.step, f"NOT RUN: {fact.because} failed")
        case StepCancelled():
            yield _ended(fact.step, "CANCELLED")
        case StopRequested():
            yield f"[INFO] Stopping: {fact.reason}"
        case _:
            return


def _came_back(fact: ToolReturned) -> str:
    tool = sanitize_line(fact.tool)
    return (
        f"Tool failed: {tool}: {sanitize_line(fact.result[:200])}"
        if fact.is_error
        else f"Tool completed: {tool}"
    )


def _ended(step: str, how: str) -> str:
    return f"[INFO] Step: {step} ({how})"
