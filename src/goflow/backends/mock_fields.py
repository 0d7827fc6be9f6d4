"""The tables of a mock script: which keys there are, and how each is read."""

from __future__ import annotations

import json
import re
from functools import partial
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from yaml import ScalarNode

from goflow.backends.mock_script import Call, Question, Stream, glob
from goflow.events import FailureKind, Usage
from goflow.loader.decode import Shape, fields_of, list_of, one_or_more, record, texts
from goflow.loader.json_values import json_mapping
from goflow.loader.scalars import choice, duration, number, text, whole_number
from goflow.problems import shown

if TYPE_CHECKING:
    from collections.abc import Mapping

    from yaml import Node

    from goflow.loader.decode import Decoder
    from goflow.loader.findings import Findings
    from goflow.workflow.policy import Json

MOST_TIMES: Final = 1000

Written: TypeAlias = "tuple[Node, dict[str, Any]]"
"""A mapping of the script: its node, and what it holds by key."""


def _written(shape: Shape) -> Decoder[Written]:
    def decode(at: Findings, node: Node) -> Written | None:
        values = fields_of(at, node, shape)
        return None if values is None else (node, values)

    return decode


def _text_or(decode: Decoder[Written]) -> Decoder[Written]:
    def decode_either(at: Findings, node: Node) -> Written | None:
        if not isinstance(node, ScalarNode):
            return decode(at, node)
        answer = text(at, node)
        return None if answer is None else (node, {"answer": answer})

    return decode_either


def _globs(at: Findings, node: Node) -> tuple[re.Pattern[str], ...] | None:
    names = one_or_more(at, node)
    return None if names is None else tuple(glob(name) for name in names)


def _contains(at: Findings, node: Node) -> list[re.Pattern[str]]:
    return [re.compile(re.escape(part)) for part in one_or_more(at, node) or ()]


def _matches(at: Findings, node: Node) -> list[re.Pattern[str]]:
    patterns = []
    for written in one_or_more(at, node) or ():
        try:
            patterns.append(re.compile(written))
        except (re.error, OverflowError) as error:
            at.error(
                "GF602", f"{shown(written)} is not a regular expression: {error}", node, help=_PLAIN_TEXT
            )
    return patterns


_PLAIN_TEXT: Final = "`contains` looks for the text as it is"


def _prompt(
    contains: list[re.Pattern[str]] | None = None, matches: list[re.Pattern[str]] | None = None
) -> tuple[re.Pattern[str], ...]:
    return (*(contains or ()), *(matches or ()))


def _times(at: Findings, node: Node) -> int | None:
    value = whole_number(at, node)
    if value is not None and not 1 <= value <= MOST_TIMES:
        at.error("GF603", f"`{value}` is not a number from 1 to {MOST_TIMES}", node)
        return None
    return value


def _cost(at: Findings, node: Node) -> float | None:
    value = number(at, node)
    if value is not None and value < 0:
        at.error(
            "GF604", f"`{value:g}` is not a cost, 0 or more", node, help="leave it out where it is not known"
        )
        return None
    return value


_OF_THE_ENGINE: Final = (FailureKind.STEP_TIMEOUT, FailureKind.OVER_BUDGET, FailureKind.INTERNAL)
KINDS: Final = {each.value: each for each in FailureKind if each not in _OF_THE_ENGINE}
_PROMPT: Final = Shape(
    noun="`prompt`", fields={"contains": ("contains", _contains), "matches": ("matches", _matches)}
)
_STREAM: Final = Shape(
    noun="`stream`", fields={"chunk": ("chunk_chars", _times), "pause": ("pause_s", duration)}
)
_ASK: Final = Shape(
    noun="`ask`", fields={"question": ("text", text), "choices": ("choices", texts)}, required=("question",)
)
_CALL: Final = Shape(
    noun="a call",
    fields={"tool": ("tool", text), "arguments": ("arguments", json_mapping)},
    required=("tool",),
)


def _call(*, tool: str, arguments: Mapping[str, Json] | None = None) -> Call:
    return Call(tool=tool, arguments=json.dumps(arguments or {}, ensure_ascii=False))


_USAGE: Final = Shape(
    noun="`usage`",
    fields={
        **{
            name: (name, whole_number)
            for name in ("requests", "input_tokens", "output_tokens", "cached_tokens")
        },
        "cost_usd": ("cost_usd", _cost),
    },
)
_REPLY: Final[Mapping[str, tuple[str, Decoder[Any]]]] = {
    "answer": ("answer", text),
    "delay": ("delay", duration),
    "stream": ("stream", record(_STREAM, Stream)),
    "ask": ("ask", record(_ASK, Question)),
    "calls": (
        "calls",
        list_of(record(_CALL, _call), example="`[{tool: view, arguments: {path: README.md}}]`"),
    ),
    "fail": ("fail", choice(KINDS)),
    "message": ("message", text),
    "retry_after": ("retry_after", duration),
    "usage": ("usage", record(_USAGE, partial(Usage, requests=1))),
}
RULE: Final = Shape(
    noun="a rule",
    fields={
        "step": ("step", one_or_more),
        "agent": ("agent", _globs),
        "model": ("model", _globs),
        "prompt": ("prompt", record(_PROMPT, _prompt)),
        "times": ("times", _times),
        "attempts": ("attempts", list_of(_text_or(_written(Shape(noun="a reply", fields=_REPLY))))),
        **_REPLY,
    },
)
SCRIPT: Final = Shape(
    noun="a mock script",
    fields={
        "answers": ("answers", list_of(_written(RULE), example="`[{step: plan, answer: …}]`")),
        "default": ("default", _text_or(_written(Shape(noun="`default`", fields=_REPLY)))),
    },
)
