"""What may be spent: whatever is reserved, settled and given back, no budget is ever overshot."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, strategies as st

from goflow.backends.base import Need
from goflow.events import (
    AnswerRefused,
    AttemptFailed,
    AttemptStarted,
    Event,
    Failure,
    FailureKind,
    TurnTaken,
    Usage,
)
from goflow.planning.options import RunOptions
from goflow.runner.pot import Pot
from goflow.runner.purse import Purse, Reserved, Shortage, purse_of
from goflow.workflow import AgentStep, Budget
from tests.properties.worlds import plan_of

CENTS = st.integers(0, 40).map(lambda cents: cents / 64)  # sums of 64ths are exact
NEEDS = st.builds(Need, tokens=st.integers(0, 50), cost_usd=st.none() | CENTS)


@given(
    cap_usd=st.none() | st.integers(0, 256).map(lambda cents: cents / 64),
    cap_tokens=st.none() | st.integers(0, 200),
    own_tokens=st.none() | st.integers(0, 80),
    data=st.data(),
)
def test_no_order_of_requests_overshoots_a_budget(
    cap_usd: float | None, cap_tokens: int | None, own_tokens: int | None, data: st.DataObject
) -> None:
    own = Pot(None, own_tokens)
    purse = Purse(Pot(cap_usd, cap_tokens), {"a": own})
    held: list[Reserved] = []
    for _ in range(data.draw(st.integers(0, 30))):
        if held and data.draw(st.sampled_from((True, False))):
            _end_one(purse, held, data)
        else:
            taken = purse.take(data.draw(st.sampled_from("ab")), data.draw(NEEDS))
            if isinstance(taken, Reserved):
                held.append(taken)
        assert cap_usd is None or purse.run.spent_usd + purse.run.held_usd <= cap_usd
        assert cap_tokens is None or purse.run.spent_tokens + purse.run.held_tokens <= cap_tokens
        assert own_tokens is None or own.spent_tokens + own.held_tokens <= own_tokens
    while held:
        _end_one(purse, held, data)
    assert purse.run.held_tokens == own.held_tokens == 0
    assert purse.run.held_usd == 0


def _end_one(purse: Purse, held: list[Reserved], data: st.DataObject) -> None:
    reserved = held.pop(data.draw(st.integers(0, len(held) - 1)))
    if data.draw(st.booleans()):
        used = data.draw(st.integers(0, reserved.need.tokens))
        purse.settle(reserved, Usage(input_tokens=used, cost_usd=reserved.need.cost_usd))
    purse.give_back(reserved)
    purse.give_back(reserved)


def test_what_others_hold_is_waited_for_and_what_can_never_fit_is_not() -> None:
    purse = Purse(Pot(None, 100))
    first = purse.take("a", Need(tokens=60))
    assert isinstance(first, Reserved)
    assert purse.take("b", Need(tokens=60)) is Shortage.HELD
    assert purse.take("b", Need(tokens=101)) is Shortage.RUN
    purse.settle(first, Usage(output_tokens=50))
    assert purse.take("b", Need(tokens=51)) is Shortage.RUN
    assert isinstance(purse.take("b", Need(tokens=50)), Reserved)


def test_a_step_that_has_spent_its_own_budget_does_not_stop_the_others() -> None:
    purse = Purse(Pot(None, None), {"a": Pot(0.5, None)})
    assert purse.take("a", Need(tokens=1, cost_usd=0.6)) is Shortage.STEP
    assert isinstance(purse.take("b", Need(tokens=1, cost_usd=0.6)), Reserved)


def test_what_has_no_price_is_outside_a_budget_of_money() -> None:
    purse = Purse(Pot(0.5, None))
    assert isinstance(purse.take("a", Need(tokens=10**9)), Reserved)


@pytest.mark.parametrize(
    ("pot", "words"),
    [
        (Pot(0.5, None, spent_usd=0.25, held_usd=0.125), "$0.2500 spent and $0.1250 reserved of $0.5"),
        (Pot(None, 9, spent_tokens=5, held_tokens=1), "5 tokens spent and 1 reserved of 9"),
        (Pot(None, None), ""),
    ],
)
def test_a_pot_says_what_is_in_it(pot: Pot, words: str) -> None:
    assert pot.describe() == words


def test_a_run_without_bounds_has_no_purse_and_one_with_a_time_alone_neither() -> None:
    step = AgentStep(id="a", prompt="")
    assert purse_of(plan_of(step), ()) is None
    assert purse_of(plan_of(step, options=RunOptions(budget=Budget(time_s=9))), ()) is None


def test_what_earlier_owners_have_spent_is_spent() -> None:
    plan = plan_of(
        AgentStep(id="a", prompt="", budget=Budget(tokens=100)),
        AgentStep(id="b", prompt="", budget=Budget(tokens=100)),
        options=RunOptions(budget=Budget(cost_usd=1)),
    )
    used = Usage(requests=1, input_tokens=70, cost_usd=0.75)
    failed = Failure(kind=FailureKind.OVERLOADED, message="busy")
    history = (
        Event(1, 0, AttemptStarted(step="a", attempt=1, agent="x", model=None, prompt="")),
        Event(2, 0, AttemptFailed(step="a", attempt=1, failure=failed, chance=0, usage=used)),
    )
    purse = purse_of(plan, history)
    assert purse is not None
    assert purse.take("a", Need(tokens=31)) is Shortage.STEP
    assert purse.take("b", Need(tokens=31, cost_usd=0.26)) is Shortage.RUN
    assert isinstance(purse.take("b", Need(tokens=31, cost_usd=0.25)), Reserved)


def test_the_turns_of_attempts_that_were_lost_are_spent_and_keep_their_price_where_the_end_has_none() -> None:
    plan = plan_of(AgentStep(id="a", prompt=""), options=RunOptions(budget=Budget(cost_usd=1, tokens=1000)))
    turn = Usage(requests=1, input_tokens=40, cost_usd=0.25)
    lost = TurnTaken(step="a", attempt=1, message="m", usage=turn)
    broken = Failure(kind=FailureKind.TIMEOUT, message="")
    history = (
        Event(1, 0, lost),
        Event(2, 0, replace(lost, attempt=2)),
        Event(3, 0, AnswerRefused(step="a", attempt=2, message="m", complaint="c", usage=turn)),
        Event(
            4,
            0,
            AttemptFailed(
                step="a",
                attempt=2,
                failure=broken,
                chance=0,
                usage=Usage(requests=3, input_tokens=80),
            ),
        ),
    )
    purse = purse_of(plan, history)
    assert purse is not None
    assert (purse.run.spent_usd, purse.run.spent_tokens) == (0.75, 120)


def test_a_budget_can_be_spent_to_its_last_cent_and_what_has_no_price_goes_on_beyond() -> None:
    purse = Purse(Pot(0.3, None))
    for _ in range(3):
        reserved = purse.take("a", Need(tokens=1, cost_usd=0.1))
        assert isinstance(reserved, Reserved)
        purse.settle(reserved, Usage(cost_usd=0.1))
    assert purse.take("a", Need(tokens=1, cost_usd=0.01)) is Shortage.RUN
    assert isinstance(purse.take("a", Need(tokens=1)), Reserved)
