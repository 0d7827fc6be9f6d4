"""Whose earlier runs are meant: `--backend`."""

from __future__ import annotations

from enum import StrEnum


class AnsweredBy(StrEnum):
    """Who answered the steps of a run."""

    LLM = "llm"
    CLI = "cli"
    MOCK = "mock"
