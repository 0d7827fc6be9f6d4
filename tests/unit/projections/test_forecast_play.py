from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from goflow.planning.plan import Plan
from goflow.projections.forecast_path import bound_of, longest_path
from goflow.projections.forecast_play import Gate, Work, play, playable
from goflow.projections.forecast_values import Bound
from goflow.workflow import Budget, Condition, Config
from tests.properties.worlds import plan_of
from tests.unit.projections.runs import step


@dataclass
class OneAtATime:
    """Lets one call go at once, and one in ten seconds."""

    is_taken: bool = False
    free_at_ms: float = 0.0
    calls: int = 0

    def enter(self, now_ms: float, tokens: float) -> float | None:
        if self.is_taken:
            return None
        self.is_taken = True
        self.calls += 1
        at_ms = max(now_ms, self.free_at_ms)
        self.free_at_ms = at_ms + 10_000
        return at_ms

    def leave(self) -> None:
        self.is_taken = False


def timed(plan: Plan, works: Mapping[str, Work], gates: Mapping[str, Gate] | None = None) -> float:
    return play(playable(plan), works, estimates={}, gates=gates or {})


def lasting(*pairs: tuple[str, float]) -> dict[str, Work]:
    return {name: Work(duration_ms=ms) for name, ms in pairs}


def test_a_run_takes_as_long_as_the_scheduler_needs_for_it() -> None:
    plan = plan_of(step("a"), step("b"), step("long"), config=Config(max_concurrency=2))
    works = lasting(("a", 10), ("b", 10), ("long", 100))

    assert timed(plan, works) == 110
    assert play(playable(plan), works, estimates={"long": 100, "a": 10, "b": 10}, gates={}) == 100


def test_a_step_without_work_and_what_a_condition_says_take_no_time() -> None:
    plan = plan_of(
        step("a"),
        step("b", "a", condition=Condition(step="a", contains=("never",)), timeout_s=0.001),
        step("c", "b"),
    )

    assert timed(plan, lasting(("a", 100), ("c", 50))) == 150
    assert timed(plan, lasting(("a", 100), ("b", 30), ("c", 50))) == 180


def test_calls_wait_for_their_gate_and_the_slot_with_them() -> None:
    plan = plan_of(step("a"), step("b"), step("free"))
    works = {
        "a": Work(duration_ms=2_000, calls=2, tokens=10, gate="m"),
        "b": Work(duration_ms=1_000, calls=0, gate="m"),
        "free": Work(duration_ms=500, gate="of nobody"),
    }
    gate = OneAtATime()

    assert timed(plan, works, {"m": gate}) == 21_000
    assert gate.calls == 3
    assert timed(plan, {"free": works["free"]}, {"m": gate}) == 500


def test_the_longest_path_is_the_chain_that_takes_longest_without_what_is_left_out() -> None:
    plan = plan_of(step("a"), step("b", "a"), step("c", "a"), step("d", "b", "c"))

    assert longest_path(plan, lasting(("a", 1), ("b", 9), ("c", 2), ("d", 1))) == ("a", "b", "d")
    assert longest_path(plan, lasting(("a", 1), ("c", 2), ("d", 1))) == ("a", "c", "d")


def bound(slots: int, gates: Mapping[str, Gate] | None = None) -> Bound:
    plan = playable(plan_of(step("a"), step("b"), step("c"), config=Config(max_concurrency=slots)))
    works = {name: Work(duration_ms=100, gate="m") for name in plan.steps}
    return bound_of(plan, works, {}, lambda: gates or {})


def test_what_a_run_hangs_on_is_what_would_shorten_it_most() -> None:
    assert bound(0) is Bound.PATH
    assert bound(1) is Bound.SLOTS
    assert bound(0, {"m": OneAtATime()}) is Bound.LIMITS


def test_a_playable_plan_has_no_budget_and_no_timeouts() -> None:
    plan = playable(plan_of(step("a", timeout_s=1.0, budget=Budget(tokens=1))))

    assert (plan.budget, plan.timeout_ms) == (None, None)
    assert (plan.steps["a"].timeout_ms, plan.steps["a"].budget) == (None, None)
