"""Whatever runs ask for and however it ends, they keep to their budgets, and they end."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from hypothesis import given, settings, strategies as st

from goflow.backends.base import Need, Outcome, OverBudget, Ports, Refusal, Request, Success
from goflow.events import (
    NO_USAGE,
    Failure,
    FailureKind,
    RunStatus,
    StopReason,
    StopRequested,
    TurnTaken,
    Usage,
)
from goflow.planning.options import RunOptions
from goflow.planning.plan import Plan
from goflow.projections.run_view import RunView
from goflow.projections.spending import Spending, sum_run
from goflow.runner.clock import Clock
from goflow.scheduler import RunState
from goflow.workflow import AgentStep, Budget, Config
from tests.properties.worlds import plan_of
from tests.unit.runner.runs import Stage

ENDED = (RunStatus.COMPLETED, RunStatus.FAILED, RunStatus.INTERRUPTED)
PRICE = 1 / 64
"""Of a token, in US dollars; its multiples add up exactly."""


@dataclass(frozen=True, kw_only=True)
class Asked:
    """One request: what it may take, what it takes, how long, and how often it fails before."""

    most: int
    takes: int
    ms: int
    fails: int
    has_price: bool

    def need(self) -> Need:
        return Need(tokens=self.most, cost_usd=self.most * PRICE if self.has_price else None)

    def usage(self) -> Usage:
        cost_usd = self.takes * PRICE if self.has_price else None
        return Usage(requests=1, output_tokens=self.takes, cost_usd=cost_usd)


@dataclass(kw_only=True)
class Owed:
    """A backend that keeps its own count."""

    clock: Clock
    script: Mapping[str, Sequence[Asked]]
    cap_usd: float
    cap_tokens: int
    owed_usd: float = 0.0
    tokens: int = 0

    async def run(self, request: Request, ports: Ports) -> Outcome:
        taken = NO_USAGE
        turns = sum(isinstance(fact, TurnTaken) for fact in request.so_far)
        asked = self.script[request.step]
        for index, each in enumerate(asked[turns:], start=turns + 1):
            try:
                usage = await self._ask(each, ports)
            except OverBudget as error:
                return Refusal(failure=Failure(kind=FailureKind.OVER_BUDGET, message=str(error)), usage=taken)
            taken = taken.plus(usage)
            if request.failed_attempts < each.fails:
                return Refusal(failure=Failure(kind=FailureKind.OVERLOADED, message="busy"), usage=taken)
            if index < len(asked):
                turn = TurnTaken(step=request.step, attempt=request.attempt, message="m", usage=usage)
                await ports.record(turn)
        return Success(output="ok", usage=taken)

    async def _ask(self, asked: Asked, ports: Ports) -> Usage:
        async with ports.reserve(asked.need()) as settle:
            await self.clock.wait(asyncio.Event(), self.clock.now_ms() + asked.ms)
            usage = asked.usage()
            self.owed_usd += usage.cost_usd or 0.0
            self.tokens += usage.output_tokens
            settle(usage)
            return usage

    def is_overshot(self) -> bool:
        is_too_dear = bool(self.cap_usd) and self.owed_usd > self.cap_usd
        return is_too_dear or (bool(self.cap_tokens) and self.tokens > self.cap_tokens)

    def versions(self) -> Mapping[str, str]:
        return {}


@st.composite
def asked(draw: st.DrawFn) -> Asked:
    most = draw(st.integers(1, 20))
    return Asked(
        most=most,
        takes=draw(st.integers(0, most)),
        ms=draw(st.sampled_from((0, 10, 100, 1000))),
        fails=draw(st.sampled_from((0, 0, 0, 1, 2))),
        has_price=draw(st.sampled_from((True, True, True, False))),
    )


@dataclass(frozen=True, kw_only=True)
class Case:
    """Steps with what they ask, and what they may spend; one that is stopped is so at `stop_ms`."""

    steps: tuple[AgentStep, ...]
    script: Mapping[str, Sequence[Asked]]
    budget: Budget
    slots: int
    stop_ms: int | None

    def plan(self, budget: Budget | None) -> Plan:
        config = Config(max_concurrency=self.slots)
        return plan_of(*self.steps, config=config, options=RunOptions(budget=budget))


@st.composite
def cases(draw: st.DrawFn) -> Case:
    count = draw(st.integers(1, 8))
    steps = tuple(
        AgentStep(
            id=f"s{n}",
            prompt="",
            depends_on=(f"s{n - 1}",) if n and draw(st.sampled_from((True, False, False))) else (),
            retry_count=draw(st.integers(0, 2)),
            timeout_s=draw(st.sampled_from((None, None, 0.5))),
            budget=draw(st.sampled_from((None, None, Budget(tokens=15), Budget(cost_usd=10 * PRICE)))),
        )
        for n in range(count)
    )
    return Case(
        steps=steps,
        script={step.id: draw(st.lists(asked(), min_size=1, max_size=4)) for step in steps},
        budget=Budget(
            cost_usd=draw(st.sampled_from((0, 10, 40, 100))) * PRICE,
            tokens=draw(st.sampled_from((0, 15, 60))),
            time_s=draw(st.sampled_from((0.0, 0.0, 0.0, 1.5))),
        ),
        slots=draw(st.integers(0, 3)),
        stop_ms=draw(st.sampled_from((None, None, 5, 150))),
    )


def driven(stage: Stage, backend: Owed, stop_ms: int | None) -> RunState:
    """Drive a run to its end, which must come; somebody may stop it."""

    async def drive() -> RunState:
        async with asyncio.timeout(20), asyncio.TaskGroup() as group:
            driving = group.create_task(stage.drive(backend))
            if stop_ms is not None:
                await stage.clock.wait(asyncio.Event(), stage.clock.now_ms() + stop_ms)
                if stage.loop is not None:
                    stage.loop.submit(StopRequested(reason=StopReason.SIGINT, grace_s=0.05))
        return driving.result()

    return asyncio.run(drive())


def spent(stage: Stage) -> Spending:
    view = RunView()
    for event in stage.journal.read():
        view.see(event)
    return sum_run(view)


@settings(max_examples=150)
@given(case=cases())
def test_no_run_overshoots_its_budget_and_each_one_ends(case: Case) -> None:
    stage = Stage(case.plan(case.budget))
    cap_usd, cap_tokens = case.budget.cost_usd, case.budget.tokens
    backend = Owed(clock=stage.clock, script=case.script, cap_usd=cap_usd, cap_tokens=cap_tokens)
    state = driven(stage, backend, case.stop_ms)

    assert not backend.is_overshot()
    assert state.status in ENDED
    assert state.status is not RunStatus.INTERRUPTED or state.reason in (
        StopReason.BUDGET,
        StopReason.SIGINT,
    )
    known = spent(stage)
    assert (known.cost_usd or 0.0) <= backend.owed_usd
    assert known.tokens <= backend.tokens


@settings(max_examples=60)
@given(case=cases())
def test_a_run_that_is_resumed_keeps_to_its_budget_and_ends_without_one(case: Case) -> None:
    bounded = replace(case.budget, time_s=0.0)
    stage = Stage(case.plan(bounded))
    cap_usd, cap_tokens = bounded.cost_usd, bounded.tokens
    for stop_ms in (case.stop_ms, None):
        before = spent(stage)
        backend = Owed(
            clock=stage.clock,
            script=case.script,
            cap_usd=max(0.0, cap_usd - (before.cost_usd or 0.0)) if before.unpriced == 0 else 0.0,
            cap_tokens=max(0, cap_tokens - before.tokens),
        )
        state = driven(stage, backend, stop_ms)
        assert not backend.is_overshot()
        assert state.status in ENDED
        assert not cap_tokens or spent(stage).tokens <= cap_tokens
        assert not cap_usd or (spent(stage).cost_usd or 0.0) <= cap_usd
    stage.plan = case.plan(None)
    state = driven(stage, Owed(clock=stage.clock, script=case.script, cap_usd=0, cap_tokens=0), None)

    assert state.status in (RunStatus.COMPLETED, RunStatus.FAILED)
    assert state.unfinished == 0
