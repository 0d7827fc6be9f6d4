"""Tools that look at files and folders by their paths: `view` and `list_dir`."""

from __future__ import annotations

import stat
from itertools import islice
from typing import Final

from goflow.tools.base import Arguments, Tool, ToolClass, ToolContext, ToolError
from goflow.tools.file_parameters import path, whole
from goflow.tools.gate import MOST_FILE_BYTES, Gate
from goflow.tools.gate_folder import Entry, Kind
from goflow.tools.gate_paths import on_one_line, shown
from goflow.tools.text_files import count_lines, cut_line, lines_of, shown_text
from goflow.tools.threads import in_thread

MOST_LINES: Final = 2000
MOST_CHARS: Final = 39_000
"""Some less than a result may have, so that the note at its end is not cut with the rest."""
LONGEST_LINE: Final = 2000
MOST_ENTRIES: Final = 1000
_MOST_LISTED: Final = 20_000
"""Names that are looked at, of which the first ones are shown."""


async def _view(arguments: Arguments, context: ToolContext) -> str:
    gate, seen = Gate.of(context), arguments["path"]
    return await in_thread(lambda _: view(gate, seen, *_wanted(arguments)))


def _wanted(arguments: Arguments) -> tuple[int, int | None]:
    """Return the first line and how many, of either way to say it; an end of 0 or less is the file's."""
    first = max(1, arguments.get("start_line") or arguments.get("offset") or 1)
    end = arguments.get("end_line")
    if end is None or end <= 0:
        return first, arguments.get("limit")
    if end < first:
        raise ToolError(f"`end_line` is {end}, before `start_line`, {first}: the end comes after the start")
    return first, end - first + 1


def view(gate: Gate, seen: str, first: int = 1, most: int | None = None) -> str:
    """Return numbered lines of a file, or what is in a folder."""
    status = gate.status(seen)
    if status is not None and stat.S_ISDIR(status.st_mode):
        return list_folder(gate, seen)
    text = shown_text(gate.read(seen), shown(seen))
    count = count_lines(text)
    if not count:
        return f"`{shown(seen)}` is empty"
    if first > count:
        raise ToolError(f"`{shown(seen)}` has {count} lines: line {first} is behind its end")
    return _numbered(text, count, first, MOST_LINES if most is None else max(1, min(most, MOST_LINES)))


def _numbered(text: str, count: int, first: int, most: int) -> str:
    parts, chars = list[str](), 0
    lines = islice(lines_of(text), first - 1, first - 1 + most)
    for number, line in enumerate(lines, start=first):
        part = f"{number:>6}\t{cut_line(line, LONGEST_LINE)}"
        chars += len(part) + 1
        if chars > MOST_CHARS:
            break
        parts.append(part)
    last = first + len(parts) - 1
    if last < count:
        parts.append(f"[lines {first} to {last} of {count}; for more: `start_line` {last + 1}]")
    return "\n".join(parts)


async def _list_dir(arguments: Arguments, context: ToolContext) -> str:
    gate, seen = Gate.of(context), arguments.get("path", ".")
    return await in_thread(lambda _: list_folder(gate, seen))


def list_folder(gate: Gate, seen: str) -> str:
    """Return the names in a folder, one a line."""
    entries = gate.entries(seen, most=_MOST_LISTED)
    if not entries:
        return f"`{shown(seen)}` is empty"
    lines = [_entry_line(entry) for entry in entries[:MOST_ENTRIES]]
    if len(entries) > MOST_ENTRIES:
        more = "more than " if len(entries) == _MOST_LISTED else ""
        lines.append(f"[the first {MOST_ENTRIES:,} of {more}{len(entries):,} names; `glob` finds the others]")
    return _cut_list(lines)


def _entry_line(entry: Entry) -> str:
    end = {Kind.FOLDER: "/", Kind.LINK: " (link)", Kind.OTHER: " (no file)", Kind.FILE: ""}[entry.kind]
    return on_one_line(entry.name) + end


def _cut_list(lines: list[str]) -> str:
    text = "\n".join(lines)
    if len(text) <= MOST_CHARS:
        return text
    return f"{text[: text.rindex(chr(10), 0, MOST_CHARS)]}\n[cut: the names are too long to show all]"


VIEW: Final = Tool(
    name="view",
    kind=ToolClass.READ,
    description=(
        f"Read a text file, with numbered lines, or list a folder. At most {MOST_LINES} lines are shown at a "
        "time: give `start_line` and `end_line`, or `offset` and `limit`, to see others."
    ),
    parameters=(
        path("The file or folder, relative to the workspace or absolute.", is_required=True),
        whole("start_line", "The first line to show, from 1.", "startLine"),
        whole("end_line", "The last line to show; -1 is the last of the file.", "endLine"),
        whole("offset", "The first line to show, from 1; the same as `start_line`."),
        whole("limit", "How many lines to show."),
    ),
    use=_view,
    subject="path",
    bounds=(
        f"files up to {MOST_FILE_BYTES // 1024**2} MiB; {MOST_LINES:,} lines or {MOST_CHARS:,} characters a "
        f"call; lines of {LONGEST_LINE:,} characters"
    ),
)
LIST_DIR: Final = Tool(
    name="list_dir",
    kind=ToolClass.READ,
    description="List a folder: one name a line, folders end in `/`.",
    parameters=(path("The folder, relative to the workspace or absolute; the workspace if not given."),),
    use=_list_dir,
    subject="path",
    bounds=f"{MOST_ENTRIES:,} names",
)
FILE_TOOLS: Final = (VIEW, LIST_DIR)
