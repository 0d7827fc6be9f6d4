"""Which of the ready steps goes first."""

from __future__ import annotations

from goflow.events import AttemptFailed, AttemptStarted, QuestionAnswered, QuestionAsked, RunClaimed
from goflow.planning.plan import Plan
from goflow.scheduler import decide, replay
from goflow.scheduler.commands import ContinueAttempt, StartAttempt
from goflow.scheduler.longest import longest_ways, places
from goflow.workflow import AgentStep, Config
from tests.properties.drive import Driver
from tests.properties.worlds import PASSING, World, plan_of

SHORT_FIRST = (
    AgentStep(id="short-1", prompt=""),
    AgentStep(id="short-2", prompt=""),
    AgentStep(id="a", prompt=""),
    AgentStep(id="b", prompt="", depends_on=("a",)),
    AgentStep(id="c", prompt="", depends_on=("b",)),
)


def limited(*steps: AgentStep, slots: int = 1) -> Plan:
    return plan_of(*steps, config=Config(max_concurrency=slots))


def claimed(plan: Plan, estimates: dict[str, int] | None = None) -> Driver:
    driver = Driver(World(plan=plan, script=dict.fromkeys(plan.steps, ("ok",))))
    driver.claim(estimates or {})
    return driver


def order_of(driver: Driver) -> list[str]:
    """Run to the end, one step at a time, and return the order in which the steps started."""
    driver.finish(lambda _count: 0)
    return [event.fact.step for event in driver.events if isinstance(event.fact, AttemptStarted)]


def test_without_estimates_the_longest_chain_of_steps_goes_first() -> None:
    assert order_of(claimed(limited(*SHORT_FIRST))) == ["a", "b", "short-1", "short-2", "c"]


def test_with_estimates_the_longest_time_goes_first() -> None:
    estimates = {"short-1": 10, "short-2": 900, "a": 10, "b": 10, "c": 10}

    assert order_of(claimed(limited(*SHORT_FIRST), estimates)) == ["short-2", "a", "b", "short-1", "c"]


def test_where_every_step_finds_a_slot_the_order_is_the_files() -> None:
    for slots in (0, 5, 6):
        assert places(limited(*SHORT_FIRST, slots=slots), {"c": 5}) == {}
        driver = claimed(limited(*SHORT_FIRST, slots=slots), {"c": 5})
        assert [command.step for command in decide(driver.state) if isinstance(command, StartAttempt)] == [
            "short-1",
            "short-2",
            "a",
        ]


def test_a_step_without_an_estimate_counts_as_the_mean_of_the_others() -> None:
    plan = limited(*SHORT_FIRST)

    assert longest_ways(plan, {"short-1": 100, "b": 301, "gone": 9_000}) == {
        "short-1": 100,
        "short-2": 200,
        "a": 701,
        "b": 501,
        "c": 200,
    }


def test_a_step_that_took_no_time_still_counts_for_something() -> None:
    ways = longest_ways(limited(*SHORT_FIRST), dict.fromkeys(("short-1", "short-2", "a", "b", "c"), 0))

    assert ways == {"short-1": 1, "short-2": 1, "a": 3, "b": 2, "c": 1}


def test_what_goes_on_with_an_answer_comes_before_longer_ways_that_start() -> None:
    steps = (
        AgentStep(id="gate", prompt=""),
        AgentStep(id="long", prompt="", depends_on=("gate",)),
        AgentStep(id="longer", prompt="", depends_on=("gate",)),
        AgentStep(id="quick", prompt=""),
    )
    driver = claimed(limited(*steps, slots=2), {"gate": 1, "long": 80, "longer": 90, "quick": 1})
    driver.obey()
    ask(driver, "quick")
    driver.end_attempt("gate")
    answer(driver, "quick")

    assert decide(driver.state) == [ContinueAttempt("quick", 1), StartAttempt("longer", 1, None)]


def ask(driver: Driver, step: str) -> None:
    driver.happen(QuestionAsked(step=step, attempt=1, question_id="q-1", text="which?"))


def answer(driver: Driver, step: str) -> None:
    driver.happen(QuestionAnswered(step=step, question_id="q-1", text="this", by="test"))


def test_an_attempt_that_fails_while_its_answer_waits_for_a_slot_is_not_made_again_too_soon() -> None:
    plan = limited(AgentStep(id="a", prompt="", retry_count=1), AgentStep(id="b", prompt=""))
    driver = claimed(plan)
    driver.obey()
    ask(driver, "a")
    driver.obey()
    answer(driver, "a")
    driver.happen(AttemptFailed(step="a", attempt=1, failure=PASSING, chance=0.5))
    driver.end_attempt("b")

    assert decide(driver.state) == []


def test_a_new_owner_may_know_better() -> None:
    plan = limited(*SHORT_FIRST)
    driver = claimed(plan)
    assert decide(driver.state) == [StartAttempt("a", 1, None)]
    driver.happen(RunClaimed(epoch=2, owner="other", estimates={"a": 1, "b": 1, "c": 1, "short-2": 50}))

    assert decide(driver.state) == [StartAttempt("short-2", 1, None)]
    assert decide(replay(plan, driver.events)) == [StartAttempt("short-2", 1, None)]
