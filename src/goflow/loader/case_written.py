"""A test file as it is written: its cases, with the places that messages need."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import TYPE_CHECKING

from goflow.problems import Span
from goflow.values import dataclass
from goflow.workflow.case import Check, Disturbance

if TYPE_CHECKING:
    from yaml import Node


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """A text that names something, and where it stands."""

    text: str
    at: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What is expected, and the steps that are named for it."""

    checks: tuple[Check, ...] = ()
    steps: tuple[Named, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenCase:
    """A case as it stands in the file; `stubs` are read by whoever knows scripts of answers."""

    at: Span
    name: Named
    inputs: Mapping[str, Named] = field(default_factory=dict, hash=False)
    """Values by name, each with the place of the name."""
    stubs: Node | None = None
    mock: Named | None = None
    replay: Named | None = None
    chaos: tuple[Disturbance, ...] = ()
    seed: int = 0
    expect: Expected = Expected()


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenFile:
    """A test file."""

    workflow: Named | None = None
    cases: tuple[WrittenCase, ...] = ()
