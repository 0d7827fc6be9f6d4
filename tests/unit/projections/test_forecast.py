from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace

import pytest

from goflow.events import RunStatus
from goflow.planning.plan import Plan
from goflow.projections.forecast import MOST_COURSES, forecast
from goflow.projections.forecast_draw import Drawing
from goflow.projections.forecast_guess import Guess, guess
from goflow.projections.forecast_play import Gate
from goflow.projections.forecast_skips import Skips
from goflow.projections.forecast_values import Asked, Forecast, Price, Source
from goflow.projections.sample import RunSamples
from goflow.scheduler import StepStatus
from goflow.workflow import Condition
from tests.properties.worlds import plan_of
from tests.unit.projections.earlier import run_like, run_of, sample
from tests.unit.projections.runs import step

PRICE = Price(input_usd=0.001, output_usd=0.01)
CHAIN = plan_of(step("a"), step("b", "a"))
BRANCHES = plan_of(
    step("a"),
    step("yes", "a", condition=Condition(step="a", contains=("y",))),
    step("no", "a", condition=Condition(step="a", not_contains=("y",))),
)


def expected(plan: Plan, runs: Sequence[RunSamples], asked: dict[str, Asked] | None = None) -> Forecast:
    known = {name: Asked(input_tokens=40, price=PRICE) for name in plan.steps} | (asked or {})
    return forecast(plan, runs, known, chance=random.Random(1))


def runs(count: int, plan: Plan = CHAIN, **fields: object) -> list[RunSamples]:
    chance = random.Random(count)
    return [
        run_like(plan, {name: round(1000 * chance.lognormvariate(0, 0.2)) for name in plan.steps}, **fields)
        for _ in range(count)
    ]


def test_without_an_earlier_run_everything_is_a_guess_by_the_texts() -> None:
    found = expected(CHAIN, [], {"b": Asked(input_tokens=40, most_output=100, price=PRICE)})

    assert {each.source for each in found.steps.values()} == {Source.GUESS}
    a, b = found.steps["a"], found.steps["b"]
    assert a.input_tokens.low == a.input_tokens.high == 40
    assert b.input_tokens.middle > 40 + a.output_tokens.low
    assert b.output_tokens.high == 100
    assert a.cost_usd is not None
    assert a.cost_usd.high / a.cost_usd.low > 5
    assert found.runs == 0
    assert found.path == ("a", "b")
    assert found.path_share == pytest.approx(1, abs=0.2)


def test_guesses_of_many_steps_are_off_together() -> None:
    wide = plan_of(*(step(f"s{number}") for number in range(50)))
    found = expected(wide, [])

    assert found.cost_usd is not None
    assert found.cost_usd.high / found.cost_usd.low > 2.5
    assert found.tokens.high / found.tokens.low > 2


def test_earlier_runs_tell_time_tokens_and_cost_and_more_of_them_more_exactly() -> None:
    few, many = expected(CHAIN, runs(3)), expected(CHAIN, runs(40))

    for found in (few, many):
        assert found.wall_ms.low < 2000 < found.wall_ms.high
        assert found.cost_usd is not None
        assert found.cost_usd.low < 0.002 < found.cost_usd.high
        assert found.tokens.low < 300 < found.tokens.high
        assert found.requests.middle == 2
    assert few.wall_ms.high / few.wall_ms.low > 1.2 * many.wall_ms.high / many.wall_ms.low
    assert many.steps["a"].runs == 40
    assert many.steps["a"].source is Source.RUNS


def test_the_same_plan_and_runs_give_the_same_forecast() -> None:
    assert expected(CHAIN, runs(4)) == expected(CHAIN, runs(4))


def test_what_runs_took_besides_their_steps_is_expected_too() -> None:
    slow = [replace(run, active_ms=run.active_ms + 60_000) for run in runs(5)]

    assert expected(CHAIN, slow).wall_ms.middle == pytest.approx(62_000, rel=0.1)
    only = plan_of(step("a"))
    assert expected(only, slow).wall_ms.middle < 3_000  # what other steps took is no part of it
    broken = [replace(run, status=RunStatus.INTERRUPTED) for run in slow]
    assert expected(CHAIN, broken).wall_ms.middle < 3_000


def test_waits_between_attempts_are_not_taken_for_what_runs_take_besides_their_steps() -> None:
    slow = [replace(run, active_ms=run.active_ms + 60_000) for run in runs(5, failed_attempts=1)]
    failed = [
        replace(run, samples=tuple(replace(each, status=StepStatus.FAILED) for each in run.samples))
        for run in slow
    ]

    assert expected(CHAIN, slow).wall_ms.high < 60_000
    assert expected(CHAIN, [*slow, *failed]).wall_ms.middle > 60_000  # these were not tried again


def test_what_the_limiter_cost_counts_where_no_limit_is_given() -> None:
    held_up = runs(5, throttled_ms=30_000)
    given = {name: Asked(input_tokens=1, price=PRICE, gate="m") for name in CHAIN.steps}

    assert expected(CHAIN, held_up).wall_ms.middle > 50_000
    assert expected(CHAIN, held_up, given).wall_ms.middle < 3_000


def test_a_step_that_was_left_out_widens_the_range_by_what_it_would_take() -> None:
    taken = [run_like(BRANCHES, {"a": 1000, "yes": 9000}) for _ in range(3)]
    passed = [run_like(BRANCHES, {"a": 1000, "no": 500}) for _ in range(1)]

    found = expected(BRANCHES, [*taken, *passed])

    assert found.steps["yes"].skip_rate == 0.25
    assert found.steps["no"].skip_rate == 0.75
    assert found.wall_ms.low < 1_700
    assert found.wall_ms.middle > 7_000


def test_a_branch_that_no_run_took_may_still_come() -> None:
    found = expected(BRANCHES, [run_like(BRANCHES, {"a": 1000, "yes": 1000}) for _ in range(3)])

    assert found.steps["no"].skip_rate == 1
    assert found.steps["no"].source is Source.GUESS
    assert found.steps["no"].duration_ms.middle == pytest.approx(1000, rel=0.5)
    assert found.path == ("a", "yes")


def test_of_an_unknown_branch_half_of_the_courses_are_left_out() -> None:
    skips = Skips(BRANCHES, [], random.Random(1))

    drawn = [skips.draw() for _ in range(400)]

    assert skips.rates == {"yes": 0.5, "no": 0.5}
    assert 150 < sum("yes" in each for each in drawn) < 250
    assert Skips(CHAIN, [], random.Random(1)).draw() == frozenset()


def test_steps_that_test_one_answer_go_the_other_way_together() -> None:
    skips = Skips(BRANCHES, [run_like(BRANCHES, {"a": 1, "yes": 1})], random.Random(1))

    assert {skips.draw() for _ in range(100)} == {frozenset({"yes"}), frozenset({"no"})}


def test_a_model_without_a_price_is_unpriced_and_never_free() -> None:
    nobody_knows = Asked(input_tokens=1)
    some_time = [run_of(*[replace(each, cost_usd=None) for each in run.samples]) for run in runs(3)]
    half = expected(CHAIN, [], {"b": nobody_knows})

    assert half.unpriced == ("b",)
    assert half.steps["b"].cost_usd is None
    assert half.cost_usd == half.steps["a"].cost_usd
    assert expected(CHAIN, [], {"a": nobody_knows, "b": nobody_knows}).cost_usd is None
    assert expected(CHAIN, some_time).unpriced == ("a", "b")


def test_what_takes_no_tokens_costs_nothing() -> None:
    asked = dict.fromkeys("ab", Asked(input_tokens=1, is_free=True))
    idle = runs(3, requests=0, input_tokens=0, output_tokens=0, cost_usd=None)

    for found in (expected(CHAIN, idle, asked), expected(CHAIN, [], asked)):
        assert found.cost_usd is not None
        assert found.cost_usd.high == 0
    assert expected(CHAIN, idle, dict.fromkeys("ab", Asked(input_tokens=1))).unpriced == ()


def in_other_words() -> list[RunSamples]:
    return [run_of(sample("a"), sample("b")) for _ in range(3)]


def test_an_earlier_price_counts_where_the_same_model_is_asked_else_the_table_does() -> None:
    same = dict.fromkeys("ab", Asked(input_tokens=1, names=frozenset({"m"}), price=PRICE))
    other = dict.fromkeys("ab", Asked(input_tokens=1, names=frozenset({"n"}), price=PRICE))

    kept, priced = expected(CHAIN, in_other_words(), same), expected(CHAIN, in_other_words(), other)

    assert kept.steps["a"].source is Source.OTHER_WORDS
    assert kept.cost_usd is not None
    assert kept.cost_usd.middle == pytest.approx(0.002, rel=0.2)
    assert priced.cost_usd is not None
    assert priced.cost_usd.middle == pytest.approx(1.2, rel=0.2)


def test_max_tokens_bounds_answers_that_were_longer_before() -> None:
    asked = dict.fromkeys("ab", Asked(input_tokens=1, price=PRICE, most_output=20))

    assert expected(CHAIN, in_other_words(), asked).steps["a"].output_tokens.high == 20


def test_a_guess_for_an_agent_with_tools_has_several_calls_now_and_then() -> None:
    chance = random.Random(1)

    drawn = [guess(Asked(input_tokens=10, has_tools=True), 5, Guess(), chance) for _ in range(200)]

    assert {each.calls for each in drawn} == {1, 2, 3, 4}
    assert drawn[0].cost_usd is None
    for each in drawn:
        assert each.input_tokens >= each.calls * 15


def test_of_a_large_plan_fewer_courses_are_played() -> None:
    played: list[int] = []

    def count(steps: int) -> int:
        wide = plan_of(*(step(f"s{number}") for number in range(steps)))
        asked = {name: Asked(input_tokens=1) for name in wide.steps}
        played.clear()

        def gates() -> dict[str, Gate]:
            played.append(1)
            return {}

        forecast(wide, [], asked, chance=random.Random(1), gates=gates)
        return len(played)

    assert count(1) > MOST_COURSES > count(200) > 100


def test_a_run_that_takes_no_time_has_a_path_all_the_same() -> None:
    only = plan_of(step("a"))
    found = expected(only, [run_like(only, {"a": 0})])

    assert found.path == ("a",)
    assert found.path_share == 1


def test_courses_of_steps_that_read_what_was_left_out_read_nothing() -> None:
    plan = plan_of(
        step("a"),
        step("b", "a", condition=Condition(step="a", contains=("y",))),
        step("c", "b"),
    )
    asked = dict.fromkeys("abc", Asked(input_tokens=40, is_free=True))
    courses = [Drawing(plan, [], asked, random.Random(seed)).draw() for seed in range(20)]

    for course in courses:
        has_read = course.steps["c"].input_tokens > 40
        assert has_read is ("b" not in course.left_out)
    assert len({course.left_out for course in courses}) == 2
