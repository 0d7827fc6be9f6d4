"""The tool `semantic_search`: the parts of text files that share the rarest words with a question."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from threading import Event
from typing import TYPE_CHECKING, Final

from goflow.tools.base import Arguments, Tool, ToolClass, ToolContext, ToolError
from goflow.tools.file_parameters import path, text
from goflow.tools.gate import Gate
from goflow.tools.gate_paths import shown
from goflow.tools.text_files import cut_line, lines_of
from goflow.tools.threads import in_thread
from goflow.tools.walking import MOST_SECONDS, Tour
from goflow.values import dataclass

if TYPE_CHECKING:
    from sqlite3 import Connection

MOST_RANKED_FILES: Final = 5000
MOST_RANKED_CHARS: Final = 20_000_000
MOST_PARTS: Final = 10
_PART_LINES: Final = 40
_EXCERPT_LINES: Final = 15
_LONGEST_LINE: Final = 200
_MOST_WORDS: Final = 32
_SMALL_WORDS: Final = re.compile(
    "an?|all|and|are|as|at|be|by|can|do|does|for|from|has|have|how|i[nst]?|its|of|on|or|that|the|there|this|to"
    "|was|we|what|when|where|which|who|why|with"
)
_WORD: Final = re.compile(r"[^\W_]+")
_HUMP: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Part:
    """Some lines of a file that follow each other."""

    path: str
    first: int
    lines: tuple[str, ...]


async def _semantic_search(arguments: Arguments, context: ToolContext) -> str:
    query, where = arguments["query"], arguments.get("path", ".")
    return await in_thread(lambda stop: _search(query, where, _tour(context, stop)))


def _tour(context: ToolContext, stop: Event) -> Tour:
    return Tour(Gate.of(context), stop, most_files=MOST_RANKED_FILES)


def _search(query: str, where: str, tour: Tour) -> str:
    words = _words(query)
    if not words:
        raise ToolError(f"`query` has no word in it, `{shown(query)}`: describe what to find")
    said = [_excerpt(part, words) for part in _ranked(_parts(tour, where), words)]
    return "\n\n".join([*(said or ["nothing shares a word with the query"]), *tour.said()])


def _words(query: str) -> list[str]:
    """Return the words of a query, those of `camelCase` and `snake_case` apart; small ones if no others."""
    found = dict.fromkeys(word.lower() for word in _WORD.findall(_HUMP.sub(" ", query[:10_000])))
    return [word for word in found if not _SMALL_WORDS.fullmatch(word)][:_MOST_WORDS] or list(found)[
        :_MOST_WORDS
    ]


def _parts(tour: Tour, where: str) -> Iterator[_Part]:
    left = MOST_RANKED_CHARS
    for file in tour.files(where):
        text_of_file = file.text() or ""
        left -= len(text_of_file)
        if left < 0:
            tour.note(f"stopped after {MOST_RANKED_CHARS // 1_000_000} million characters: give a `path`")
            return
        lines = lines_of(text_of_file)
        first = 1
        while part := tuple(islice(lines, _PART_LINES)):
            yield _Part(path=file.shown, first=first, lines=part)
            first += len(part)


def _ranked(parts: Iterator[_Part], words: list[str]) -> list[_Part]:
    """Return the parts that fit best: bm25 over a full-text index that lives as long as this call."""
    try:
        import sqlite3
    except ImportError:
        raise ToolError("this Python has no SQLite, which ranks the text: use `grep`") from None

    kept, connection = list[_Part](), sqlite3.connect(":memory:")
    try:
        _make_index(connection)
        connection.executemany("INSERT INTO parts VALUES (?, ?)", _rows(parts, kept))
        query = " OR ".join(f'"{word}"' for word in words)
        found = connection.execute(_BEST, (query, MOST_PARTS)).fetchall()
    finally:
        connection.close()
    return [kept[rowid - 1] for (rowid,) in found]


_BEST: Final = "SELECT rowid FROM parts WHERE parts MATCH ? ORDER BY bm25(parts, 4.0, 1.0), rowid LIMIT ?"


def _make_index(connection: Connection) -> None:
    import sqlite3

    try:
        connection.execute("CREATE VIRTUAL TABLE parts USING fts5(path, text, tokenize='porter', content='')")
    except sqlite3.OperationalError as error:
        raise ToolError(f"this Python's SQLite cannot rank text ({error}): use `grep`") from None


def _rows(parts: Iterator[_Part], kept: list[_Part]) -> Iterator[tuple[str, str]]:
    for part in parts:
        kept.append(part)
        yield _HUMP.sub(" ", part.path), _HUMP.sub(" ", "\n".join(part.lines))


def _excerpt(part: _Part, words: list[str]) -> str:
    """Show the lines of a part that hold most of the words, the long ones counting for more."""
    starts = range(max(1, len(part.lines) - _EXCERPT_LINES + 1))
    start = max(starts, key=lambda at: (_weight(part.lines[at : at + _EXCERPT_LINES], words), -at))
    shown_lines = enumerate(part.lines[start : start + _EXCERPT_LINES], start=part.first + start)
    numbered = [f"{number:>6}\t{cut_line(line, _LONGEST_LINE)}" for number, line in shown_lines]
    return "\n".join([f"{part.path}:{part.first}-{part.first + len(part.lines) - 1}", *numbered])


def _weight(lines: tuple[str, ...], words: list[str]) -> int:
    seen = " ".join(line[:_LONGEST_LINE] for line in lines).lower()
    return sum(len(word) for word in words if word in seen)


SEMANTIC_SEARCH: Final = Tool(
    name="semantic_search",
    kind=ToolClass.READ,
    description=(
        "Find the parts of text files that fit a description best, by the words they share. Shows "
        "`path:first-last` and the lines; use `grep` for exact text."
    ),
    parameters=(
        text("query", "What to find, in words that may stand in the files."),
        path("The folder to search; the workspace if not given."),
    ),
    use=_semantic_search,
    subject="path",
    bounds=(
        f"{MOST_PARTS} parts of {_PART_LINES} lines; {MOST_RANKED_FILES:,} files, "
        f"{MOST_RANKED_CHARS // 1_000_000} million characters, {MOST_SECONDS:.0f} s"
    ),
)
