from __future__ import annotations

from dataclasses import replace

from goflow.events import AttemptFailed, CallAdmitted, CallThrottled, Event, Fact, Failure, FailureKind
from goflow.reporters.short_waits import ShortWaits

NOW_MS = 1_000_000
WAITS = CallThrottled(
    step="a", attempt=1, limit="openai:m", reason="too many", until_ms=NOW_MS + 200, waited_ms=100
)
LONG = replace(WAITS, until_ms=NOW_MS + 900)
OTHER = replace(WAITS, step="b")


def goes_on(step: str = "a") -> CallAdmitted:
    return CallAdmitted(step=step, attempt=1, waited_ms=300)


def passed_on(*facts: tuple[int, Fact]) -> list[list[Fact]]:
    """Tell of facts, each so many milliseconds later than the first."""
    waits = ShortWaits()
    return [waits.pass_on(Event(number, NOW_MS + at_ms, fact)) for number, (at_ms, fact) in enumerate(facts)]


def test_a_short_wait_and_its_end_are_kept_back() -> None:
    assert passed_on((0, WAITS), (200, goes_on())) == [[], []]


def test_a_wait_that_will_be_a_second_is_told_at_once() -> None:
    assert passed_on((0, LONG), (900, goes_on())) == [[LONG], [goes_on()]]


def test_a_wait_of_unknown_length_is_told_at_once() -> None:
    unknown = replace(WAITS, until_ms=None)

    assert passed_on((0, unknown)) == [[unknown]]


def test_a_wait_that_turns_out_to_be_long_is_told_when_something_happens() -> None:
    told = passed_on((0, WAITS), (10, OTHER), (899, goes_on("b")), (900, goes_on()))

    assert told == [[], [], [], [WAITS, goes_on()]]


def test_an_attempt_that_ends_while_it_waits_is_told_of_alone() -> None:
    failure = Failure(kind=FailureKind.TIMEOUT, message="too late")
    ends = AttemptFailed(step="a", attempt=1, failure=failure, chance=0.0)

    assert passed_on((0, WAITS), (100, ends), (2000, goes_on("b"))) == [[], [ends], [goes_on("b")]]
