"""A fact in its place in the journal, and what is shown and never kept there."""

from __future__ import annotations

from goflow.events.fact import Fact
from goflow.values import dataclass


@dataclass(frozen=True, slots=True)
class Event:
    """A fact with its place and time in the journal: `seq` counts from 1 without gaps."""

    seq: int
    at_ms: int
    fact: Fact


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """A piece of an attempt's answer as it arrives: shown, kept in `stream.jsonl`, never replayed."""

    step: str
    attempt: int
    text: str
