from __future__ import annotations

from dataclasses import replace

from hypothesis import given, strategies as st

from goflow.events import (
    AttemptStarted,
    Event,
    RunFinished,
    RunStatus,
    StepFailed,
    StopReason,
    StopRequested,
)
from goflow.scheduler import RunState, StepStatus, decide, replay
from goflow.scheduler.commands import StartAttempt
from goflow.scheduler.longest import longest_ways
from tests.properties.drive import STEP_ENDS, Driver, ended_at_most_once, picture
from tests.properties.worlds import World, worlds


def first(_count: int) -> int:
    return 0


def run(world: World, data: st.DataObject) -> Driver:
    driver = Driver(world)
    driver.claim()
    driver.finish(lambda count: data.draw(st.integers(0, count - 1)))
    return driver


@given(world=worlds(), data=st.data())
def test_no_step_starts_before_its_upstream_has_ended(world: World, data: st.DataObject) -> None:
    ended: set[str] = set()
    for event in run(world, data).events:
        if isinstance(event.fact, AttemptStarted):
            assert ended.issuperset(world.plan.steps[event.fact.step].needs)
        if isinstance(event.fact, STEP_ENDS):
            ended.add(event.fact.step)


@given(world=worlds(), data=st.data())
def test_never_more_steps_run_than_the_limit_allows(world: World, data: st.DataObject) -> None:
    limit = world.plan.max_concurrency or len(world.plan.steps)
    driver = Driver(world)
    driver.claim()
    while not isinstance(driver.events[-1].fact, RunFinished):
        assert len(driver.state.running) <= limit
        if not driver.obey():
            driver.end_something(lambda count: data.draw(st.integers(0, count - 1)))


@given(world=worlds(), data=st.data())
def test_a_free_slot_is_never_left_empty_while_a_step_is_ready(world: World, data: st.DataObject) -> None:
    limit = world.plan.max_concurrency or len(world.plan.steps)
    driver = Driver(world)
    driver.claim()
    while not isinstance(driver.events[-1].fact, RunFinished):
        if not driver.obey():
            assert not driver.state.ready or len(driver.state.running) == limit
            driver.end_something(lambda count: data.draw(st.integers(0, count - 1)))


@given(world=worlds(), data=st.data())
def test_of_steps_that_never_ran_the_one_with_the_longest_way_goes_first(
    world: World, data: st.DataObject
) -> None:
    limit, plan = world.plan.max_concurrency, world.plan
    ways = longest_ways(plan, world.estimates) if 0 < limit < len(plan.steps) else {}
    driver = Driver(world)
    driver.claim()
    while not isinstance(driver.events[-1].fact, RunFinished):
        ready = [step for _, _, step in sorted(driver.state.ready)]
        starting = [command.step for command in decide(driver.state) if isinstance(command, StartAttempt)]
        line = sorted(ready, key=lambda step: (-ways.get(step, 0), plan.steps[step].index))
        assert ready == line
        assert starting == [step for step in line if step not in driver.state.failing][: len(starting)]
        if not driver.obey():
            driver.end_something(lambda count: data.draw(st.integers(0, count - 1)))


@given(world=worlds(), data=st.data())
def test_estimates_change_the_order_and_nothing_that_the_steps_come_to(
    world: World, data: st.DataObject
) -> None:
    whole = run(world, data)
    plain = Driver(replace(world, estimates={}))
    plain.claim()
    plain.finish(first)
    if has_no_timeout(whole.events) and has_no_timeout(plain.events):
        assert fates(plain.state) == fates(whole.state)


@given(world=worlds(), data=st.data())
def test_every_run_ends_with_every_step_ended(world: World, data: st.DataObject) -> None:
    state = run(world, data).state
    assert all(step.status.has_ended for step in state.steps.values())
    assert not state.running
    assert not state.waiting


@given(world=worlds(), data=st.data())
def test_a_fatal_failure_dooms_exactly_its_descendants(world: World, data: st.DataObject) -> None:
    state = run(world, data).state
    fatal = {
        name
        for name, step in state.steps.items()
        if step.status is StepStatus.FAILED and world.plan.steps[name].is_fatal
    }
    doomed = {name for name, step in state.steps.items() if step.status is StepStatus.NOT_RUN}
    assert doomed == descendants(world, fatal)
    assert (state.status is RunStatus.FAILED) == bool(fatal)


def descendants(world: World, roots: set[str]) -> set[str]:
    found: set[str] = set()
    border = list(roots)
    while border:
        followers = set(world.plan.steps[border.pop()].dependents) - found
        found |= followers
        border.extend(followers)
    return found


@given(world=worlds(), data=st.data())
def test_what_has_ended_never_changes(world: World, data: st.DataObject) -> None:
    ended: dict[str, str] = {}
    for event in run(world, data).events:
        if isinstance(event.fact, STEP_ENDS):
            assert event.fact.step not in ended
            ended[event.fact.step] = type(event.fact).__name__


@given(world=worlds(), data=st.data())
def test_a_replayed_journal_gives_the_live_state(world: World, data: st.DataObject) -> None:
    driver = run(world, data)
    assert picture(replay(world.plan, driver.events)) == picture(driver.state)


@given(world=worlds(), data=st.data())
def test_every_prefix_decides_what_the_live_run_decided(world: World, data: st.DataObject) -> None:
    driver = Driver(world)
    driver.claim()
    decisions = {}
    while not isinstance(driver.events[-1].fact, RunFinished):
        decisions[len(driver.events)] = decide(driver.state)
        if not driver.obey():
            driver.end_something(lambda count: data.draw(st.integers(0, count - 1)))
    for length, commands in decisions.items():
        assert decide(replay(world.plan, driver.events[:length])) == commands


@given(world=worlds(), data=st.data())
def test_after_a_crash_anywhere_the_run_ends_as_it_would_have(world: World, data: st.DataObject) -> None:
    whole = run(world, data)
    for length in range(2, len(whole.events)):
        resumed = Driver(world)
        for event in whole.events[:length]:
            resumed.now_ms = event.at_ms
            resumed.happen(event.fact)
        resumed.claim()
        resumed.finish(first)
        if has_no_timeout(whole.events) and has_no_timeout(resumed.events):
            assert fates(resumed.state) == fates(whole.state)
        assert ended_at_most_once(resumed.events)


def has_no_timeout(events: list[Event]) -> bool:
    return not any(
        isinstance(event.fact, StepFailed) and "timed out" in event.fact.failure.message for event in events
    )


def fates(state: RunState) -> dict[str, tuple[StepStatus, str | None]]:
    return {name: (step.status, state.outputs.get(name)) for name, step in state.steps.items()}


@given(world=worlds(), data=st.data(), grace_s=st.sampled_from((0.0, 1.0, None)))
def test_a_stopped_run_starts_nothing_and_goes_on_after_a_claim(
    world: World, data: st.DataObject, grace_s: float | None
) -> None:
    driver = Driver(world)
    driver.claim()
    for _ in range(data.draw(st.integers(0, 12))):
        if driver.state.status is not RunStatus.RUNNING:
            break
        if not driver.obey():
            driver.end_something(lambda count: data.draw(st.integers(0, count - 1)))
    if driver.state.status is RunStatus.RUNNING:
        driver.happen(StopRequested(reason=StopReason.SIGINT, grace_s=grace_s))
        before = len(driver.events)
        driver.finish(lambda count: data.draw(st.integers(0, count - 1)))
        assert not any(isinstance(event.fact, AttemptStarted) for event in driver.events[before:])
    if driver.state.status is RunStatus.INTERRUPTED:
        driver.claim()
        driver.finish(first)
    assert driver.state.status in (RunStatus.COMPLETED, RunStatus.FAILED)
    assert ended_at_most_once(driver.events)
