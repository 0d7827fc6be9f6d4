"""Facts of every kind, made from the classes themselves, so that a new one is covered on the day it comes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from enum import StrEnum
from types import NoneType, UnionType
from typing import Any, get_args, get_origin, get_type_hints

from hypothesis import strategies as st

from goflow.events import (
    WIRE_NAMES,
    AttemptStarted,
    Event,
    Fact,
    RunClaimed,
    RunCreated,
    RunFinished,
    RunStatus,
)
from goflow.journal.run_ids import RUN_ID


def as_written(text: str) -> str:
    """Join what JSON cannot hold apart: two lone surrogates that make a pair."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")


ODD = [
    "\0",
    "\u2028",
    "\u2029",
    "\x85",
    "\x1b[31m",
    '"',
    "\\",
    "\n",
    "\r\n",
    "\ud800",
    "\udfff",
    "\U0010ffff",
    "é",
    "😀",
]
texts = st.lists(st.sampled_from(ODD) | st.text(st.characters(exclude_categories=())), max_size=4).map(
    lambda parts: as_written("".join(parts))
)
moments = st.integers(min_value=0, max_value=253_402_300_799_999)  # the last millisecond of the year 9999

_LEAVES: dict[object, st.SearchStrategy[Any]] = {
    str: texts,
    int: st.integers() | st.integers(min_value=10**40, max_value=10**60),
    float: st.floats(allow_nan=False),
    bool: st.booleans(),
    NoneType: st.none(),
}


def values_of(hint: Any) -> st.SearchStrategy[Any]:  # noqa: ANN401 - a type hint may be any object
    """Return values of a field's type."""
    arguments = get_args(hint)
    if get_origin(hint) is UnionType:
        return st.one_of(*map(values_of, arguments))
    if get_origin(hint) is tuple:
        return st.lists(values_of(arguments[0]), max_size=3).map(tuple)
    if get_origin(hint) is Mapping:
        return st.dictionaries(texts, values_of(arguments[1]), max_size=3)
    if isinstance(hint, type) and is_dataclass(hint):
        hints = get_type_hints(hint)
        values = {part.name: values_of(hints[part.name]) for part in fields(hint)}
        if hint is RunCreated:
            values["run_id"] = st.from_regex(RUN_ID, fullmatch=True)
        return st.builds(hint, **values)
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        return st.sampled_from(list(hint))
    return _LEAVES[hint]


facts: st.SearchStrategy[Fact] = st.one_of(*map(values_of, WIRE_NAMES))
events = st.builds(Event, st.integers(min_value=1), moments, facts)

RUN = "r-7f3a9c21"
CREATED = RunCreated(
    run_id=RUN,
    workflow_name="review",
    workflow_path="/home/ada/review.yaml",
    workspace="/home/ada",
    goflow_version="0.1.0",
)
ENDED = RunFinished(status=RunStatus.COMPLETED)


def claimed(epoch: int) -> RunClaimed:
    """Return an owner's first fact."""
    return RunClaimed(epoch=epoch, owner=f"host:{epoch}")


def started(step: str, prompt: str = "Say something") -> AttemptStarted:
    """Return the fact that a step has started."""
    return AttemptStarted(step=step, attempt=1, agent="writer", model=None, prompt=prompt)


def number(facts: list[Fact], after: int = 0) -> list[Event]:
    """Give facts their place and time."""
    return [Event(seq, 1_795_000_000_000 + seq, fact) for seq, fact in enumerate(facts, start=after + 1)]
