from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from goflow.backends.base import Outcome, Refusal, Request, Success
from goflow.backends.copilot import MOST_STDOUT_BYTES, open_copilot
from goflow.backends.limiting import Limiting
from goflow.errors import ProviderUnavailable
from goflow.events import CallAdmitted, CallThrottled, Failure, FailureKind, ThrottleFact, Usage
from goflow.workflow import LimitSpec, ModelSettings
from tests.asking import Watcher
from tests.copilot_stand_in import Behaviour, CopilotStandIn

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the stand-in is a POSIX script")


class Person(Watcher):
    """Ports with somebody who answers, and a note of what was shown and asked."""

    def __init__(self, answer: str = "") -> None:
        super().__init__()
        self.answer = answer
        self.put: list[tuple[str, tuple[str, ...]]] = []
        self.has_seen_hanging = asyncio.Event()
        self.is_throttled = asyncio.Event()

    def note(self, fact: ThrottleFact) -> None:
        super().note(fact)
        self.is_throttled.set()

    def progress(self, text: str) -> None:
        self.shown.append(text)
        if "hanging\n" in text:
            self.has_seen_hanging.set()

    async def ask(self, question: str, choices: tuple[str, ...] = (), *, key: str = "") -> str:
        self.put.append((question, choices))
        return self.answer


@pytest.fixture
def copilot(tmp_path: Path) -> Iterator[CopilotStandIn]:
    stand_in = CopilotStandIn(tmp_path)
    yield stand_in
    stand_in.close()


REQUEST = Request(run_id="r-1", step="scan", attempt=1, agent="scanner", system="", prompt="look", model=None)


def outcome_of(copilot: CopilotStandIn, request: Request = REQUEST, person: Person | None = None) -> Outcome:
    async def run() -> Outcome:
        async with open_copilot({"PATH": copilot.path}) as backend:
            return await backend.run(request, person or Person())

    return asyncio.run(run())


def failure_of(copilot: CopilotStandIn, behaviour: Behaviour, request: Request = REQUEST) -> Failure:
    copilot.behave(behaviour)
    outcome = outcome_of(copilot, request)
    assert isinstance(outcome, Refusal)
    return outcome.failure


def arguments_of(copilot: CopilotStandIn, request: Request, person: Person | None = None) -> list[str]:
    outcome_of(copilot, request, person)
    [call] = copilot.calls()
    return call.arguments


def test_the_plainest_call_passes_the_prompt_and_allows_all_tools(copilot: CopilotStandIn) -> None:
    assert arguments_of(copilot, REQUEST) == [
        "--no-color", "-s", "-p", "look", "--no-ask-user", "--allow-all-tools",
    ]  # fmt: skip


def test_tools_model_and_folders_follow_in_this_order(copilot: CopilotStandIn) -> None:
    request = replace(
        REQUEST,
        tools=("grep", "view"),
        model="GPT-4o",
        workspace=str(copilot.folder),
        extra_dirs=("./more", "/elsewhere"),
    )
    assert arguments_of(copilot, request)[5:] == [
        "--available-tools", "grep,view",
        "--model", "gpt-4o",
        "--add-dir", str(copilot.folder / "more"),
        "--add-dir", "/elsewhere",
    ]  # fmt: skip


def test_an_empty_list_of_tools_allows_all(copilot: CopilotStandIn) -> None:
    assert arguments_of(copilot, replace(REQUEST, tools=()))[5:] == ["--allow-all-tools"]


def test_system_and_prompt_are_trimmed_and_joined(copilot: CopilotStandIn) -> None:
    arguments = arguments_of(copilot, replace(REQUEST, system="\n Be brief. \n", prompt="  look\nhard\n\n"))
    assert arguments[3] == "System instructions:\nBe brief.\n\nUser task:\nlook\nhard"


def test_without_a_system_prompt_the_trimmed_prompt_stands_alone(copilot: CopilotStandIn) -> None:
    assert arguments_of(copilot, replace(REQUEST, system=" \n", prompt="\n look\n"))[3] == "look"


def test_an_interactive_step_asks_once_and_appends_the_answer(copilot: CopilotStandIn) -> None:
    person = Person("only src")
    request = replace(REQUEST, system="Be brief.", prompt="\n  \n  Which files? \nAll?\n", interactive=True)
    arguments = arguments_of(copilot, request, person)
    assert person.put == [("Which files?", ())]
    assert arguments[3] == (
        "System instructions:\nBe brief.\n\nUser task:\nWhich files? \nAll?\n\nUser clarification:\nonly src"
    )


def test_an_interactive_step_with_a_blank_prompt_asks_by_its_name(copilot: CopilotStandIn) -> None:
    person = Person("x")
    outcome_of(copilot, replace(REQUEST, prompt=" \n", interactive=True), person)
    assert person.put == [("scan", ())]


def test_the_output_is_trimmed_and_in_the_name_of_the_model_as_written(
    copilot: CopilotStandIn,
) -> None:
    copilot.behave(Behaviour(stdout="\n  two\n lines \n\n", stderr="a warning"))
    expected = Success(output="two\n lines", model="GPT-4o", usage=Usage(requests=1))
    assert outcome_of(copilot, replace(REQUEST, model="GPT-4o")) == expected


def test_bytes_that_are_no_text_are_replaced(copilot: CopilotStandIn) -> None:
    copilot.behave(Behaviour(stdout="caf\udcff\n"))
    outcome = outcome_of(copilot)
    assert isinstance(outcome, Success)
    assert outcome.output == "caf\ufffd"


def test_the_command_runs_in_the_workspace_with_the_environment_given_and_nothing_else(
    copilot: CopilotStandIn,
) -> None:
    outcome_of(copilot, replace(REQUEST, workspace=str(copilot.folder)))
    [call] = copilot.calls()
    assert call.cwd == str(copilot.folder)
    assert {name: value for name, value in call.environ.items() if name != "LC_CTYPE"} == {
        "PATH": copilot.path
    }
    assert call.stdin == ""
    assert call.open_files == []


@pytest.mark.parametrize("exit_code", [0, 1])
def test_a_model_that_is_not_available_is_told_apart(copilot: CopilotStandIn, exit_code: int) -> None:
    behaviour = Behaviour(unavailable=("o9",), unavailable_exit=exit_code)
    failure = failure_of(copilot, behaviour, replace(REQUEST, model="O9"))
    words = 'Error: Model "o9" from --model flag is not available.'
    expected = (
        f'model "O9" unavailable: {words}' if exit_code == 0 else f"copilot CLI execution failed: {words}"
    )
    assert failure == Failure(kind=FailureKind.MODEL_UNAVAILABLE, message=expected)


def test_no_output_at_all_is_a_failure(copilot: CopilotStandIn) -> None:
    failure = failure_of(copilot, Behaviour(stdout=" \n"))
    assert failure == Failure(kind=FailureKind.EMPTY_OUTPUT, message="copilot CLI returned empty output")


def test_no_output_but_words_on_stderr_says_them(copilot: CopilotStandIn) -> None:
    failure = failure_of(copilot, Behaviour(stdout="", stderr="nothing to say\n"))
    assert failure == Failure(
        kind=FailureKind.EMPTY_OUTPUT, message="copilot CLI returned no output: nothing to say"
    )


@pytest.mark.parametrize(
    ("behaviour", "message"),
    [
        (Behaviour(stdout="half an answer", stderr=" broken \n", exit=3), "broken"),
        (Behaviour(stdout=" half an answer\n", exit=3), "half an answer"),
        (Behaviour(stdout="", exit=3), "exit status 3"),
    ],
)
def test_a_non_zero_exit_says_stderr_or_else_stdout(
    copilot: CopilotStandIn, behaviour: Behaviour, message: str
) -> None:
    assert failure_of(copilot, behaviour) == Failure(
        kind=FailureKind.REJECTED, message=f"copilot CLI execution failed: {message}"
    )


def test_a_command_that_was_killed_may_do_better_the_next_time(copilot: CopilotStandIn) -> None:
    failure = failure_of(copilot, Behaviour(stdout="", killed_by=signal.SIGKILL))
    assert failure == Failure(
        kind=FailureKind.CONNECTION, message="copilot CLI execution failed: killed by signal 9"
    )


@pytest.mark.parametrize(
    ("stderr", "kind", "retry_after_s"),
    [
        ('402 {"error":{"message":"You have no quota","code":"quota_exceeded"}}', "quota_exhausted", None),
        ("you've hit a rate limit. Please try again in 2 hours.", "rate_limited", 7200.0),
        ("429 Too Many Requests: try again in 30 seconds", "rate_limited", 30.0),
        ("Error: No authentication information found.", "credentials", None),
        ("Error during sign-in: fetch failed", "connection", None),
        ("connect ETIMEDOUT 10.0.0.1:443", "timeout", None),
        ("Execution failed: Failed to get response from the AI model; retried 5 times", "overloaded", None),
        ("error: unknown option '--available-tools'", "rejected", None),
    ],
)
def test_words_of_the_command_decide_whether_a_failure_can_pass(
    copilot: CopilotStandIn, stderr: str, kind: str, retry_after_s: float | None
) -> None:
    failure = failure_of(copilot, Behaviour(stdout="", stderr=stderr, exit=1))
    assert (failure.kind, failure.retry_after_s) == (kind, retry_after_s)


def test_words_of_an_agent_on_stdout_decide_nothing(copilot: CopilotStandIn) -> None:
    failure = failure_of(copilot, Behaviour(stdout="this code has no rate limit", exit=1))
    assert failure.kind is FailureKind.REJECTED


def test_a_long_complaint_is_cut(copilot: CopilotStandIn) -> None:
    failure = failure_of(copilot, Behaviour(stderr="no " * 100_000, exit=1))
    assert len(failure.message) == 4000
    assert failure.message.endswith("…")


def test_output_without_end_is_stopped(copilot: CopilotStandIn) -> None:
    failure = failure_of(copilot, Behaviour(is_endless=True))
    assert failure.kind is FailureKind.MALFORMED
    assert failure.message == f"copilot CLI was stopped: it printed more than {MOST_STDOUT_BYTES >> 20} MB"


def test_an_answer_of_many_pieces_arrives_whole(copilot: CopilotStandIn) -> None:
    answer = "".join(f"line {number}\n" for number in range(50_000))
    copilot.behave(Behaviour(stdout=answer))
    person = Person()
    outcome = outcome_of(copilot, replace(REQUEST, streaming=True), person)
    assert isinstance(outcome, Success)
    assert outcome.output == answer.strip()
    assert "".join(person.shown) == answer
    assert all(text.endswith("\n") for text in person.shown)


def test_a_last_line_without_an_end_is_shown_too(copilot: CopilotStandIn) -> None:
    copilot.behave(Behaviour(stdout="one\ntwo"))
    person = Person()
    outcome_of(copilot, replace(REQUEST, streaming=True), person)
    assert "".join(person.shown) == "one\ntwo"


def test_without_streaming_nothing_is_shown(copilot: CopilotStandIn) -> None:
    person = Person()
    outcome_of(copilot, REQUEST, person)
    assert person.shown == []


def test_a_prompt_longer_than_an_argument_is_refused_with_the_limit(copilot: CopilotStandIn) -> None:
    failure = failure_of(copilot, Behaviour(), replace(REQUEST, prompt="é" * 1_500_000))
    assert failure.kind is FailureKind.REJECTED
    limit = 32 * os.sysconf("SC_PAGE_SIZE") - 1 if sys.platform == "linux" else os.sysconf("SC_ARG_MAX")
    assert failure.message.startswith(
        f"the prompt has 3000000 bytes, and copilot CLI takes it as an argument, which has at most {limit}; "
    )


def test_the_longest_prompt_that_linux_allows_is_passed(copilot: CopilotStandIn) -> None:
    longest = 32 * os.sysconf("SC_PAGE_SIZE") - 1 if sys.platform == "linux" else 100_000
    assert len(arguments_of(copilot, replace(REQUEST, prompt="x" * longest))[3]) == longest


def test_a_prompt_that_no_argument_can_hold_is_refused(copilot: CopilotStandIn) -> None:
    failure = failure_of(copilot, Behaviour(), replace(REQUEST, prompt="a\0b"))
    assert failure.kind is FailureKind.REJECTED
    assert "null byte" in failure.message


def test_a_workspace_that_is_gone_is_a_failure_that_names_it(copilot: CopilotStandIn) -> None:
    failure = failure_of(copilot, Behaviour(), replace(REQUEST, workspace="/no/such/folder"))
    assert failure == Failure(
        kind=FailureKind.REJECTED,
        message="copilot CLI could not be started: no such file or directory: `/no/such/folder`",
    )


def test_a_missing_command_says_how_to_get_it_and_how_to_do_without(tmp_path: Path) -> None:
    async def run() -> None:
        async with open_copilot({"PATH": str(tmp_path)}):
            raise AssertionError

    with pytest.raises(ProviderUnavailable, match="`copilot` command") as caught:
        asyncio.run(run())
    assert caught.value.help is not None
    assert "npm install -g @github/copilot" in caught.value.help
    assert "--mock" in caught.value.help


def test_a_relative_folder_of_the_path_is_meant_from_where_goflow_was_started(
    copilot: CopilotStandIn, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    monkeypatch.chdir(copilot.folder.parent)

    async def run() -> tuple[Outcome, str]:
        async with open_copilot({"PATH": copilot.folder.name}) as backend:
            elsewhere = replace(REQUEST, workspace=str(tmp_path_factory.mktemp("elsewhere")))
            return await backend.run(elsewhere, Person()), backend.versions()["copilot"]

    outcome, path = asyncio.run(run())
    assert isinstance(outcome, Success)
    assert path == str(copilot.folder / "copilot")


@pytest.mark.parametrize("is_stubborn", [False, True])
def test_cancelling_ends_the_command_and_the_children_it_started(
    copilot: CopilotStandIn, *, is_stubborn: bool
) -> None:
    copilot.behave(Behaviour(hangs=True, is_stubborn=is_stubborn))

    async def run() -> None:
        person = Person()
        async with open_copilot({"PATH": copilot.path}) as backend:
            attempt = asyncio.create_task(backend.run(replace(REQUEST, streaming=True), person))
            await person.has_seen_hanging.wait()
            attempt.cancel()
            with pytest.raises(asyncio.CancelledError):
                await attempt

    asyncio.run(run())
    assert copilot.all_are_dead()


def test_cancelling_twice_does_not_wait_for_a_stubborn_command(copilot: CopilotStandIn) -> None:
    copilot.behave(Behaviour(hangs=True, is_stubborn=True))

    async def run() -> float:
        person = Person()
        clock = asyncio.get_running_loop().time
        async with open_copilot({"PATH": copilot.path}) as backend:
            attempt = asyncio.create_task(backend.run(replace(REQUEST, streaming=True), person))
            await person.has_seen_hanging.wait()
            started = clock()
            attempt.cancel()
            await asyncio.sleep(0)
            attempt.cancel()
            with pytest.raises(asyncio.CancelledError):
                await attempt
            return clock() - started

    assert asyncio.run(run()) < 1.5
    assert copilot.all_are_dead()


@pytest.mark.parametrize("turns", range(6))
def test_cancelling_while_the_command_starts_leaves_nothing_behind(
    copilot: CopilotStandIn, turns: int
) -> None:
    copilot.behave(Behaviour(hangs=True))

    async def run() -> None:
        async with open_copilot({"PATH": copilot.path}) as backend:
            attempt = asyncio.create_task(backend.run(REQUEST, Person()))
            for _ in range(turns):
                await asyncio.sleep(0)
            attempt.cancel()
            with pytest.raises(asyncio.CancelledError):
                await attempt

    asyncio.run(run())


@pytest.mark.parametrize("is_quiet", [False, True])
def test_a_child_that_the_command_leaves_behind_is_ended_and_not_waited_for(
    copilot: CopilotStandIn, *, is_quiet: bool
) -> None:
    copilot.behave(Behaviour(hangs=True, leaves_child=True, is_quiet=is_quiet))
    outcome = outcome_of(copilot)
    assert isinstance(outcome, Success)
    assert outcome.output == "hanging\nan answer"
    assert copilot.all_are_dead()


def test_a_bound_on_a_request_bounds_the_command(copilot: CopilotStandIn) -> None:
    limit = ModelSettings(request_timeout_s=0.2)
    failure = failure_of(copilot, Behaviour(hangs=True), replace(REQUEST, settings=limit))
    assert failure == Failure(kind=FailureKind.TIMEOUT, message="copilot CLI gave no answer within 0.2s")
    assert copilot.all_are_dead()


def test_many_run_at_the_same_time(copilot: CopilotStandIn) -> None:
    async def run() -> list[Outcome]:
        async with open_copilot({"PATH": copilot.path}) as backend, asyncio.TaskGroup() as group:
            attempts = [group.create_task(backend.run(REQUEST, Person())) for _ in range(20)]
        return [attempt.result() for attempt in attempts]

    assert all(isinstance(outcome, Success) for outcome in asyncio.run(run()))
    assert len(copilot.calls()) == 20


def test_no_more_run_at_a_time_than_the_limits_of_the_workflow_allow(copilot: CopilotStandIn) -> None:
    copilot.behave(Behaviour(hangs=True))
    streaming = replace(REQUEST, streaming=True)
    limiting = Limiting(written={"copilot": LimitSpec(concurrency=1)})

    async def run() -> Outcome:
        first, second = Person(), Person()
        async with open_copilot({"PATH": copilot.path}, limiting) as backend:
            hanging = asyncio.ensure_future(backend.run(streaming, first))
            await first.has_seen_hanging.wait()
            copilot.behave(Behaviour())
            waiting = asyncio.ensure_future(backend.run(REQUEST, second))
            await second.is_throttled.wait()
            assert len(copilot.calls()) == 1
            hanging.cancel()
            outcome = await waiting
        told, admitted = second.facts
        assert isinstance(told, CallThrottled)
        assert (told.limit, told.reason) == ("copilot", "too many requests at the same time")
        assert isinstance(admitted, CallAdmitted)
        return outcome

    assert isinstance(asyncio.run(run()), Success)
    assert len(copilot.calls()) == 2
