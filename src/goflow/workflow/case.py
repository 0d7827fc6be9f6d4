"""What a test file says of one case, as frozen data: what is expected of a run, and what goes wrong in it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import field
from enum import StrEnum
from typing import TypeAlias

from goflow.problems import Span
from goflow.values import dataclass
from goflow.workflow.policy import Json


class Fault(StrEnum):
    """What goes wrong on purpose."""

    RATE_LIMITED = "429"
    """The provider answers 429: too many requests, and wants a wait that is long."""
    SERVER_ERROR = "500"
    """The provider answers 500."""
    TIMEOUT = "timeout"
    """The request takes too long."""
    DROP = "drop"
    """The connection is lost."""
    EMPTY = "empty"
    """The answer holds no text."""
    BAD_JSON = "badjson"
    """The answer is cut off, and no JSON."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Disturbance:
    """A fault, how likely it is in each attempt, and the steps that it is for: a name or a pattern."""

    fault: Fault
    chance: float = 1.0
    step: str = "*"
    at: Span | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Equals:
    """The text is this one, but for blanks around it."""

    text: str
    at: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Contains:
    """The text holds this one."""

    text: str
    at: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Lacks:
    """The text does not hold this one."""

    text: str
    at: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Matches:
    """The regular expression is found in the text."""

    pattern: re.Pattern[str]
    at: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Satisfies:
    """The text is JSON that satisfies a schema."""

    schema: Mapping[str, Json] = field(hash=False)
    at: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Passes:
    """A Python function, `module:name`, says that the text is right; `folder` is where its module is."""

    function: str
    folder: str
    at: Span


Foreign: TypeAlias = Satisfies | Passes
"""What only other people's code can judge."""

TextCheck: TypeAlias = Equals | Contains | Lacks | Matches | Foreign
"""One thing that is expected of a text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunStatusIs:
    """The run ends so."""

    status: str
    at: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class ExitCodeIs:
    """`goflow run` would end with this exit code."""

    code: int
    at: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """These steps were asked, and no others."""

    steps: tuple[str, ...]
    at: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Skipped:
    """These steps were skipped, and no others."""

    steps: tuple[str, ...]
    at: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class StepStatusIs:
    """A step ends so."""

    step: str
    status: str
    at: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptsAre:
    """A step was asked so often."""

    step: str
    count: int
    at: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptIs:
    """The last prompt of a step is as one check wants it."""

    step: str
    check: TextCheck


@dataclass(frozen=True, slots=True, kw_only=True)
class OutputIs:
    """The output of a step is as one check wants it."""

    step: str
    check: TextCheck


@dataclass(frozen=True, slots=True, kw_only=True)
class PrintedIs:
    """What `goflow run` would print on stdout is as one check wants it."""

    check: TextCheck


Check: TypeAlias = (
    RunStatusIs | ExitCodeIs | Ran | Skipped | StepStatusIs | AttemptsAre | PromptIs | OutputIs | PrintedIs
)
"""One thing that is expected of a run."""
