from __future__ import annotations

import asyncio
import json
from dataclasses import replace

import pytest

from goflow.backends.base import Outcome, Refusal, Request, Success
from goflow.backends.chaos import Disturbed, cut_off, fault_of, open_chaos
from goflow.backends.mock import open_mock
from goflow.backends.mock_parser import parse_script
from goflow.events import FailureKind
from goflow.testing import ScriptedBackend
from goflow.workflow.case import Disturbance, Fault
from tests.asking import Watcher, answer_in, failure_in

REQUEST = Request(run_id="r-1", step="scan", attempt=1, agent="a", system="", prompt="look", model="gpt-4o")
ALWAYS = {fault: (Disturbance(fault=fault),) for fault in Fault}


def outcomes_of(
    disturbances: tuple[Disturbance, ...], *requests: Request, script: str = "default: fine", seed: int = 0
) -> tuple[list[Outcome], list[Disturbed]]:
    met: list[Disturbed] = []

    async def run() -> list[Outcome]:
        behind = open_mock(parse_script(script, "mock.yaml"))
        async with open_chaos(behind, disturbances, seed=seed, met=met) as backend:
            return [await backend.run(request, Watcher()) for request in requests]

    return asyncio.run(run()), met


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (Fault.RATE_LIMITED, FailureKind.RATE_LIMITED),
        (Fault.SERVER_ERROR, FailureKind.OVERLOADED),
        (Fault.TIMEOUT, FailureKind.TIMEOUT),
        (Fault.DROP, FailureKind.CONNECTION),
        (Fault.EMPTY, FailureKind.EMPTY_OUTPUT),
    ],
)
def test_a_fault_fails_the_attempt_as_a_provider_would(fault: Fault, kind: FailureKind) -> None:
    [outcome], met = outcomes_of(ALWAYS[fault], REQUEST)

    assert failure_in(outcome).kind is kind
    assert failure_in(outcome).message.startswith("disturbed: ")
    assert met == [Disturbed(step="scan", attempt=1, fault=fault)]


def test_a_spoilt_answer_is_half_of_it_and_no_json() -> None:
    [outcome], met = outcomes_of(ALWAYS[Fault.BAD_JSON], REQUEST, script='default: \'{"severity": "high"}\'')

    assert answer_in(outcome).output == '{"severity'
    assert [each.fault for each in met] == [Fault.BAD_JSON]


def test_what_fails_behind_fails_the_same_where_the_answer_was_to_be_spoilt() -> None:
    [outcome], _ = outcomes_of(ALWAYS[Fault.BAD_JSON], REQUEST, script="default: {fail: rejected}")

    assert failure_in(outcome).kind is FailureKind.REJECTED


@pytest.mark.parametrize(
    "answer", ['{"a": 1}', "[]", '""', "12", "7", "true", " null ", "1234", "no JSON at all"]
)
def test_no_answer_stays_json_when_it_is_cut_off(answer: str) -> None:
    spoilt = cut_off(answer)

    assert spoilt.strip()
    with pytest.raises(json.JSONDecodeError):
        json.loads(spoilt)


def test_without_a_fault_everything_passes_through() -> None:
    [outcome], met = outcomes_of((), REQUEST)

    assert answer_in(outcome) == Success(output="fine", model="gpt-4o")
    assert met == []


def test_a_fault_is_for_the_steps_that_its_pattern_fits() -> None:
    only = (Disturbance(fault=Fault.TIMEOUT, step="sc*"),)
    outcomes, _ = outcomes_of(only, REQUEST, replace(REQUEST, step="plan"))

    assert [type(each) for each in outcomes] == [Refusal, Success]


def test_the_first_of_several_faults_counts() -> None:
    both = (Disturbance(fault=Fault.DROP, step="scan"), Disturbance(fault=Fault.EMPTY))
    outcomes, _ = outcomes_of(both, REQUEST, replace(REQUEST, step="plan"))

    assert [failure_in(each).kind for each in outcomes] == [
        FailureKind.CONNECTION,
        FailureKind.EMPTY_OUTPUT,
    ]


def test_the_backend_behind_does_not_count_attempts_that_never_reached_it() -> None:
    asked = ScriptedBackend({"scan": ["first", "second"]})
    disturbances = (Disturbance(fault=Fault.SERVER_ERROR, chance=0.5),)
    seed = next(
        seed
        for seed in range(100)
        if fault_of(disturbances, seed, "scan", 1) and not fault_of(disturbances, seed, "scan", 2)
    )

    async def run() -> list[Outcome]:
        async with open_chaos(asked.open(), disturbances, seed=seed, met=[]) as backend:
            again = replace(REQUEST, attempt=2, failed_attempts=1)
            return [await backend.run(request, Watcher()) for request in (REQUEST, again)]

    failed, answered = asyncio.run(run())

    assert failure_in(failed).kind is FailureKind.OVERLOADED
    assert answer_in(answered).output == "first"
    assert [request.failed_attempts for request in asked.requests] == [0]


def test_faults_follow_from_seed_step_and_attempt_alone() -> None:
    some = (Disturbance(fault=Fault.RATE_LIMITED, chance=0.3),)
    places = [(step, attempt) for step in "abcdefghij" for attempt in range(1, 101)]

    def met(seed: int) -> list[Fault | None]:
        return [fault_of(some, seed, step, attempt) for step, attempt in places]

    assert met(1) == met(1)
    assert met(1) != met(2)
    assert 200 < sum(fault is not None for fault in met(1)) < 400


def test_two_disturbances_of_the_same_chance_do_not_meet_the_same_attempts() -> None:
    both = tuple(Disturbance(fault=fault, chance=0.3) for fault in (Fault.DROP, Fault.EMPTY))
    found = [fault_of(both, 0, "scan", attempt) for attempt in range(1, 301)]

    assert {Fault.DROP, Fault.EMPTY, None} == set(found)


def test_the_versions_are_those_of_the_backend_behind() -> None:
    async def versions() -> dict[str, str]:
        async with open_chaos(open_mock(), (), seed=0, met=[]) as backend:
            return dict(backend.versions())

    assert asyncio.run(versions()) == {}
