"""Paths into JSON, as templates write them: `.items[0].name`, or `.items.0.name`."""

from __future__ import annotations

import json
import re
from functools import lru_cache
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from goflow.templating.reference import JsonRef

MOST_PARTS: Final = 20
"""How many parts a path has at most."""

PATH: Final = r"(?:\.[^\s{}.\[\]\"']+|\[[0-9]{1,9}\])*"
"""What a path looks like, for the pattern of a reference; each part has one beginning, so it is linear."""

_PART: Final = re.compile(r"\.([^\s{}.\[]+)|\[([0-9]+)\]")
_INDEX: Final = re.compile(r"[0-9]{1,9}")
_NOTHING: Final = object()
_KEPT: Final = 32


def read_path(written: str) -> tuple[str | int, ...]:
    """Return the parts of a path that `PATH` has matched: names, and the numbers that stand in brackets."""
    return tuple([name or int(index) for name, index in _PART.findall(written)])


def place_of_part(ref: JsonRef, index: int) -> tuple[int, int]:
    """Return where the name or the number of a part stands in the text of `ref`: its offset and its width."""
    before = f".{ref.step}.json"
    start = ref.text.index(before) + len(before)
    part = next(islice(_PART.finditer(ref.text, start), index, None))
    group = 1 if part[1] else 2
    return part.start(group), part.end(group) - part.start(group)


def index_of(part: str | int) -> int | None:
    """Return the place in a list that a part names; a name may do so too, as in `items.0`."""
    if isinstance(part, int):
        return part
    return int(part) if _INDEX.fullmatch(part) else None


def json_text(output: str, path: tuple[str | int, ...]) -> str:
    """Return what an output holds at `path`: a text as it is, other values as compact JSON.

    What is not there reads as the empty string, and so does an output that is no JSON: a skipped step's.
    """
    try:
        value = _parsed(output)
        for part in path:
            value = _child(value, part)
        if value is _NOTHING or isinstance(value, str):
            return "" if value is _NOTHING else str(value)
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    except (ValueError, RecursionError):
        return ""


@lru_cache(maxsize=_KEPT)
def _parsed(output: str) -> Any:  # noqa: ANN401 - any JSON, which nobody changes
    """Parse an output; many steps read the same few."""
    return json.loads(output)


def _child(value: Any, part: str | int) -> Any:  # noqa: ANN401 - any JSON
    if isinstance(value, dict):
        return value.get(part, _NOTHING)
    index = index_of(part)
    if isinstance(value, list) and index is not None and index < len(value):
        return value[index]
    return _NOTHING
