from __future__ import annotations

import asyncio
import re
from dataclasses import replace
from pathlib import Path

import pytest

from goflow.backends import mock_fields
from goflow.backends.base import Outcome, Refusal, Request, Success
from goflow.backends.mock import open_mock
from goflow.backends.mock_parser import parse_script
from goflow.events import Failure, FailureKind, Usage
from goflow.problems import InvalidWorkflow
from tests.asking import Watcher


class Person(Watcher):
    """Ports with somebody who answers, and a note of what was shown and asked."""

    def __init__(self, answer: str = "yes") -> None:
        super().__init__()
        self.answer = answer
        self.put: list[tuple[str, tuple[str, ...]]] = []

    async def ask(self, question: str, choices: tuple[str, ...] = (), *, key: str = "") -> str:
        self.put.append((question, choices))
        return self.answer


REQUEST = Request(
    run_id="r-1", step="scan", attempt=1, agent="scanner", system="", prompt="look at a.py", model="gpt-4o"
)


def outcome_of(script: str | None, request: Request = REQUEST, person: Person | None = None) -> Outcome:
    async def run() -> Outcome:
        async with open_mock(None if script is None else parse_script(script, "mock.yaml")) as backend:
            return await backend.run(request, person or Person())

    return asyncio.run(run())


def output_of(script: str, request: Request = REQUEST, person: Person | None = None) -> str:
    outcome = outcome_of(script, request, person)
    assert isinstance(outcome, Success)
    return outcome.output


def failure_of(script: str, request: Request = REQUEST) -> Failure:
    outcome = outcome_of(script, request)
    assert isinstance(outcome, Refusal)
    return outcome.failure


def words_by_attempt(script: str, count: int) -> list[str]:
    outcomes = [outcome_of(script, replace(REQUEST, attempt=n + 1, failed_attempts=n)) for n in range(count)]
    return [each.output if isinstance(each, Success) else each.failure.kind for each in outcomes]


def problems_of(script: str) -> list[tuple[str, str, str]]:
    """Return code, message and the text marked by the caret."""
    with pytest.raises(InvalidWorkflow) as caught:
        parse_script(script, "mock.yaml")
    found = []
    for problem in caught.value.problems:
        assert problem.span is not None
        start = problem.span.column - 1
        marked = problem.span.text[start : start + problem.span.width]
        found.append((problem.code, problem.message, marked))
    return found


def test_without_a_script_the_answer_is_mock_output_in_the_name_of_the_model_asked() -> None:
    assert outcome_of(None) == Success(output="mock output", model="gpt-4o")


def test_a_streaming_request_shows_the_answer_and_another_shows_nothing() -> None:
    streaming, silent = Person(), Person()
    outcome_of(None, replace(REQUEST, streaming=True), streaming)
    outcome_of(None, REQUEST, silent)
    assert (streaming.shown, silent.shown) == (["mock output"], [])


def test_the_default_answers_what_no_rule_is_for() -> None:
    assert output_of("{answers: [{step: other, answer: no}], default: fine}") == "fine"


def test_where_no_rule_fits_and_nothing_is_said_the_answer_is_mock_output() -> None:
    assert output_of("answers: [{step: other, answer: no}]") == "mock output"


def test_the_first_rule_that_fits_decides() -> None:
    assert (
        output_of("answers: [{step: x, answer: 0}, {step: scan, answer: 1}, {step: scan, answer: 2}]") == "1"
    )


@pytest.mark.parametrize(
    ("pattern", "fits"),
    [
        ("step: scan", True),
        ("step: sca", False),
        ("step: s*n", True),
        ("step: s?an", True),
        ("step: s?n", False),
        ("step: [plan, 'sc*']", True),
        ("step: Scan", False),
        ("step: .can", False),
        ("agent: scanner", True),
        ("agent: '*review*'", False),
        ("model: gpt-*", True),
        ("model: claude-*", False),
        ("model: ''", False),
        ("prompt: {contains: a.py}", True),
        ("prompt: {contains: aXpy}", False),
        ("prompt: {contains: [look, b.py]}", False),
        ("prompt: {matches: '[ab]\\.py$'}", True),
        ("prompt: {matches: '(?i)LOOK'}", True),
        ("prompt: {matches: '^at'}", False),
        ("prompt: {contains: look, matches: '^at'}", False),
        ("step: scan, agent: other", False),
        ("step: scan, agent: scanner, model: gpt-4o, prompt: {contains: look}", True),
    ],
)
def test_a_rule_fits_where_all_its_patterns_do(pattern: str, *, fits: bool) -> None:
    script = f"{{answers: [{{{pattern}, answer: this}}], default: that}}"
    assert output_of(script) == ("this" if fits else "that")


def test_brackets_in_a_pattern_are_the_brackets_of_an_items_name() -> None:
    script = "{answers: [{step: 'scan[*]', answer: an item}], default: no item}"
    assert output_of(script, replace(REQUEST, step="scan[12]")) == "an item"
    assert output_of(script, replace(REQUEST, step="scan1")) == "no item"


def test_the_empty_model_pattern_fits_the_providers_default() -> None:
    script = "{answers: [{model: '', answer: default model}], default: another}"
    assert output_of(script, replace(REQUEST, model=None)) == "default model"


def test_scalars_are_the_text_that_is_written() -> None:
    assert output_of("default: 1.10") == "1.10"


def test_values_of_the_request_are_inserted() -> None:
    script = "default: '{{step}}/{{ agent }}/{{model}}/{{attempt}}: {{prompt}}'"
    assert output_of(script) == "scan/scanner/gpt-4o/1: look at a.py"


def test_what_is_inserted_is_never_expanded() -> None:
    assert output_of("default: '{{prompt}}'", replace(REQUEST, prompt="{{step}}")) == "{{step}}"


def test_other_braces_stay_and_braces_can_be_written() -> None:
    script = "default: '{{inputs.secret}} {{stp}} {{\"{{\"}}step}}'"
    assert output_of(script) == "{{inputs.secret}} {{stp}} {{step}}"


def test_the_default_model_inserts_nothing() -> None:
    assert output_of("default: 'by [{{model}}]'", replace(REQUEST, model=None)) == "by []"


def test_an_answer_of_blanks_is_an_empty_output() -> None:
    assert failure_of("default: ' '").kind is FailureKind.EMPTY_OUTPUT


def test_a_failure_has_its_kind_message_wait_and_usage() -> None:
    script = """
    answers:
      - step: scan
        fail: rate_limited
        message: "{{model}} is busy"
        retry_after: 1.5s
        usage: {input_tokens: 7}
    """
    assert outcome_of(script) == Refusal(
        failure=Failure(kind=FailureKind.RATE_LIMITED, message="gpt-4o is busy", retry_after_s=1.5),
        usage=Usage(requests=1, input_tokens=7),
    )


def test_a_failure_without_a_message_says_where_it_comes_from() -> None:
    assert failure_of("default: {fail: rejected}").message == "the mock script says `fail: rejected`"


def test_times_says_how_many_attempts_fail_before_the_answer() -> None:
    script = "answers: [{step: scan, fail: overloaded, times: 2, answer: done}]"
    assert words_by_attempt(script, 4) == ["overloaded", "overloaded", "done", "done"]


def test_a_rule_without_an_answer_gives_that_of_the_default() -> None:
    script = "{answers: [{step: scan, fail: overloaded, times: 1}], default: {answer: fine, delay: 1h}}"
    assert words_by_attempt(script, 2) == ["overloaded", "fine"]


def test_a_rule_without_an_answer_asks_what_the_default_asks() -> None:
    script = """
    answers: [{step: scan, usage: {output_tokens: 1}}]
    default: {answer: "you said {{answer}}", ask: {question: Really?}}
    """
    assert output_of(script) == "you said yes"


def test_attempts_are_replies_in_turn_and_the_last_goes_on() -> None:
    script = "answers: [{step: scan, attempts: [{fail: timeout}, first, {answer: second}]}]"
    assert words_by_attempt(script, 4) == ["timeout", "first", "second", "second"]


def test_a_reply_depends_on_the_request_alone() -> None:
    script = parse_script("answers: [{step: scan, fail: overloaded, times: 1, answer: done}]", "mock.yaml")
    second = replace(REQUEST, attempt=2, failed_attempts=1)

    async def run() -> list[Outcome]:
        async with open_mock(script) as backend:
            return [await backend.run(request, Person()) for request in (second, REQUEST, second, REQUEST)]

    late, early, again, once_more = asyncio.run(run())
    assert (late, early) == (again, once_more)
    assert late == Success(output="done", model="gpt-4o")


def test_usage_is_reported_and_an_unknown_cost_is_none() -> None:
    script = """
    answers:
      - step: scan
        usage: {input_tokens: 10, output_tokens: 5, cached_tokens: 2, cost_usd: 0.25, requests: 3}
    default: {answer: x, usage: {input_tokens: 1}}
    """
    priced, unpriced = outcome_of(script), outcome_of(script, replace(REQUEST, step="other"))
    assert priced.usage == Usage(requests=3, input_tokens=10, output_tokens=5, cached_tokens=2, cost_usd=0.25)
    assert unpriced.usage == Usage(requests=1, input_tokens=1, cost_usd=None)


def test_a_question_is_asked_and_its_answer_inserted_as_it_is() -> None:
    person = Person("{{step}}")
    script = """
    answers:
      - step: scan
        ask: {question: "Which part of {{step}}?", choices: [all, some]}
        answer: "You said {{answer}}."
    """
    assert output_of(script, REQUEST, person) == "You said {{step}}."
    assert person.put == [("Which part of scan?", ("all", "some"))]


def test_without_a_question_nobody_is_asked() -> None:
    person = Person()
    outcome_of("default: fine", replace(REQUEST, interactive=True), person)
    assert person.put == []


def test_an_answer_streams_in_pieces() -> None:
    person = Person()
    script = "default: {answer: one two three, stream: {chunk: 5}}"
    assert output_of(script, replace(REQUEST, streaming=True), person) == "one two three"
    assert person.shown == ["one t", "wo th", "ree"]


def duration_of(script: str, request: Request = REQUEST) -> float:
    """Return the seconds that the script waits for."""
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    async def run() -> None:
        async with open_mock(parse_script(script, "mock.yaml"), sleep=sleep) as backend:
            await backend.run(request, Person())

    asyncio.run(run())
    return sum(slept)


def test_a_delay_passes_before_the_answer_or_the_failure() -> None:
    assert duration_of("default: {answer: x, delay: 300ms}") == 0.3
    assert duration_of("default: {fail: timeout, delay: 1m}") == 60


def test_pauses_pass_between_the_pieces_whoever_looks() -> None:
    script = "default: {answer: 0123456789, stream: {chunk: 4, pause: 2s}, delay: 1s}"
    assert duration_of(script) == 5
    assert duration_of(script, replace(REQUEST, streaming=True)) == 5


@pytest.mark.parametrize(
    ("script", "code", "message", "marked"),
    [
        ("", "GF601", "the mock script says nothing", ""),
        ("{}", "GF601", "the mock script says nothing", "{"),
        ("- x", "GF102", "expected a mock script, which is a mapping, found a list", "- x"),
        ("rules: []", "GF101", "unknown key `rules` in a mock script", "rules"),
        ("answers: [{stp: a, answer: b}]", "GF101", "unknown key `stp` in a rule", "stp"),
        ("answers: [text]", "GF102", "expected a rule, which is a mapping, found the text `text`", "text"),
        ("default: {times: 2}", "GF101", "unknown key `times` in `default`", "times"),
        (
            "answers: [{prompt: {matches: '['}}]",
            "GF602",
            "`[` is not a regular expression: unterminated character set at position 0",
            "'['",
        ),
        (
            "answers: [{prompt: text}]",
            "GF102",
            "expected `prompt`, which is a mapping, found the text `text`",
            "text",
        ),
        ("answers: [{fail: timeout, times: 0}]", "GF603", "`0` is not a number from 1 to 1000", "0"),
        ("answers: [{fail: timeout, times: 1001}]", "GF603", "`1001` is not a number from 1 to 1000", "1001"),
        ("default: {usage: {cost_usd: -1}}", "GF604", "`-1` is not a cost, 0 or more", "-1"),
        ("answers: [{times: 2, answer: a}]", "GF605", "`times` says how often to fail, but not how", "times"),
        (
            "answers: [{fail: timeout, answer: a}]",
            "GF605",
            "`answer` is never reached: every attempt fails",
            "answer",
        ),
        ("default: {answer: a, retry_after: 2s}", "GF605", "`retry_after` is of a failure", "retry_after"),
        (
            "answers: [{attempts: [a], delay: 2s}]",
            "GF605",
            "`delay` stands beside `attempts`, which holds whole replies",
            "delay",
        ),
        ("answers: [{attempts: []}]", "GF605", "`attempts` holds no reply", "attempts"),
        (
            'default: "so {{answer}}"',
            "GF606",
            "`{{answer}}` is what a person says, and nobody is asked",
            '"so {{answer}}"',
        ),
        ("default: {delay: 3}", "GF106", "`3` is not a duration", "3"),
        ("default: {ask: {choices: [a]}}", "GF103", "`ask` needs `question`", "{choices: [a]}"),
    ],
)
def test_a_mistake_is_reported_at_its_place(script: str, code: str, message: str, marked: str) -> None:
    assert problems_of(script) == [(code, message, marked)]


def test_a_failure_of_an_unknown_kind_is_told_the_kinds_and_the_nearest() -> None:
    with pytest.raises(InvalidWorkflow) as caught:
        parse_script("answers: [{fail: rate_limted, retry_after: 2s, times: 1}]", "mock.yaml")
    [problem] = caught.value.problems
    assert problem.message.startswith("`rate_limted` is not one of `timeout`, `connection`, ")
    assert problem.help == "did you mean `rate_limited`?"


def test_all_mistakes_are_reported_in_the_order_of_the_file() -> None:
    script = """
    answers:
    - {answer: a, message: b}
    - {fail: timeout, stream: {}}
    - {y: 1}
    default: {delay: soon}
    """
    assert [code for code, _, _ in problems_of(script)] == ["GF605", "GF605", "GF101", "GF106"]


def test_keys_for_other_tools_are_free() -> None:
    assert output_of("{x-note: anything, default: fine}") == "fine"


GUIDE = (Path(__file__).parents[3] / "docs/guides/mock.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("script", re.findall(r"```yaml\n(.*?)```", GUIDE, re.DOTALL))
def test_scripts_of_the_guide_are_scripts(script: str) -> None:
    parse_script(script, "guide.yaml")


def test_the_guide_explains_every_key_and_every_kind_of_failure() -> None:
    explained = set(re.findall(r"`([a-z_]+)", "".join(re.findall(r"^\| (`.*?) \|", GUIDE, re.MULTILINE))))
    assert explained == {*mock_fields.RULE.fields, *mock_fields.KINDS}
