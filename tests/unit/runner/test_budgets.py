"""Runs under a budget: who waits, what stops the run, and that a larger budget lets it go on."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from goflow.backends.base import Need, Outcome, OverBudget, Ports, Refusal, Request, Success
from goflow.events import (
    AttemptStarted,
    CallAdmitted,
    CallThrottled,
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
from goflow.runner.clock import Clock
from goflow.workflow import AgentStep, Budget
from tests.properties.worlds import plan_of
from tests.unit.runner.runs import Stage


class Spender:
    """Reserves 10 tokens a request, takes a second and 6 tokens, and answers after some requests."""

    def __init__(self, clock: Clock, requests: int = 1) -> None:
        self.clock = clock
        self.requests = requests
        self.under_way = self.most = self.made = 0

    async def run(self, request: Request, ports: Ports) -> Outcome:
        taken = Usage()
        for _ in range(self.requests):
            try:
                async with ports.reserve(Need(tokens=10)) as settle:
                    self.under_way += 1
                    self.most = max(self.most, self.under_way)
                    self.made += 1
                    await self.clock.wait(asyncio.Event(), self.clock.now_ms() + 1000)
                    self.under_way -= 1
                    settle(Usage(requests=1, output_tokens=6))
                    taken = taken.plus(Usage(requests=1, output_tokens=6))
            except OverBudget as error:
                failure = Failure(kind=FailureKind.OVER_BUDGET, message=str(error))
                return Refusal(failure=failure, usage=taken)
        return Success(output="ok", usage=taken)

    def versions(self) -> Mapping[str, str]:
        return {}


def plan_with(count: int, tokens: int, own: int = 0) -> Plan:
    steps = [AgentStep(id=f"s{n}", prompt="", budget=Budget(tokens=own)) for n in range(count)]
    return plan_of(*steps, options=RunOptions(budget=Budget(tokens=tokens)))


def test_requests_that_others_leave_no_room_for_wait_and_go_on() -> None:
    stage = Stage(plan_with(4, tokens=30))
    spender = Spender(stage.clock)
    state = stage.run(spender)

    assert spender.most == 3
    assert state.status is RunStatus.COMPLETED
    [throttled] = stage.memo.facts(CallThrottled)
    [admitted] = stage.memo.facts(CallAdmitted)
    assert isinstance(throttled, CallThrottled)
    assert (throttled.limit, throttled.reason) == ("budget", "0 tokens spent and 30 reserved of 30")
    assert isinstance(admitted, CallAdmitted)
    assert admitted.waited_ms == 1000


def test_a_spent_budget_stops_the_run_when_what_is_under_way_has_ended() -> None:
    stage = Stage(plan_with(10, tokens=30))
    spender = Spender(stage.clock)
    state = stage.run(spender)

    assert spender.made == len(state.outputs) == 4
    assert (state.status, state.reason) == (RunStatus.INTERRUPTED, StopReason.BUDGET)


def test_a_budget_too_small_for_any_request_stops_the_run_once_and_says_what_one_needs() -> None:
    stage = Stage(plan_with(50, tokens=9))
    state = stage.run(Spender(stage.clock))

    assert (state.status, state.reason) == (RunStatus.INTERRUPTED, StopReason.BUDGET)
    assert stage.memo.facts(StopRequested) == [
        StopRequested(reason=StopReason.BUDGET, grace_s=None, needs_tokens=10)
    ]
    told = {fact.reason for fact in stage.memo.facts(CallThrottled) if isinstance(fact, CallThrottled)}
    assert told == {"a request may take up to 10 tokens, 9 are left"}


def test_a_larger_budget_lets_the_run_go_on_with_what_is_left() -> None:
    stage = Stage(plan_with(10, tokens=30))
    stage.run(Spender(stage.clock))
    stage.plan = plan_with(10, tokens=100)
    spender = Spender(stage.clock)
    state = stage.run(spender)

    assert state.status is RunStatus.COMPLETED
    assert spender.made == 6


def test_a_step_under_way_makes_no_further_request_when_the_budget_is_spent() -> None:
    stage = Stage(plan_with(2, tokens=30))
    state = stage.run(Spender(stage.clock, requests=5))

    assert state.outputs == {}
    assert (state.status, state.reason) == (RunStatus.INTERRUPTED, StopReason.BUDGET)


def test_a_step_over_its_own_budget_fails_and_the_others_go_on() -> None:
    stage = Stage(plan_with(2, tokens=1000, own=20))
    state = stage.run(Spender(stage.clock, requests=2))
    assert sorted(state.outputs) == ["s0", "s1"]

    stage = Stage(plan_with(2, tokens=1000, own=20))
    state = stage.run(Spender(stage.clock, requests=3))
    assert [failure.kind for failure in state.failures.values()] == [FailureKind.OVER_BUDGET] * 2
    assert state.failures["s0"].message == (
        "a request may take up to 10 tokens, 8 are left: give at least 22 tokens"
    )


def test_no_request_is_made_once_the_time_of_the_budget_is_over() -> None:
    plan = plan_of(AgentStep(id="a", prompt=""), options=RunOptions(budget=Budget(time_s=2.5)))
    stage = Stage(plan)
    spender = Spender(stage.clock, requests=5)
    state = stage.run(spender)

    assert spender.made == 3
    assert (state.status, state.reason) == (RunStatus.INTERRUPTED, StopReason.BUDGET)


def test_a_run_that_goes_on_although_the_time_of_its_budget_is_over_starts_nothing() -> None:
    steps = [AgentStep(id=name, prompt="") for name in "abc"]
    stage = Stage(plan_of(*steps, options=RunOptions(budget=Budget(time_s=0.5), max_concurrency=1)))
    assert list(stage.run(Spender(stage.clock)).outputs) == ["a"]
    state = stage.run(Spender(stage.clock))

    assert len(stage.memo.facts(AttemptStarted)) == 1
    assert (state.status, state.reason) == (RunStatus.INTERRUPTED, StopReason.BUDGET)


class Talker(Spender):
    """Takes two requests a step, with a turn that is kept between them."""

    async def run(self, request: Request, ports: Ports) -> Outcome:
        first = await super().run(request, ports)
        assert isinstance(first, Success)
        turn = TurnTaken(step=request.step, attempt=request.attempt, message="m", usage=first.usage)
        await ports.record(turn)
        second = await super().run(request, ports)
        assert isinstance(second, Success)
        return Success(output="ok", usage=first.usage.plus(second.usage))


def test_who_has_begun_goes_before_who_has_not() -> None:
    """Else all of a wide fan-out would begin, and none of it would end before the budget does."""
    stage = Stage(plan_with(10, tokens=60))
    state = stage.run(Talker(stage.clock))

    assert len(state.outputs) == 3
    assert (state.status, state.reason) == (RunStatus.INTERRUPTED, StopReason.BUDGET)


def test_a_step_that_is_stopped_while_it_waits_for_the_budget_lets_the_others_pass() -> None:
    steps = [AgentStep(id=f"s{n}", prompt="", timeout_s=0.5 if n == 1 else None) for n in range(4)]
    plan = plan_of(*steps, options=RunOptions(budget=Budget(tokens=100)))
    stage = Stage(plan)
    state = stage.run(Spender(stage.clock, requests=3))

    assert sorted(state.outputs) == ["s0", "s2", "s3"]
    assert list(state.failures) == ["s1"]
