from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import pytest
from hypothesis import given, strategies as st

from goflow.governor import rounds
from goflow.governor.bucket import FORGOTTEN_AFTER_S, Bucket
from goflow.governor.limits import LimitSpec, LimitsTold, QuotaTold
from goflow.governor.state import START as FIRST_WINDOW
from goflow.governor.tickets import Granted, Reason, Refused, Ticket, Wait
from tests.unit.governor.servers import (
    Closed,
    FixedWindow,
    Server,
    SlidingWindow,
    Slots,
    TokenBucket,
    Unlimited,
)
from tests.unit.governor.simulation import START, Story, Tells, simulate

NOW = START


def near(moment: float) -> float:
    near: float = pytest.approx(moment, rel=0, abs=0.001)  # type: ignore[assignment]
    return near


def granted(bucket: Bucket, now: float = NOW, tokens: float = 0.0) -> Ticket:
    answer = bucket.ask(now, tokens)
    assert isinstance(answer, Granted), answer
    return answer.ticket


def held(bucket: Bucket, now: float = NOW, tokens: float = 0.0) -> Wait:
    answer = bucket.ask(now, tokens)
    assert isinstance(answer, Wait), answer
    return answer


def take_all(bucket: Bucket, now: float = NOW) -> list[Ticket]:
    tickets = []
    while isinstance(answer := bucket.ask(now), Granted):
        tickets.append(answer.ticket)
    return tickets


def requests_told(limit: float, remaining: float, reset_s: float) -> LimitsTold:
    return LimitsTold(requests=QuotaTold(limit=limit, remaining=remaining, reset_s=reset_s))


def test_an_unknown_provider_gets_twelve_calls_at_once_and_soon_more() -> None:
    bucket = Bucket()

    assert len(take_all(bucket)) == FIRST_WINDOW
    assert held(bucket).reason is Reason.RAMP
    assert held(bucket).until == near(NOW + 0.15 * 0.1155)


def test_a_call_that_ended_makes_room_for_another() -> None:
    bucket = Bucket(LimitSpec(concurrency=1))
    first = granted(bucket)
    assert held(bucket) == Wait(until=None, reason=Reason.CONCURRENCY)

    bucket.settle(first, NOW + 1)
    second = granted(bucket, NOW + 1)
    bucket.cancel(second, NOW + 2)
    third = granted(bucket, NOW + 2)
    bucket.refuse(third, NOW + 3, kind=Refused.QUOTA)

    assert granted(bucket, NOW + 3).number


def test_refusals_of_calls_granted_before_the_pause_count_once() -> None:
    bucket = Bucket()
    tickets = take_all(bucket)

    bucket.refuse(tickets[0], NOW + 0.1, 1.0)
    for late, ticket in enumerate(tickets[1:]):
        bucket.refuse(ticket, NOW + 0.2 + late / 100, 1.0)

    assert held(bucket, NOW + 0.4) == Wait(until=NOW + 1.1, reason=Reason.PAUSED, look_at=NOW + 1.1)


def test_a_refusal_of_the_same_round_that_asks_for_a_second_more_is_heard() -> None:
    bucket = Bucket()
    first, second, *_ = take_all(bucket)

    bucket.refuse(first, NOW + 0.1, 1.0)
    bucket.refuse(second, NOW + 0.2, 40.0)

    assert held(bucket, NOW + 0.4).until == NOW + 40.2


def test_a_probe_lets_one_call_find_out_whether_a_long_pause_still_stands() -> None:
    bucket = Bucket()
    for ticket in take_all(bucket):
        bucket.refuse(ticket, NOW + 0.1, 700.0, kind=Refused.QUOTA)

    bucket.probe(NOW + 10)
    probing = granted(bucket, NOW + 10)
    assert held(bucket, NOW + 10).reason is Reason.RAMP
    bucket.refuse(probing, NOW + 10.1, 700.0, kind=Refused.QUOTA)
    assert held(bucket, NOW + 10.2).until == near(NOW + 710.1)

    bucket.probe(NOW + 20)
    bucket.settle(granted(bucket, NOW + 20), NOW + 20.1)
    granted(bucket, NOW + 20.1)


def test_a_probe_leaves_a_short_pause_alone() -> None:
    bucket = Bucket()
    bucket.refuse(granted(bucket), NOW + 0.1, 30.0)

    bucket.probe(NOW + 1)

    assert held(bucket, NOW + 1).reason is Reason.PAUSED


def test_an_answer_does_not_cut_a_pause_that_was_asked_for() -> None:
    bucket = Bucket()
    first, second, third, *_ = take_all(bucket)
    bucket.refuse(first, NOW + 0.1, 1.0)
    bucket.refuse(second, NOW + 0.2, 40.0)

    bucket.settle(third, NOW + 3)

    assert held(bucket, NOW + 4).until == NOW + 40.2


def test_a_refusal_that_comes_after_the_pause_opens_no_new_round_but_is_waited_out() -> None:
    bucket = Bucket()
    tickets = take_all(bucket)
    bucket.refuse(tickets[0], NOW + 0.1, 1.0)
    granted(bucket, NOW + 1.2)
    rate = bucket.state.learned.rate

    bucket.refuse(tickets[1], NOW + 1.3, 5.0)

    assert held(bucket, NOW + 1.4).until == NOW + 6.3
    assert bucket.state.learned.rate == rate


def test_without_a_wait_that_is_told_pauses_double_while_nothing_is_taken() -> None:
    bucket, now, pauses = Bucket(), NOW, []
    for _ in range(8):
        bucket.refuse(granted(bucket, now), now + 0.05)
        until = held(bucket, now + 0.05).until
        assert until is not None
        pauses.append(round(until - now - 0.05, 6))
        now = until

    assert pauses == [2, 4, 8, 16, 32, 32, 32, 32]


def test_after_a_round_in_which_nothing_was_taken_one_call_goes_first() -> None:
    bucket = Bucket()
    bucket.refuse(granted(bucket), NOW + 0.05)

    assert len(take_all(bucket, NOW + 3)) == 1


def test_an_answer_cuts_a_pause_that_nobody_asked_for() -> None:
    bucket = Bucket()
    early = granted(bucket)
    refused = granted(bucket, NOW + 10)
    bucket.refuse(refused, NOW + 10.05)
    bucket.refuse(granted(bucket, NOW + 20), NOW + 20.05)
    assert held(bucket, NOW + 20.1).until == near(NOW + 24.05)

    bucket.settle(early, NOW + 20.5)

    assert held(bucket, NOW + 20.6).until == near(NOW + 21.05)


def test_the_rate_is_what_was_taken_until_the_end_of_the_pause() -> None:
    bucket = Bucket()
    tickets = take_all(bucket)
    bucket.settle(tickets[0], NOW + 0.1)

    bucket.refuse(tickets[1], NOW + 0.2, 1.0)
    assert bucket.state.learned.rate == pytest.approx(11 / 1.2)
    bucket.refuse(tickets[2], NOW + 0.25, 1.0)

    assert bucket.state.learned.rate == pytest.approx(10 / 1.2)


def test_a_rate_is_forgotten_after_an_hour() -> None:
    bucket = Bucket()
    tickets = take_all(bucket)
    for ticket in tickets:
        bucket.refuse(ticket, NOW + 0.2, 1.0)
    bucket.refuse(granted(bucket, NOW + 2), NOW + 2.1, 1.0)

    granted(bucket, NOW + FORGOTTEN_AFTER_S + 10)

    assert bucket.state.learned.rate == 0


def test_a_refusal_whose_headers_say_what_is_used_up_teaches_no_rate() -> None:
    bucket = Bucket()
    first, second, *_ = take_all(bucket)
    bucket.settle(first, NOW + 0.1, told=requests_told(60, 1, 59))

    bucket.refuse(second, NOW + 0.1, 1.0, requests_told(60, 0, 60))

    assert bucket.state.learned.rate == 0
    assert held(bucket, NOW + 1.1).reason is Reason.REQUESTS


def test_a_quota_that_is_used_up_pauses_for_as_long_as_was_told_and_teaches_nothing() -> None:
    bucket = Bucket()

    bucket.refuse(granted(bucket), NOW, 3600.0, kind=Refused.QUOTA)

    look_at = NOW + rounds.BELIEVED_S
    assert held(bucket, NOW + 1) == Wait(until=NOW + 3600, reason=Reason.PAUSED, look_at=look_at)
    assert bucket.next_free(NOW + 1) == NOW + 3600
    assert bucket.state.learned.rate == 0


def test_what_is_left_is_counted_from_what_was_granted_since_the_call_that_told() -> None:
    bucket = Bucket()
    first, *others = take_all(bucket)

    bucket.settle(first, NOW, told=requests_told(1200, 15, 59.25))
    for ticket in others:
        bucket.cancel(ticket, NOW)

    assert len(take_all(bucket)) == 4
    assert held(bucket).reason is Reason.REQUESTS
    assert held(bucket).until == near(NOW + 0.05)


def test_tokens_that_are_told_hold_back_a_call_that_needs_more() -> None:
    bucket = Bucket()
    ticket = granted(bucket, tokens=100)
    told = LimitsTold(tokens=QuotaTold(limit=6000, remaining=500, reset_s=55))

    bucket.settle(ticket, NOW, 100, told)

    assert held(bucket, tokens=700) == Wait(until=near(NOW + 2), reason=Reason.TOKENS)
    assert granted(bucket, tokens=400).number


def test_calls_that_take_less_than_was_thought_are_thought_to_take_less() -> None:
    bucket = Bucket(LimitSpec(tpm=6000))
    bucket.settle(granted(bucket, tokens=500), NOW, 25)
    now = NOW + 60  # all tokens are there again

    assert [granted(bucket, now, tokens=500).tokens for _ in range(10)] == [near(25)] * 10


def test_a_single_answer_moves_what_is_known_of_tokens_by_a_part() -> None:
    bucket = Bucket()
    bucket.settle(granted(bucket, tokens=100), NOW, 50)
    second = granted(bucket, tokens=100)
    assert second.tokens == near(50)

    bucket.settle(second, NOW, 100)
    assert granted(bucket, tokens=100).tokens == near(60)


def test_a_call_that_needs_more_tokens_than_there_ever_are_goes_when_all_are_there() -> None:
    bucket = Bucket(LimitSpec(tpm=600))

    assert granted(bucket, tokens=10_000).number
    assert held(bucket, NOW + 10, tokens=1).reason is Reason.TOKENS


def test_tokens_that_were_not_used_are_given_back() -> None:
    bucket = Bucket(LimitSpec(tpm=6000))
    ticket = granted(bucket, tokens=1000)
    assert isinstance(bucket.ask(NOW, 1000), Wait)

    bucket.settle(ticket, NOW, 0)

    assert granted(bucket, tokens=1000).number


def test_tokens_of_a_refused_call_are_given_back() -> None:
    bucket = Bucket(LimitSpec(tpm=6000))
    bucket.refuse(granted(bucket, tokens=1000), NOW, kind=Refused.QUOTA)

    assert granted(bucket, tokens=1000).number


def test_a_clock_that_is_set_back_makes_no_wait_longer() -> None:
    bucket = Bucket(LimitSpec(rpm=1))
    granted(bucket)
    before = held(bucket).until

    after = held(bucket, NOW - 3600).until

    assert before == near(NOW + 60)
    assert after == near(NOW - 3600 + 60)


def test_clocks_of_processes_may_differ_a_little() -> None:
    bucket = Bucket(LimitSpec(rpm=1))
    granted(bucket)

    assert held(bucket, NOW - 0.01).until == near(NOW + 60)


SERVERS: dict[str, Callable[[], Server]] = {
    "second": lambda: FixedWindow(20, 1.0, 0.3),
    "minute": lambda: FixedWindow(100, 60.0, 20.0),
    "sliding": lambda: SlidingWindow(10, 1.0),
    "filling": lambda: TokenBucket(30, 5),
    "tokens": lambda: TokenBucket(3000, 500, of_tokens=True),
    "slots": lambda: Slots(3),
    "unlimited": Unlimited,
}

stories = st.builds(
    lambda name, ready_s, **more: Story(
        server=SERVERS[name](), calls=len(ready_s), ready_s=tuple(ready_s), **more
    ),
    st.sampled_from(sorted(SERVERS)),
    st.lists(st.floats(0, 20), min_size=1, max_size=120),
    latency_s=st.floats(0.05, 5),
    refusal_s=st.floats(0.02, 1),
    tells=st.sampled_from(Tells),
    tokens=st.floats(0, 1000),
)
specs = st.builds(
    LimitSpec,
    rpm=st.none() | st.floats(60, 6000),
    tpm=st.none() | st.floats(6000, 600_000),
    concurrency=st.none() | st.integers(1, 30),
)


@given(story=stories, spec=specs)
def test_every_call_is_answered_in_the_end_within_the_limits_that_are_given(
    story: Story, spec: LimitSpec
) -> None:
    bucket = Bucket(spec)

    outcome = simulate(story, bucket)

    assert bucket.state.counts.in_flight == 0
    assert outcome.peak <= (spec.concurrency or len(outcome.granted_s))
    if spec.rpm is not None:
        assert_never_faster(outcome.granted_s, spec.rpm / 60, max(5, spec.rpm / 600))


def assert_never_faster(granted_s: list[float], per_s: float, burst: float) -> None:
    """No time, however long, holds more than its share and one burst."""
    for first, start in enumerate(granted_s):
        for last, end in enumerate(granted_s[first:], first):
            assert last - first + 1 <= per_s * (end - start) + burst + 0.001


@given(
    refused_s=st.lists(st.floats(0.01, 2), min_size=1, max_size=12),
    asked_s=st.floats(3, 60),
)
def test_whenever_the_refusals_of_a_round_come_there_is_one_pause(
    refused_s: list[float], asked_s: float
) -> None:
    bucket = Bucket()
    tickets = take_all(bucket)
    ordered = sorted(refused_s)

    for ticket, moment_s in zip(tickets, ordered, strict=False):
        bucket.refuse(ticket, NOW + moment_s, max(0.0, asked_s - moment_s))

    assert held(bucket, NOW + ordered[-1]).until == near(NOW + asked_s)


@given(at_s=st.lists(st.floats(-10_000, 10_000), max_size=40), spec=specs)
def test_however_the_clock_is_set_a_call_that_asks_when_it_was_told_to_goes(
    at_s: list[float], spec: LimitSpec
) -> None:
    bucket = Bucket(spec)
    for moment_s in at_s:
        answer = bucket.ask(NOW + moment_s, 10)
        if isinstance(answer, Granted):
            bucket.refuse(answer.ticket, NOW + moment_s, 1.0)

    now, asks = NOW, [bucket.ask(NOW, 10)]
    while isinstance(wait := asks[-1], Wait):
        assert wait.until is not None
        assert len(asks) < 50
        now = max(now, wait.until)
        asks.append(bucket.ask(now, 10))


FIGURES: dict[str, tuple[Callable[[], Server], int, float]] = {
    # name: the server, how many calls, the seconds that its quota takes for them
    "20 in a second": (lambda: FixedWindow(20, 1.0, 0.3), 200, 10.0),
    "20 in any second": (lambda: SlidingWindow(20, 1.0), 200, 10.0),
    "20 a second, bit by bit": (lambda: TokenBucket(20, 20), 200, 10.0),
    "1,200 a minute, bit by bit": (lambda: TokenBucket(1200, 20), 1800, 30.0),
}


@pytest.mark.parametrize("tells", Tells)
@pytest.mark.parametrize("latency_s", [0.05, 0.3, 1.0, 5.0])
@pytest.mark.parametrize("name", FIGURES)
def test_few_are_refused_and_the_quota_is_used(name: str, latency_s: float, tells: Tells) -> None:
    make, calls, quota_s = FIGURES[name]

    outcome = simulate(Story(server=make(), calls=calls, latency_s=latency_s, tells=tells), Bucket())

    assert outcome.refused_share(calls) < (0.15 if calls == 200 else 0.25)
    assert outcome.wall_s <= 1.25 * quota_s + latency_s


@pytest.mark.parametrize("tells", Tells)
def test_a_quota_of_tokens_is_used_with_few_refused(tells: Tells) -> None:
    server = TokenBucket(60_000, 1000, of_tokens=True)

    outcome = simulate(Story(server=server, calls=200, tokens=1000, tells=tells), Bucket())

    assert outcome.refused_share(200) < 0.15
    assert outcome.wall_s <= 1.25 * 140 + 1


@pytest.mark.parametrize(("tells", "most_refused"), [(Tells.NOTHING, 30), (Tells.HEADERS, 15)])
def test_a_quota_that_halves_costs_rounds_of_few_refusals_and_is_used(
    tells: Tells, most_refused: int
) -> None:
    server = FixedWindow(20, 1.0)
    change = (10.0, lambda: setattr(server, "limit", 10))

    outcome = simulate(Story(server=server, calls=600, tells=tells, changes=(change,)), Bucket())

    assert outcome.refused < most_refused
    assert outcome.wall_s <= 1.25 * (10 + 400 / 10)


@pytest.mark.parametrize("tells", Tells)
def test_a_quota_that_doubles_is_used_before_long(tells: Tells) -> None:
    server = FixedWindow(20, 1.0)
    change = (10.0, lambda: setattr(server, "limit", 40))

    outcome = simulate(Story(server=server, calls=1200, tells=tells, changes=(change,)), Bucket())

    assert outcome.wall_s < 10 + 1000 / 25


def test_a_provider_without_limits_gets_a_thousand_calls_within_a_second() -> None:
    outcome = simulate(Story(server=Unlimited(), calls=1000), Bucket())

    assert outcome.peak == 1000
    assert outcome.wall_s < 2.0


def test_a_second_run_starts_where_the_first_ended() -> None:
    unlimited, limited = Bucket(), Bucket()
    simulate(Story(server=Unlimited(), calls=1000), unlimited)
    simulate(Story(server=FixedWindow(20, 1.0), calls=200), limited)

    free = simulate(Story(server=Unlimited(), calls=1000), unlimited, START + 60)
    paced = simulate(Story(server=FixedWindow(20, 1.0), calls=200), limited, START + 60)

    assert free.wall_s == pytest.approx(1.0)
    assert paced.refused <= 4


def test_calls_under_a_learned_rate_are_spread() -> None:
    bucket = Bucket()
    simulate(Story(server=FixedWindow(20, 1.0), calls=200), bucket)

    outcome = simulate(Story(server=Unlimited(), calls=40), bucket, START + 60)

    assert min(later - earlier for earlier, later in pairwise(outcome.granted_s)) > 0.03


def test_a_long_pause_is_believed_for_a_time_and_then_one_call_finds_out() -> None:
    bucket = Bucket()
    bucket.refuse(granted(bucket), NOW, 86_400.0)

    first = bucket.ask(NOW + rounds.BELIEVED_S)

    assert isinstance(first, Granted)
    assert held(bucket, NOW + rounds.BELIEVED_S).reason is Reason.RAMP
    bucket.settle(first.ticket, NOW + rounds.BELIEVED_S + 1)
    assert isinstance(bucket.ask(NOW + rounds.BELIEVED_S + 1), Granted)


def test_refusals_alone_teach_no_rate() -> None:
    bucket = Bucket()
    for ticket in take_all(bucket):
        bucket.refuse(ticket, NOW + 0.1, 5.0)

    assert bucket.state.learned.rate == 0


@pytest.mark.parametrize("asked_s", [None, 5.0, 30.0])
@pytest.mark.parametrize("closed_s", [0.02, 1.0, 2.0])
def test_a_provider_that_took_nothing_at_first_is_used_soon_after(
    closed_s: float, asked_s: float | None
) -> None:
    tells = Tells.NOTHING if asked_s is None else Tells.RETRY_AFTER
    server = Closed(closed_s, asked_s or 1.0)

    outcome = simulate(Story(server=server, calls=100, latency_s=0.05, tells=tells), Bucket())

    assert outcome.wall_s < 2 * max(closed_s, asked_s or 1.0) + 15
