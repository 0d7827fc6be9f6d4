from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any, Final

import pytest

from goflow.backends.base import Outcome, Refusal, Request, Success
from goflow.backends.mock_parser import parse_script
from goflow.backends.mock_script import MockScript
from goflow.backends.stubs import StubBackend, StubSource, stub_answer
from goflow.backends.stubs_tools import open_stub_tools
from goflow.events import FailureKind
from goflow.testing import AutojumpClock
from tests.asking import Watcher

RISK: Final[dict[str, Any]] = {
    "type": "object",
    "required": ["risk"],
    "properties": {"risk": {"enum": ["low {{step}}", "high"]}},
}


def request(step: str = "scan", **fields: object) -> Request:
    known = {"run_id": "r-1", "attempt": 1, "agent": "scanner", "system": "", "prompt": "look", "model": "m"}
    return Request(step=step, **{**known, **fields})  # type: ignore[arg-type]


def stub_of(script: str | None) -> StubBackend:
    rules: MockScript | None = None if script is None else parse_script(script, "stubs.yaml")
    return StubBackend(rules, sleep=AutojumpClock().sleep, open_tools=open_stub_tools(str(Path.cwd())))


def answered(backend: StubBackend, wanted: Request) -> Outcome:
    async def run() -> Outcome:
        async with backend.open() as opened:
            return await opened.run(wanted, Watcher())

    return asyncio.run(run())


def test_without_a_script_an_answer_names_its_step() -> None:
    backend = stub_of(None)

    assert answered(backend, request()) == Success(output="stub output of scan", model="m")
    assert backend.asked["scan"].source is StubSource.PLAIN
    assert backend.asked["scan"].request.prompt == "look"
    assert backend.versions() == {}


def test_without_a_script_an_answer_is_made_from_the_schema() -> None:
    backend = stub_of(None)

    assert answered(backend, request(output_schema=RISK)) == Success(
        output='{"risk":"low {{step}}"}', model="m"
    )
    assert backend.asked["scan"].source is StubSource.SCHEMA


def test_a_script_answers_what_it_speaks_of_and_the_rest_is_made() -> None:
    backend = stub_of("answers: [{step: scan, answer: 'from {{step}}'}]")

    assert answered(backend, request()) == Success(output="from scan", model="m")
    assert answered(backend, request("other")) == Success(output="stub output of other", model="m")
    assert [stubbed.source for stubbed in backend.asked.values()] == [StubSource.SCRIPT, StubSource.PLAIN]


def test_the_default_of_a_script_speaks_of_every_step() -> None:
    assert answered(stub_of("default: anything"), request(output_schema=RISK)) == Success(
        output="anything", model="m"
    )


def test_a_script_may_fail_a_step_and_its_delay_takes_no_time() -> None:
    outcome = answered(stub_of("default: {fail: rejected, message: never, delay: 10h}"), request())

    assert isinstance(outcome, Refusal)
    assert outcome.failure.kind is FailureKind.REJECTED


@pytest.mark.parametrize(
    ("tool", "arguments"),
    [
        ("create_file", {"path": "made.txt", "content": "x"}),
        ("run_in_terminal", {"command": "touch made.txt"}),
    ],
)
def test_a_call_of_a_script_changes_nothing(tool: str, arguments: dict[str, str]) -> None:
    calls = json.dumps([{"tool": tool, "arguments": arguments}])
    backend = stub_of(f"answers: [{{step: scan, calls: {calls}, answer: 'told: {{{{result}}}}'}}]")

    outcome = answered(backend, request(tools=(tool,)))

    assert isinstance(outcome, Success)
    assert outcome.output.startswith("told: stub result of ")
    assert list(Path.cwd().iterdir()) == []


def test_a_made_answer_is_compact_json() -> None:
    assert stub_answer("a", RISK) == '{"risk":"low {{step}}"}'
