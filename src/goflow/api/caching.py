"""A run and the cache: answers are taken from it before anybody is asked, and left in it for later runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from goflow.api.keeping import holds_secret, reason_not_to_keep
from goflow.events import (
    AttemptStarted,
    Event,
    Fact,
    MemoryWritten,
    Progress,
    QuestionAsked,
    RunReopened,
    StepCompleted,
    ToolCalled,
)
from goflow.journal.cache import Cache
from goflow.planning.content import Content, fingerprint_of
from goflow.projections.reuse import Result
from goflow.settings.folders import cache_folder

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from goflow.api.prepare import Prepared
    from goflow.planning.plan import PlannedStep
    from goflow.runner.reuse import Reuse

_Told: TypeAlias = ToolCalled | QuestionAsked | MemoryWritten


def open_cache(prepared: Prepared) -> CachedRun | None:
    """Return the cache as a run uses it; None where it has no room, or who answers is not known."""
    size = prepared.host.settings.cache_size
    if not size or prepared.answering.identity is None:
        return None
    host = prepared.host
    folder = cache_folder(host.environ, host.home) / "steps"
    return CachedRun(prepared, Cache(folder, most_bytes=size))


class CachedRun:
    """Finds answers for a run's steps, and keeps those that it is told of: a `Reuse` and a `Reporter`."""

    def __init__(self, prepared: Prepared, cache: Cache) -> None:
        self._prepared = prepared
        self._cache = cache
        self._fresh = frozenset(prepared.fresh)
        self._answers = {name: _answers(prepared, step) for name, step in prepared.plan.steps.items()}
        self._asked: dict[str, Content] = {}
        self._started: dict[str, AttemptStarted] = {}
        self._told: dict[str, list[_Told]] = {}
        self._has_kept = self._has_failed = False
        for event in prepared.history:
            self._see(event.fact)

    def find(self, step: str, content: Content) -> Result | None:
        """Look for an answer in the run that this one takes from, then in the cache."""
        known = self._of_runs.find(step, content) if self._of_runs is not None else None
        policy = self._prepared.plan.steps[step].cache
        if known is not None or policy is None or holds_secret(self._prepared.plan, content):
            return known
        whole = {**content, **self._around(step)}
        self._asked[step] = whole
        if step in self._fresh:
            return None
        now_ms = self._prepared.host.clock.now_ms()
        return self._cache.find(whole, fingerprint_of(whole), now_ms=now_ms, ttl_ms=policy.ttl_ms)

    @property
    def _of_runs(self) -> Reuse | None:
        return self._prepared.reuse

    def _around(self, step: str) -> Mapping[str, str]:
        """Return what an answer follows from besides the step: who answers, and where its tools look."""
        planned, prepared = self._prepared.plan.steps[step], self._prepared
        is_of_workflow = planned.cache is not None and planned.cache.is_of_workflow
        has_tools = planned.agent.tools != ()
        folders = "\n".join((str(prepared.host.cwd), *planned.extra_dirs))
        return {
            "answered by": "\n".join(self._answers[step]),
            "folders": folders if has_tools else "",
            "workflow": prepared.bundle.path if is_of_workflow else "",
        }

    def on_events(self, batch: Sequence[Event]) -> None:
        """Keep the answers among the events."""
        for event in batch:
            self._see(event.fact)
            if isinstance(event.fact, StepCompleted):
                self._complete(event.fact)

    def _see(self, fact: Fact) -> None:
        match fact:
            case AttemptStarted():
                self._started[fact.step] = fact
            case ToolCalled() | QuestionAsked() | MemoryWritten():
                self._told.setdefault(fact.step, []).append(fact)
            case RunReopened(rewritten=steps):
                for step in steps:
                    self._told.pop(step, None)
            case _:
                """Nothing else says whether an answer may be kept."""

    def _complete(self, fact: StepCompleted) -> None:
        content, started = self._asked.pop(fact.step, None), self._started[fact.step]
        told, planned = self._told.pop(fact.step, []), self._prepared.plan.steps[fact.step]
        if content is None or self._has_failed:
            return
        if reason_not_to_keep(planned, told, self._answers[fact.step]) is not None:
            return
        content = {**content, "prompt": started.prompt}
        if not holds_secret(self._prepared.plan, content):
            entries = tuple(each.text for each in told if isinstance(each, MemoryWritten))
            self._keep(self._result(started, fact, memory=entries, content=content))

    def _result(
        self, started: AttemptStarted, fact: StepCompleted, *, memory: tuple[str, ...], content: Content
    ) -> Result:
        return Result(
            step=fact.step,
            origin=self._prepared.run_id,
            agent=started.agent,
            model=fact.model or started.model,
            prompt=started.prompt,
            output=fact.output,
            memory=memory,
            content=content,
        )

    def _keep(self, result: Result) -> None:
        try:
            now_ms = self._prepared.host.clock.now_ms()
            self._cache.keep(result, fingerprint_of(result.content), now_ms=now_ms)
            self._has_kept = True
        except OSError as error:
            self._has_failed = True
            self._prepared.host.warn(f"the cache cannot be written, so nothing is kept there: {error}")

    def on_progress(self, progress: Progress) -> None:
        """Take no note of pieces of an answer."""

    async def close(self) -> None:
        """Make room in the cache."""
        if self._has_kept:
            self._cache.trim()


def _answers(prepared: Prepared, planned: PlannedStep) -> tuple[str, ...]:
    identity = prepared.answering.identity
    return () if identity is None or planned.cache is None else tuple(map(identity, planned.models))
