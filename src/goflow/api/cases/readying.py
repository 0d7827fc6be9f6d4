"""A case, made ready: a run in memory on a clock that jumps, without keys, settings or cache."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from goflow.api.cases.stubbing import harmless_tools
from goflow.api.host import Host
from goflow.api.prepare import Prepared, prepare
from goflow.backends.chaos import Disturbed, open_chaos
from goflow.backends.mock import open_mock
from goflow.backends.stubs import StubBackend
from goflow.journal.memory import MemoryJournal
from goflow.loader.inputs import read_inputs
from goflow.planning.options import RunOptions
from goflow.problems import Span
from goflow.runner.jumping_clock import JumpingClock
from goflow.settings import Settings
from goflow.values import dataclass

if TYPE_CHECKING:
    from pathlib import Path

    from goflow.api.cases.answers import Answers
    from goflow.backends.base import OpenBackend
    from goflow.loader.case_written import WrittenCase
    from goflow.tools.toolbox import Toolbox
    from goflow.workflow import Bundle
    from goflow.workflow.case import Check


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadyCase:
    """A case that can be run, once; `met` is filled with the faults that it meets."""

    name: str
    at: Span
    prepared: Prepared
    expect: tuple[Check, ...]
    seed: int
    met: list[Disturbed]


@dataclass(frozen=True, slots=True, kw_only=True)
class Around:
    """Where cases run; `seed` is in place of their own."""

    cwd: Path
    home: Path
    seed: int | None = None


def make_ready(case: WrittenCase, bundle: Bundle, answers: Answers, around: Around) -> ReadyCase:
    """Prepare the run of a case; raises what `prepare` raises."""
    options = RunOptions(backend="mock" if answers.recording is None else "replay", cache=False)
    pairs = [f"{name}={value.text}" for name, value in case.inputs.items()]
    inputs = read_inputs(bundle, pairs, cwd=around.cwd)
    prepared = prepare(bundle, inputs, options=options, host=_host(answers, around))
    seed = case.seed if around.seed is None else around.seed
    met: list[Disturbed] = []
    return ReadyCase(
        name=case.name.text,
        at=case.at,
        prepared=_disturbed(prepared, case, seed=seed, met=met),
        expect=case.expect.checks,
        seed=seed,
        met=met,
    )


def _host(answers: Answers, around: Around) -> Host:
    clock = JumpingClock()
    recording = None if answers.recording is None else str(answers.recording)
    return Host(
        cwd=around.cwd,
        home=around.home,
        environ={},
        settings=Settings(),
        recording=recording,
        backend=_stubs(answers, clock, str(around.cwd.resolve())) if recording is None else None,
        journal=MemoryJournal(),
        clock=clock,
        chance=lambda: 0.5,
    )


def _stubs(answers: Answers, clock: JumpingClock, workspace: str) -> OpenBackend:
    async def open_tools() -> Toolbox:
        return harmless_tools(clock, workspace)

    if answers.mock is not None:
        return open_mock(answers.mock, sleep=clock.sleep, open_tools=open_tools)
    return StubBackend(answers.script, sleep=clock.sleep, open_tools=open_tools).open()


def _disturbed(prepared: Prepared, case: WrittenCase, *, seed: int, met: list[Disturbed]) -> Prepared:
    """Put the case's faults in front of whoever answers."""
    if not case.chaos:
        return prepared
    behind = prepared.answering.open
    answering = replace(
        prepared.answering, open=lambda tools: open_chaos(behind(tools), case.chaos, seed=seed, met=met)
    )
    return replace(prepared, answering=answering)
