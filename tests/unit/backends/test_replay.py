from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

import goflow
from goflow.backends.base import Outcome, Refusal, Request, Success
from goflow.backends.replay import open_replay
from goflow.backends.replay_telling import RecordedAnswers
from goflow.events import (
    AttemptFailed,
    AttemptStarted,
    Event,
    Fact,
    Failure,
    FailureKind,
    MemoryWritten,
    QuestionAnswered,
    QuestionAsked,
    RunReopened,
    StepCompleted,
    StepFailed,
    ToolCalled,
    ToolReturned,
    TurnTaken,
    Usage,
)
from goflow.planning.plan import Plan
from goflow.projections.recording import Recording
from goflow.projections.recording_fold import record
from tests.asking import Watcher, failure_in

STEPS = ("a", "b", "c")
BUSY = Failure(kind=FailureKind.OVERLOADED, message="busy")


def plan_of(memory: str = "{enabled: true, inject_into_prompt: true}") -> Plan:
    Path("w.yaml").write_text(
        f"name: w\nconfig: {{shared_memory: {memory}}}\nagents: {{x: {{inline: {{prompt: p}}}}}}\nsteps:\n"
        + "".join(f"  - {{id: {step}, agent: x, prompt: go}}\n" for step in STEPS),
        encoding="utf-8",
    )
    return goflow.plan("w.yaml")


def request_of(step: str, *, failed: int = 0, prompt: str = "go", model: str | None = "m") -> Request:
    return Request(
        run_id="r-2",
        step=step,
        attempt=failed + 1,
        failed_attempts=failed,
        agent="x",
        system="p",
        prompt=prompt,
        model=model,
    )


def started(step: str, attempt: int = 1, prompt: str = "go") -> Fact:
    return AttemptStarted(step=step, attempt=attempt, agent="x", model="m", prompt=prompt)


def wrote(step: str, text: str) -> Fact:
    return MemoryWritten(step=step, attempt=1, agent="x", text=text)


def done(step: str, output: str = "fine", attempt: int = 1) -> Fact:
    return StepCompleted(step=step, attempt=attempt, output=output, model="m", usage=Usage(requests=2))


def failed(step: str, attempt: int = 1) -> Fact:
    return AttemptFailed(step=step, attempt=attempt, failure=BUSY, chance=0.5, usage=Usage(requests=1))


def recorded(facts: Iterable[Fact]) -> Recording:
    return record(Event(seq, 0, fact) for seq, fact in enumerate(facts, start=1))


def replayed(
    facts: Sequence[Fact],
    requests: Sequence[Request],
    watcher: Watcher | None = None,
    *,
    patience_s: float = 0.05,
) -> list[Outcome]:
    """Make the requests at the same time, each after those before it have begun."""
    told = watcher or Watcher()

    async def run() -> list[Outcome]:
        async with open_replay(recorded(facts), plan_of(), patience_s=patience_s) as backend:
            return list(await asyncio.gather(*(backend.run(request, told) for request in requests)))

    return asyncio.run(run())


def test_a_recorded_answer_is_given_again_with_its_usage() -> None:
    [outcome] = replayed([started("a"), done("a", "found it")], [request_of("a")])
    assert outcome == Success(output="found it", model="m", usage=Usage(requests=2))


def test_attempts_are_found_by_how_many_have_failed_before() -> None:
    facts = [started("a"), failed("a"), started("a", 2), done("a", "second", 2)]
    first, second = replayed(facts, [request_of("a"), request_of("a", failed=1)])
    assert first == Refusal(failure=BUSY, usage=Usage(requests=1))
    assert isinstance(second, Success)
    assert second.output == "second"


def test_an_attempt_that_was_cut_off_goes_on_in_the_one_after_it() -> None:
    turn = TurnTaken(step="a", attempt=1, message="[]")
    call = ToolCalled(step="a", attempt=1, call_id="c", tool="view", arguments="{}")
    back = ToolReturned(step="a", attempt=2, call_id="c", tool="view", result="text")
    watcher = Watcher()
    facts = [started("a"), turn, call, started("a", 2), replace(call, attempt=2), back, done("a", attempt=2)]
    replayed(facts, [request_of("a")], watcher)
    assert watcher.facts == [turn, call, replace(back, attempt=1)]


def test_what_a_replay_has_told_before_it_was_cut_off_is_not_told_again() -> None:
    turn = TurnTaken(step="a", attempt=1, message="[]")
    call = ToolCalled(step="a", attempt=1, call_id="c", tool="view", arguments="{}")
    back = ToolReturned(step="a", attempt=1, call_id="c", tool="view", result="text")
    watcher = Watcher()
    resumed = replace(request_of("a"), attempt=2, so_far=(turn,))
    replayed([started("a"), turn, call, back, done("a")], [resumed], watcher)
    assert watcher.facts == [replace(call, attempt=2), replace(back, attempt=2)]


def test_a_step_that_was_done_again_is_replayed_as_it_was_done_last() -> None:
    facts = [
        started("a"),
        wrote("a", "kept"),
        failed("a"),
        StepFailed(step="a", failure=BUSY),
        RunReopened(again=("a",)),
        started("a", 2),
        wrote("a", "new"),
        done("a", "at last", 2),
    ]
    watcher = Watcher()
    [outcome] = replayed(facts, [request_of("a")], watcher)
    assert isinstance(outcome, Success)
    assert watcher.memory == ["kept", "new"]


def test_attempts_that_were_made_before_a_step_was_done_again_are_not_waited_for() -> None:
    facts = [
        *(started("a"), failed("a"), started("a", 2), failed("a", 2), StepFailed(step="a", failure=BUSY)),
        *(RunReopened(again=("a",)), started("a", 3), started("b"), wrote("b", "found"), done("b")),
        done("a", attempt=3),
    ]
    watcher = Watcher()
    outcomes = replayed(facts, [request_of("a"), request_of("b")], watcher, patience_s=1000)
    assert all(isinstance(outcome, Success) for outcome in outcomes)
    assert watcher.memory == ["found"]


def test_a_step_that_ran_out_of_time_fails_as_it_did() -> None:
    late = Failure(kind=FailureKind.STEP_TIMEOUT, message="over")
    [outcome] = replayed([started("a"), StepFailed(step="a", failure=late)], [request_of("a")])
    assert failure_in(outcome) == late


def test_an_attempt_without_an_end_is_a_failure_that_says_so() -> None:
    [outcome] = replayed([started("a")], [request_of("a")])
    assert failure_in(outcome).message == "step `a`: the recorded run was stopped before this attempt ended"


def test_another_prompt_is_a_miss_that_names_the_step_the_line_and_the_difference() -> None:
    facts = [started("a", prompt="one\ntwo\nthree"), done("a")]
    [outcome] = replayed(facts, [request_of("a", prompt="one\n2\nthree")])
    assert failure_in(outcome) == Failure(
        kind=FailureKind.REJECTED,
        message="step `a`, attempt 1: the prompt differs from the recording at line 2\n"
        "--- recorded\n+++ asked\n@@ -1,3 +1,3 @@\n one\n-two\n+2\n three",
    )


def test_a_long_difference_is_cut() -> None:
    old, new = ("\n".join(f"{word} {number}" * 100 for number in range(500)) for word in ("old", "new"))
    [outcome] = replayed([started("a", prompt=old), done("a")], [request_of("a", prompt=new)])
    assert len(failure_in(outcome).message) < 6_000
    assert failure_in(outcome).message.endswith("\n...")


def test_of_several_parts_that_differ_the_first_is_told() -> None:
    [outcome] = replayed([started("a"), done("a")], [request_of("a", model="n", prompt="no")])
    assert failure_in(outcome).message.startswith(
        "step `a`, attempt 1: the model differs from the recording\n"
    )


def test_an_attempt_that_is_not_recorded_is_a_miss() -> None:
    absent, late = replayed([started("a"), failed("a")], [request_of("b"), request_of("a", failed=1)])
    assert failure_in(absent).message == "step `b`: the recording has no attempt 1: it has none of this step"
    assert failure_in(late).message == "step `a`: the recording has no attempt 2: it has 1"


def test_a_replay_that_goes_on_after_a_miss_takes_the_last_recorded_attempt() -> None:
    [outcome] = replayed([started("a"), done("a", "found it")], [request_of("a", failed=1)])
    assert isinstance(outcome, Success)


SHARED = [
    started("a"),
    started("b"),
    wrote("b", "first"),
    wrote("a", "second"),
    wrote("b", "third"),
    done("a"),
    done("b"),
]


def test_entries_come_in_the_recorded_order_whoever_starts_first() -> None:
    for steps in ("ab", "ba"):
        watcher = Watcher()
        outcomes = replayed(SHARED, [request_of(step) for step in steps], watcher)
        assert watcher.memory == ["first", "second", "third"]
        assert all(isinstance(outcome, Success) for outcome in outcomes)


def test_an_attempt_that_started_before_an_entry_does_not_see_it() -> None:
    facts = [started("a"), started("b"), wrote("b", "first"), done("b"), done("a")]
    watcher, began = Watcher(), list[int]()

    async def run() -> None:
        async with open_replay(recorded(facts), plan_of()) as backend:
            writing = asyncio.create_task(backend.run(request_of("b"), watcher))
            for _ in range(20):
                await asyncio.sleep(0)
            began.append(len(watcher.memory))
            await backend.run(request_of("a"), watcher)
            await writing

    asyncio.run(run())
    assert (began, watcher.memory) == ([0], ["first"])


def test_an_end_waits_for_the_entries_that_what_follows_has_seen() -> None:
    facts = [
        started("a"),
        started("b"),
        done("a"),
        wrote("b", "seen by c"),
        started("c"),
        done("b"),
        done("c"),
    ]
    watcher = Watcher()

    async def run() -> list[str]:
        async with open_replay(recorded(facts), plan_of()) as backend:
            ending = asyncio.create_task(backend.run(request_of("a"), watcher))
            for _ in range(20):
                await asyncio.sleep(0)
            assert not ending.done()
            await asyncio.gather(ending, backend.run(request_of("b"), watcher))
        return watcher.memory

    assert asyncio.run(run()) == ["seen by c"]


def test_an_entry_after_one_that_is_missing_is_an_error_and_no_hang() -> None:
    outcomes = replayed(SHARED, [request_of("a"), request_of("b", prompt="other")], patience_s=1000)
    assert [failure_in(outcome).kind for outcome in outcomes] == [FailureKind.REJECTED] * 2
    assert (
        failure_in(outcomes[0]).message
        == "step `a`: entry 1 of the memory, which step `b` wrote in the recording, is missing"
    )


def test_an_entry_after_one_of_a_step_that_never_starts_is_an_error_and_no_hang() -> None:
    [outcome] = replayed(SHARED, [request_of("a")])
    assert "which step `b` wrote in the recording" in failure_in(outcome).message


def question(name: str, text: str = "Which?") -> QuestionAsked:
    return QuestionAsked(step="a", attempt=1, question_id=name, text=text)


def test_questions_are_asked_again_and_answered_as_they_were() -> None:
    facts = [
        started("a"),
        question("q-1"),
        QuestionAnswered(step="a", question_id="q-1", text="this", by="terminal"),
        question("q-2"),
        QuestionAnswered(step="a", question_id="q-2", text="that", by="stdin"),
        question("q-3", "And?"),
        done("a"),
    ]
    watcher = Watcher(answers={"Which?": "", "And?": ""})
    replayed(facts, [request_of("a")], watcher)
    answers = RecordedAnswers(recorded(facts))

    async def said() -> list[tuple[str, str] | None]:
        asked = [question("q-2"), question("q-other"), question("q-1"), question("q-3", "And?")]
        return [await answers.answer(each) for each in asked]

    assert watcher.asked == ["Which?", "Which?", "And?"]
    assert asyncio.run(said()) == [("that", "stdin"), ("this", "terminal"), None, None]
