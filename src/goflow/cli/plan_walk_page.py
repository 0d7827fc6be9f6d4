"""What `goflow plan --simulate` prints for people: each step, then each branch, then what to type next."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING, Final

from goflow.cli.columns import aligned, cut
from goflow.cli.plan_page import DEFAULT_MODEL, all_of, any_of, plan_head, step_rows
from goflow.cli.plan_texts import WIDEST, titled
from goflow.cli.run_page import words
from goflow.events import FailureKind
from goflow.scheduler.status import StepStatus

if TYPE_CHECKING:
    from goflow.api.simulating import Simulation
    from goflow.projections.walk import Branch, WalkedStep

WOULD: Final = {
    StepStatus.COMPLETED: "would run",
    StepStatus.SKIPPED: "would be skipped",
    StepStatus.FAILED: "would fail",
    StepStatus.NOT_RUN: "would not run",
    StepStatus.CANCELLED: "would be stopped",
}
_ENDS: Final = {
    0: "would complete",
    1: "would fail (exit code 1)",
    3: "would finish with failed steps (exit code 3)",
    4: "would fail, since no model answers (exit code 4)",
    6: "would be stopped by its timeout or its budget (exit code 6)",
}
_UNREACHED: Final = "would not be reached"
_SOURCES: Final = {
    "stubs": "from the stubs",
    "schema": "made from its schema",
    "plain": "made up",
}


def walk_page(simulation: Simulation, *, whole: Collection[str], way_on: str) -> str:
    """Return the page; `whole` are the steps whose texts are not cut, `way_on` is what to type next."""
    walk = simulation.walk
    steps = "".join(f"\n{_step(step, is_whole=step.planned.id in whole)}" for step in walk.steps)
    branches = "".join(map(_branch, walk.branches))
    branches = f"\nbranches\n{branches}" if branches else ""
    head = plan_head(simulation.run.plan, simulation.inputs)
    return f"{head}{steps}{branches}\n{_verdict(simulation)}{way_on}"


def would(status: StepStatus) -> str:
    """Say what a step that ends so in a simulation would do in a run."""
    return WOULD.get(status, _UNREACHED)


def _step(step: WalkedStep, *, is_whole: bool) -> str:
    lines = "".join(f"    {line}\n" for line in aligned(list(_rows(step))).splitlines())
    name = cut(step.planned.id, WIDEST)
    return f"{name}: {would(step.seen.status)}\n{lines}{''.join(_texts(step, is_whole=is_whole))}"


def _rows(step: WalkedStep) -> Iterator[tuple[str, str]]:
    seen = step.seen
    yield from step_rows(step.planned)
    if seen.skip_reason:
        yield "because", cut(seen.skip_reason, 2 * WIDEST)
    if seen.because:
        yield "because", f"{cut(seen.because, WIDEST)} failed"
    if len(seen.attempts) > 1:
        yield "asked", f"{len(seen.attempts)} times, at last {cut(seen.model or DEFAULT_MODEL, WIDEST)}"
    if seen.failure is not None:
        yield from (("error", line) for line in words(seen.failure.message))
        if seen.failure.kind is FailureKind.INVALID_OUTPUT and step.stub and step.stub.source == "schema":
            yield "help", "no answer that fits could be made from its schema; write one for `--stubs`"


def _texts(step: WalkedStep, *, is_whole: bool) -> Iterator[str]:
    seen, stub = step.seen, step.stub
    if stub is None or seen.prompt is None:
        return
    if stub.system:
        yield titled("system", stub.system, is_whole=is_whole)
    yield titled("prompt", seen.prompt, is_whole=is_whole)
    for use in step.calls:
        yield titled(f"calls {cut(use.tool, WIDEST)}, which is told", use.result or "", is_whole=is_whole)
    for question in step.questions:
        answer = "" if question.answer is None else question.answer.text
        yield titled("asks a person", f"{question.asked.text}\n> {answer}", is_whole=is_whole)
    if seen.output is not None:
        yield titled(f"answer, {_SOURCES[stub.source]}", seen.output, is_whole=is_whole)


def _branch(branch: Branch) -> str:
    tested = f"`{cut(branch.tested, WIDEST)}`"
    said = cut(branch.answer, WIDEST) or "nothing"
    lines = [
        f"{cut(branch.step, WIDEST)}: {_decision(branch, tested)}",
        f"  {tested} answered: {said}",
        f"  {_other_way(branch, tested)}",
    ]
    return "".join(f"  {line}\n" for line in lines)


def _decision(branch: Branch, tested: str) -> str:
    if branch.is_taken is None:
        return "not come to"
    if branch.is_taken:
        return f"taken, since {tested} {all_of(branch.demands)}"
    return cut(f"not taken: {branch.reason}", 2 * WIDEST)


def _other_way(branch: Branch, tested: str) -> str:
    if not branch.is_taken:
        return f"it would run where {tested} {all_of(branch.demands)}"
    if not branch.demands:
        return "it would never be skipped: its condition tests nothing"
    return f"it would be skipped where {tested} {any_of(branch.demands)}"


def _verdict(simulation: Simulation) -> str:
    counts = Counter(would(step.seen.status) for step in simulation.walk.steps)
    told = ", ".join(f"{count} {what}" for what, count in counts.items())
    return f"simulated, with nobody asked: {told}\nthe run {_end(simulation.exit_code)}\n"


def _end(code: int) -> str:
    return _ENDS.get(code, f"would be stopped (exit code {code})")
