"""Answers that are to be JSON: whether they satisfy a schema, and what the model is told if they do not."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from goflow.loader.json_text import NotJson, parse_json
from goflow.loader.schema_words import told
from goflow.values import dataclass

if TYPE_CHECKING:
    from jsonschema import ValidationError
    from jsonschema.protocols import Validator as Checker

    from goflow.workflow.policy import Json

MOST_CHARS: Final = 8_000_000
"""How long an answer is at most."""

_MOST_COMPLAINED: Final = 4_000
_FENCE: Final = re.compile(r"```(?:json)?[ \t]*\r?\n(.*)\n[ \t]*```", re.DOTALL | re.IGNORECASE)
_TOO_DEEP: Final = "the answer is nested too deep"


@dataclass(frozen=True, slots=True)
class Valid:
    """An answer that satisfies its schema, as compact JSON with the keys in the order they were given."""

    text: str


@dataclass(frozen=True, slots=True)
class Invalid:
    """An answer that does not, and what the model is told: exactly what is wrong and where, a line each."""

    complaint: str


Verdict: TypeAlias = Valid | Invalid


class Validator:
    """Holds answers against one JSON Schema (2020-12, which the loader has checked); nothing is fetched."""

    def __init__(self, schema: Mapping[str, Json]) -> None:
        self._checker = _checker(schema)

    def check(self, answer: str) -> Verdict:
        """Judge an answer as a model wrote it, perhaps with blanks or one fence of code around it."""
        if len(answer) > MOST_CHARS:
            return Invalid(f"the answer has more than {MOST_CHARS:,} characters")
        try:
            value = parse_json(_bare(answer))
        except NotJson as error:
            return _invalid(f"the answer is not JSON: {error.reason}{_where(_bare(answer), error.offset)}")
        return self.check_value(value)

    def check_value(self, value: Json) -> Verdict:
        """Judge an answer that has been parsed: the arguments of a tool call."""
        try:
            text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
            text.encode()
            lines = told(self._checker.iter_errors(value))
        except RecursionError:
            return Invalid(_TOO_DEEP)
        except UnicodeEncodeError:
            return Invalid(
                "the answer holds half a character: one of `\\ud800` to `\\udfff` without its other half"
            )
        except (ValueError, OverflowError):
            return Invalid("the answer holds a number that is too large")
        return _invalid("\n".join(lines)) if lines else Valid(text)


def _invalid(complaint: str) -> Invalid:
    """Return a complaint that any provider can be sent: not too long, and free of half characters."""
    cut = complaint if len(complaint) <= _MOST_COMPLAINED else complaint[:_MOST_COMPLAINED] + "…"
    return Invalid(cut.encode(errors="replace").decode())


def _bare(answer: str) -> str:
    answer = answer.strip().removeprefix("\ufeff")
    fenced = _FENCE.fullmatch(answer)
    return fenced[1] if fenced else answer


def _where(text: str, offset: int | None) -> str:
    if offset is None:
        return ""
    line = text.count("\n", 0, offset) + 1
    return f" at line {line}, column {offset - text.rfind(chr(10), 0, offset)}"


def _checker(schema: Mapping[str, Json]) -> Checker:
    from referencing import Registry

    return _kind()(dict(schema), registry=Registry())


@cache
def _kind() -> type[Checker]:
    """Return the class of all checkers: to make it takes fifty times as long as to make one of it."""
    from jsonschema import Draft202012Validator
    from jsonschema.validators import extend

    kind: type[Checker] = extend(Draft202012Validator, {"uniqueItems": _unique_items})  # type: ignore[no-untyped-call]
    return kind


def _unique_items(
    checker: Checker,
    wanted: object,
    items: Any,  # noqa: ANN401 - any JSON
    schema: object,
) -> Iterator[ValidationError]:
    """Compare the items' canonical texts: the library compares each with each, which takes hours for many."""
    from jsonschema import ValidationError

    if wanted and isinstance(items, list):
        texts = {json.dumps(_plain(item), sort_keys=True) for item in items}
        if len(texts) != len(items):
            yield ValidationError("an item stands in the list twice")


def _plain(value: Json) -> Json:
    """Return a value whose equal numbers are written the same: for a schema 1.0 is 1, and `true` is not."""
    match value:
        case float() if value.is_integer():
            return int(value)
        case dict():
            return {key: _plain(item) for key, item in value.items()}
        case list():
            return [_plain(item) for item in value]
        case _:
            return value
