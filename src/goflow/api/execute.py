"""A run from its first event to its last: everything is opened, the loop is driven, everything is closed."""

from __future__ import annotations

import os
import socket
from contextlib import AsyncExitStack, nullcontext
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from goflow._version import __version__
from goflow.api.defects import one_error_alone
from goflow.api.learning import Lessons, keep_samples
from goflow.api.place import Place, open_place
from goflow.api.recall import has_ended
from goflow.api.result import Run
from goflow.api.secrets import remember, secret_values
from goflow.api.tooling import tools_of
from goflow.backends.base import AttachedFile
from goflow.events import (
    Event,
    Fact,
    Progress,
    RunClaimed,
    RunCreated,
    RunReopened,
    SourceRecord,
)
from goflow.projections.run_view import RunView
from goflow.reporters.guarded import Guarded
from goflow.runner.attempt import Workplace
from goflow.runner.clock import OnwardClock
from goflow.runner.loop import RunLoop, Surroundings
from goflow.runner.masking import Masker
from goflow.runner.people import Answerer, Nobody
from goflow.runner.publish import Publisher
from goflow.runner.purse import purse_of
from goflow.runner.stop import stop_on_signals
from goflow.scheduler import RunState, replay

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from goflow.api.caching import CachedRun
    from goflow.api.prepare import Prepared
    from goflow.backends.base import Backend
    from goflow.reporters.base import Reporter

_NOBODY: Final = Nobody()


async def execute(
    prepared: Prepared,
    *,
    reporters: Sequence[Reporter] = (),
    answerer: Answerer = _NOBODY,
    has_person: bool = False,
    handle_signals: bool = False,
) -> Run:
    """Start, or go on with, what was prepared; return when the run has ended or is stopped.

    Failed steps are part of the result. `has_person` says that `answerer` can show a tool call to somebody
    who may allow it. Raises `GoflowError` where the run cannot be kept: its folder, its
    journal, its lock.
    """
    is_over = _is_over(prepared)
    async with AsyncExitStack() as stack:
        place = await stack.enter_async_context(open_place(prepared))
        witness = _Witness(view=RunView(prepared.plan.steps))
        witness.on_events(prepared.history)
        cached = None if is_over else _cache_of(prepared)
        keeping: list[Reporter] = [] if cached is None else [cached]
        prepared = prepared if cached is None else replace(prepared, reuse=cached)
        guarded = [Guarded(reporter, prepared.host.warn) for reporter in reporters]
        told: list[Reporter] = [witness, *keeping, *place.reporters, *guarded]
        for reporter in told:
            stack.push_async_callback(reporter.close)
        if not is_over:
            tools = tools_of(prepared, has_person=has_person)
            backend = await stack.enter_async_context(prepared.answering.open(tools))
            await _drive(
                prepared, place, told, backend=backend, answerer=answerer, handle_signals=handle_signals
            )
    run = Run(
        run_id=prepared.run_id,
        folder=place.folder,
        plan=prepared.plan,
        view=witness.view,
        events=tuple(witness.events),
        files_error=None if place.files is None else place.files.error,
    )
    if not is_over:
        await keep_samples(prepared, run)
    return run


def _cache_of(prepared: Prepared) -> CachedRun | None:
    """Return the cache as the run uses it; what knows of it is imported only where a step does."""
    if all(step.cache is None for step in prepared.plan.steps.values()):
        return None
    from goflow.api.caching import open_cache

    return open_cache(prepared)


def _is_over(prepared: Prepared) -> bool:
    """Whether nothing is left to do but to make sure of the run's files."""
    return has_ended(prepared.history) and not prepared.again and not prepared.is_changed


async def _drive(
    prepared: Prepared,
    place: Place,
    told: Sequence[Reporter],
    *,
    backend: Backend,
    answerer: Answerer,
    handle_signals: bool,
) -> None:
    """Go on from where the history leaves the run until it has ended or is stopped."""
    state = replay(prepared.plan, prepared.history)
    lessons = Lessons(prepared)
    opening = _opening(prepared, state, backend.versions(), lessons)
    clock = OnwardClock(prepared.host.clock, state.now_ms)
    masker = Masker(secret_values(prepared))
    loop = RunLoop(
        state,
        Surroundings(
            publisher=Publisher(state, journal=place.journal, reporters=told, clock=clock, masker=masker),
            backend=backend,
            purse=purse_of(prepared.plan, prepared.history),
            clock=clock,
            chance=prepared.host.chance,
            answerer=prepared.answering.answerer or answerer,
            place=_workplace(prepared, lessons),
            warn=prepared.host.warn,
            reuse=prepared.reuse,
        ),
    )
    with stop_on_signals(loop.submit) if handle_signals else nullcontext():
        async with place.watch_inbox(loop, prepared):
            with one_error_alone():
                await loop.drive(opening)


def _workplace(prepared: Prepared, lessons: Lessons) -> Workplace:
    contents = {source.digest: source.content for source in prepared.sources}
    attachments = {
        name: tuple(
            AttachedFile(name=file.name, media_type=file.media_type, content=contents[file.digest])
            for file in step.attachments
        )
        for name, step in prepared.plan.steps.items()
        if step.attachments
    }
    return Workplace(
        run_id=prepared.run_id,
        workspace=str(prepared.host.cwd),
        attachments=attachments,
        ranks=lessons.ranks(),
        has_tools=prepared.answering.backend != "cli",
    )


@dataclass(slots=True)
class _Witness:
    """Remembers a run for whoever asked for it."""

    view: RunView
    events: list[Event] = field(default_factory=list)

    def on_events(self, batch: Sequence[Event]) -> None:
        self.events.extend(batch)
        for event in batch:
            self.view.see(event)

    def on_progress(self, progress: Progress) -> None:
        """Remember nothing: the answer comes as an event."""

    async def close(self) -> None:
        """Do nothing."""


def _opening(
    prepared: Prepared, state: RunState, versions: Mapping[str, str], lessons: Lessons
) -> list[Fact]:
    """Return the owner's first facts: the run itself if it is new, the claim, and what is done again."""
    claim = RunClaimed(
        epoch=state.epoch + 1,
        owner=f"{socket.gethostname()}:{os.getpid()}",
        versions={"goflow": __version__, **versions},
        estimates=lessons.estimates(),
    )
    if not prepared.history:
        return [_created(prepared), claim, *(result.taken_by(result.step) for result in prepared.taken)]
    if not prepared.again and not prepared.is_changed:
        return [claim]
    changed = prepared.is_changed
    return [
        claim,
        RunReopened(
            again=prepared.again,
            sources=_records(prepared) if changed else (),
            options=prepared.options if changed else None,
            rewritten=prepared.rewritten,
        ),
    ]


def _created(prepared: Prepared) -> RunCreated:
    secret = prepared.plan.secret_inputs
    return RunCreated(
        run_id=prepared.run_id,
        workflow_name=prepared.plan.name,
        workflow_path=prepared.bundle.path,
        workspace=str(prepared.host.cwd),
        goflow_version=__version__,
        sources=_records(prepared),
        inputs={name: value for name, value in prepared.plan.inputs.items() if name not in secret},
        secrets=remember(prepared.plan),
        options=prepared.options,
        rerun_of=prepared.rerun_of,
        fresh=prepared.fresh,
    )


def _records(prepared: Prepared) -> tuple[SourceRecord, ...]:
    return tuple(
        SourceRecord(role=source.role, path=source.path, digest=source.digest) for source in prepared.sources
    )
