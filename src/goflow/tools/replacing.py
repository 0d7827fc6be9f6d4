"""Replace a text in a text, where it is exactly once or wherever it is."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Final

from goflow.problems import count_of
from goflow.tools.base import ToolError
from goflow.tools.gate import MOST_FILE_BYTES
from goflow.tools.gate_paths import shown
from goflow.tools.text_files import EditedText
from goflow.values import dataclass

_MOST_LINES_NAMED: Final = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A replacement in a file, as a model asks for it."""

    path: str
    old: str
    new: str
    is_everywhere: bool


def changed(text: str, change: Change, edited: EditedText) -> tuple[str, str]:
    """Return the text with the change made and what to say of it; raise `ToolError` if it cannot be made."""
    old, new, where = edited.adapted(change.old), edited.adapted(change.new), f"`{shown(change.path)}`"
    if not old:
        raise ToolError(f"`old_string` is empty for {where}: `create_file` writes a whole file")
    if old == new:
        raise ToolError(f"`old_string` and `new_string` are the same for {where}: nothing would change")
    count = text.count(old)
    if not count:
        raise ToolError(f"`old_string` is not in {where}: {_hint(text, old, edited)}")
    lines = ", ".join(map(str, islice(_lines_with(text, old), _MOST_LINES_NAMED)))
    if count > 1 and not change.is_everywhere:
        raise ToolError(
            f"`old_string` is in {where} {count} times (at lines {lines}{_more(count)}): "
            "add lines around it until it is there once, or set `replace_all`"
        )
    if len(text) + count * (len(new) - len(old)) > MOST_FILE_BYTES:
        raise ToolError(
            f"{where} would have more than {MOST_FILE_BYTES:,} characters, the most a tool writes"
        )
    matches = count_of(count, "match", "matches")
    return text.replace(old, new), f"replaced {matches} in {where} (line {lines}{_more(count)})"


def _lines_with(text: str, old: str) -> Iterator[int]:
    """Yield the number of the line that each match begins in."""
    line, at, found = 1, 0, text.find(old)
    while found >= 0:
        line += text.count("\n", at, found)
        yield line
        at, found = found, text.find(old, found + len(old))


def _more(count: int) -> str:
    return ", …" if count > _MOST_LINES_NAMED else ""


def _hint(text: str, old: str, edited: EditedText) -> str:
    if edited.is_mixed and "\n" in old:
        return "its lines end in both `\\n` and `\\r\\n`, which must be given as they are"
    if " ".join(old.split()) in " ".join(text.split()):
        return "it is there with other blanks or line ends; copy it exactly"
    return "copy it exactly from `view`, without the line numbers"
