"""The tables of `expect`: what a case wants of its run, and the steps that it names."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final, TypeAlias, TypeVar

from goflow.events import RunStatus
from goflow.loader.case_texts import text_checks
from goflow.loader.case_written import Expected, Named
from goflow.loader.decode import Decoder, Shape, fields_of, list_of, named
from goflow.loader.scalars import choice, text, whole_number
from goflow.problems import Span
from goflow.workflow.case import (
    AttemptsAre,
    Check,
    ExitCodeIs,
    OutputIs,
    PrintedIs,
    PromptIs,
    Ran,
    RunStatusIs,
    Skipped,
    StepStatusIs,
)

if TYPE_CHECKING:
    from yaml import Node

    from goflow.loader.findings import Findings

T = TypeVar("T")
_Placed: TypeAlias = tuple[T, Span]

_RUN_STATUS: Final = choice({word.value: word.value for word in RunStatus if word is not RunStatus.RUNNING})
_STEP_STATUS: Final = choice(
    {word: word for word in ("completed", "skipped", "failed", "not_run", "cancelled")}
)


def read_named(at: Findings, node: Node) -> Named | None:
    """Read a text with its place."""
    written = text(at, node)
    return None if written is None else Named(text=written, at=at.place(node))


def expect(at: Findings, node: Node) -> Expected | None:
    """Read what a case expects."""
    values = fields_of(at, node, _EXPECT)
    if values is None:
        return None
    steps: tuple[Named, ...] = values.get("steps", ((), ()))[1]
    named_in_lists = (step for key in ("ran", "skipped") for step in values.get(key, ((), None))[0])
    return Expected(checks=tuple(_of_run(values)), steps=(*steps, *named_in_lists))


def _of_run(values: Mapping[str, Any]) -> Iterator[Check]:
    for key, value in values.items():
        match key, value:
            case "status", (status, at):
                yield RunStatusIs(status=status, at=at)
            case "exit_code", (code, at):
                yield ExitCodeIs(code=code, at=at)
            case "ran", (steps, at):
                yield Ran(steps=tuple(step.text for step in steps), at=at)
            case "skipped", (steps, at):
                yield Skipped(steps=tuple(step.text for step in steps), at=at)
            case "steps", (checks, _):
                yield from checks
            case _:
                yield from (PrintedIs(check=check) for check in value)


def _placed(decode: Decoder[T]) -> Decoder[_Placed[T]]:
    def decode_placed(at: Findings, node: Node) -> _Placed[T] | None:
        value = decode(at, node)
        return None if value is None else (value, at.place(node))

    return decode_placed


_STEP: Final = Shape(
    noun="what is expected of a step",
    fields={
        "status": ("status", _placed(_STEP_STATUS)),
        "prompt": ("prompt", text_checks),
        "output": ("output", text_checks),
        "attempts": ("attempts", _placed(whole_number)),
    },
)


def _of_step(step: str, values: Mapping[str, Any]) -> Iterator[Check]:
    for key, value in values.items():
        match key:
            case "status":
                yield StepStatusIs(step=step, status=value[0], at=value[1])
            case "attempts":
                yield AttemptsAre(step=step, count=value[0], at=value[1])
            case _:
                of: Callable[..., Check] = PromptIs if key == "prompt" else OutputIs
                yield from (of(step=step, check=check) for check in value)


def _step(at: Findings, name: str, key: Node, node: Node) -> tuple[tuple[Check, ...], Named]:
    values = fields_of(at, node, _STEP) or {}
    return tuple(_of_step(name, values)), Named(text=name, at=at.place(key))


_by_name: Final = named(_step, "steps")


def _steps(at: Findings, node: Node) -> tuple[tuple[Check, ...], tuple[Named, ...]] | None:
    found = _by_name(at, node)
    if found is None:
        return None
    checks = tuple(check for of_step, _ in found.values() for check in of_step)
    return checks, tuple(step for _, step in found.values())


_EXPECT: Final = Shape(
    noun="`expect`",
    fields={
        "status": ("status", _placed(_RUN_STATUS)),
        "exit_code": ("exit_code", _placed(whole_number)),
        "ran": ("ran", _placed(list_of(read_named))),
        "skipped": ("skipped", _placed(list_of(read_named))),
        "steps": ("steps", _steps),
        "output": ("output", text_checks),
    },
)
