"""A run that is only played: the real scheduler and loop over stub answers, and nothing is left of it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from goflow.api.execute import execute
from goflow.api.mock_scripts import parse_source, read_script
from goflow.api.prepare import Prepared, prepare
from goflow.api.secrets import secret_values
from goflow.backends.stubs import StubBackend
from goflow.backends.stubs_tools import open_stub_tools
from goflow.journal.memory import MemoryJournal
from goflow.projections import exit_code
from goflow.projections.planned_view import known_inputs
from goflow.projections.walk import Stub, Walk, walk
from goflow.runner.jumping_clock import JumpingClock
from goflow.runner.masking import Masker
from goflow.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from goflow.api.host import Host
    from goflow.api.result import Run
    from goflow.events import QuestionAsked
    from goflow.loader.inputs import GivenInputs
    from goflow.planning.options import RunOptions
    from goflow.workflow import Bundle

_CHANCE = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Rehearsal:
    """A run that can be simulated; who would answer it for real has not been looked for."""

    prepared: Prepared
    backend: StubBackend

    @property
    def mask(self) -> Callable[[str], str]:
        """Return what takes secrets out of texts."""
        return Masker(secret_values(self.prepared)).text

    @property
    def inputs(self) -> Mapping[str, str]:
        """Return the inputs without secrets."""
        return known_inputs(self.prepared.plan, self.mask)


@dataclass(frozen=True, slots=True, kw_only=True)
class Simulation:
    """What has come of it; `exit_code` is that of `goflow run` with the same answers."""

    run: Run
    inputs: Mapping[str, str]
    walk: Walk
    exit_code: int


class StubAnswerer:
    """Answers every question with its first choice, and one without choices with a plain text."""

    async def answer(self, question: QuestionAsked) -> tuple[str, str] | None:
        """Return the answer, and that it is a stub."""
        return (question.choices[0] if question.choices else "stub answer"), "stub"


def rehearse(
    workflow: str | Path | Bundle,
    given: GivenInputs | Mapping[str, str],
    *,
    options: RunOptions,
    host: Host,
    stubs: Path | None = None,
) -> Rehearsal:
    """Read, check and plan a workflow as for a run, without a provider, a key, a cache or a run folder.

    `stubs` is a mock script. Raises as `prepare` does, and `InvalidWorkflow` for mistakes of the script.
    """
    clock = JumpingClock()
    backend = StubBackend(
        None if stubs is None else parse_source(read_script(host.cwd / stubs, str(stubs))),
        sleep=clock.sleep,
        open_tools=open_stub_tools(str(host.cwd.resolve())),
    )
    place = replace(
        host,
        backend=backend.open(),
        journal=MemoryJournal(),
        clock=clock,
        chance=lambda: _CHANCE,
        mock_script=None,
        recording=None,
    )
    prepared = prepare(workflow, given, options=replace(options, cache=False), host=place)
    return Rehearsal(prepared=prepared, backend=backend)


async def simulate(rehearsal: Rehearsal) -> Simulation:
    """Play the run to its end; waits take no time."""
    run = await execute(rehearsal.prepared, answerer=StubAnswerer())
    mask = rehearsal.mask
    stubs = {
        name: Stub(system=mask(stubbed.request.system), source=stubbed.source)
        for name, stubbed in rehearsal.backend.asked.items()
    }
    return Simulation(
        run=run,
        inputs=rehearsal.inputs,
        walk=walk(run.plan, run.view, run.events, stubs=stubs, mask=mask),
        exit_code=exit_code(run.view, run.plan),
    )
