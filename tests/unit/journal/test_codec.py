from __future__ import annotations

import json
import re
from dataclasses import fields, replace

import pytest
from hypothesis import assume, given

from goflow.errors import JournalCorrupt
from goflow.events import (
    WIRE_NAMES,
    AttemptFailed,
    Event,
    Failure,
    FailureKind,
    RunClaimed,
    StepCompleted,
    Usage,
)
from goflow.journal.codec import Decoder, Encoder
from goflow.journal.run_ids import is_run_id
from tests.unit.journal.facts import CREATED, RUN, events, number, started, texts

encode = Encoder(RUN).encode
decode = Decoder().decode


def fields_of(event: Event) -> dict[str, object]:
    found: dict[str, object] = json.loads(encode(event))
    return found


@given(events)
def test_writing_and_reading_changes_nothing(event: Event) -> None:
    assert decode(encode(event)) == (RUN, event)


@given(events)
def test_a_line_is_plain_ascii_without_a_line_break(event: Event) -> None:
    assert re.fullmatch(r"[ -~]*", encode(event))


@given(texts)
def test_what_no_run_is_called_is_refused(run_id: str) -> None:
    assume(not is_run_id(run_id))
    line = Encoder(run_id).encode(Event(1, 0, started("plan")))

    with pytest.raises(JournalCorrupt, match="is no id of a run"):
        decode(line)
    with pytest.raises(JournalCorrupt, match="is no id of a run"):
        decode(encode(Event(1, 0, replace(CREATED, run_id=run_id))))


def test_a_line_starts_with_what_every_event_has() -> None:
    line = encode(Event(7, 1_795_449_731_034, started("plan", "Plan it")))

    assert line == (
        '{"v":1,"seq":7,"ts":"2026-11-23T16:02:11.034Z","type":"attempt.started","run":"r-7f3a9c21",'
        '"step":"plan","attempt":1,"agent":"writer","model":null,"prompt":"Plan it"}'
    )


def test_fields_at_their_default_are_left_out_and_nested_values_are_objects() -> None:
    completed = StepCompleted(step="plan", attempt=1, output="ok", usage=Usage(requests=1, cost_usd=0.25))

    found = fields_of(Event(1, 0, completed))

    assert found["usage"] == {"requests": 1, "cost_usd": 0.25}
    assert "session_id" not in found


def test_an_infinite_wait_is_a_number_beyond_all_bounds() -> None:
    failure = Failure(kind=FailureKind.RATE_LIMITED, message="later", retry_after_s=float("inf"))
    event = Event(1, 0, AttemptFailed(step="plan", attempt=1, failure=failure, chance=-float("inf")))

    line = encode(event)

    assert '"retry_after_s":1e999' in line
    assert decode(line)[1] == event


def test_a_number_that_is_none_is_refused() -> None:
    failure = Failure(kind=FailureKind.RATE_LIMITED, message="later")

    with pytest.raises(ValueError, match="NaN"):
        encode(Event(1, 0, AttemptFailed(step="plan", attempt=1, failure=failure, chance=float("nan"))))


def test_unknown_fields_are_ignored_at_every_depth() -> None:
    event = number([StepCompleted(step="plan", attempt=1, output="ok", usage=Usage(requests=1))])[0]
    found = fields_of(event)
    found["mood"] = "fine"
    found["usage"] = {"requests": 1, "water_l": 0.5}

    assert decode(json.dumps(found))[1] == event


def test_no_field_of_a_fact_has_the_name_of_a_field_that_every_line_has() -> None:
    for fact in WIRE_NAMES:
        assert not {part.name for part in fields(fact)} & {"v", "seq", "ts", "type", "run", "crc"}


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"v": 2}, "its version is `2`, and this goflow reads version 1"),
        ({"v": None}, "its version is `None`, and this goflow reads version 1"),
        ({"type": "step.levitated"}, "its type is `step.levitated`, which this goflow does not know"),
        ({"type": ["run.claimed"]}, "its type is `['run.claimed']`, which this goflow does not know"),
        ({"seq": "1"}, "its seq is `1`, which is no whole number"),
        ({"seq": True}, "its seq is `True`, which is no whole number"),
        ({"run": 5}, "`5` stands where a text belongs"),
        ({"ts": "yesterday"}, "`yesterday` is no time such as `2026-11-23T16:02:11.034Z`"),
        (
            {"ts": "2026-13-23T16:02:11.034Z"},
            "`2026-13-23T16:02:11.034Z` is no time such as `2026-11-23T16:02:11.034Z`",
        ),
        ({"epoch": 1.5}, "`1.5` stands where a whole number belongs"),
        ({"epoch": False}, "`False` stands where a whole number belongs"),
        ({"owner": {"name": "x"}}, "`{'name': 'x'}` stands where a text belongs"),
        ({"versions": ["x"]}, "`['x']` stands where an object belongs"),
    ],
)
def test_a_line_that_cannot_be_read_says_why(change: dict[str, object], reason: str) -> None:
    found = fields_of(Event(1, 0, RunClaimed(epoch=1, owner="me"))) | change

    with pytest.raises(JournalCorrupt) as raised:
        decode(json.dumps(found))

    assert raised.value.message == reason


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"failure": "busy"}, "`busy` stands where an object belongs"),
        ({"failure": {"kind": "timeout"}}, "`message` is missing"),
        ({"failure": {"kind": 5, "message": "m"}}, "`5` stands where one of `timeout`, `connection`, "),
        (
            {"failure": {"kind": "tired", "message": "m"}},
            "`tired` stands where one of `timeout`, `connection`, ",
        ),
        ({"chance": "0.5"}, "`0.5` stands where a number belongs"),
        ({"chance": True}, "`True` stands where a number belongs"),
    ],
)
def test_a_nested_value_that_cannot_be_read_says_why(change: dict[str, object], reason: str) -> None:
    failure = Failure(kind=FailureKind.TIMEOUT, message="m")
    found = fields_of(Event(1, 0, AttemptFailed(step="a", attempt=1, failure=failure, chance=0.5))) | change

    with pytest.raises(JournalCorrupt) as raised:
        decode(json.dumps(found))

    assert raised.value.message.startswith(reason)


@pytest.mark.parametrize(
    "line", ["", "{", '{"v":1', "[" * 100_000, '{"v":1} {"v":1}', "[]", "1", "9" * 5000, "null"]
)
def test_a_line_that_is_no_object_of_json_says_so(line: str) -> None:
    with pytest.raises(JournalCorrupt, match=r"^it is no JSON|^it is no JSON object|digits"):
        decode(line)


def test_a_missing_field_is_named() -> None:
    found = fields_of(Event(1, 0, CREATED))
    del found["workspace"]

    with pytest.raises(JournalCorrupt, match=r"^`workspace` is missing$"):
        decode(json.dumps(found))
