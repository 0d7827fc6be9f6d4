"""The tool `grep`: lines that a pattern matches, in text files below a path."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final, TypeAlias

from goflow.tools.base import Arguments, Tool, ToolClass, ToolContext
from goflow.tools.file_parameters import flag, path, text
from goflow.tools.gate import Gate
from goflow.tools.gate_paths import shown
from goflow.tools.globs import parse_glob
from goflow.tools.patterns import LONGEST_SEARCH_S, compile_pattern
from goflow.tools.text_files import cut_line, lines_of
from goflow.tools.threads import in_thread
from goflow.tools.walking import MOST_FILES, MOST_SEARCHED_BYTES, MOST_SECONDS, FoundFile, Tour

MOST_MATCHES: Final = 200
_LONGEST_LINE: Final = 300
_LONGEST_SEARCHED_LINE: Final = 10_000

_IsMatch: TypeAlias = Callable[[str], Any]


async def _grep(arguments: Arguments, context: ToolContext) -> str:
    return await in_thread(lambda stop: _search(arguments, Tour(Gate.of(context), stop)))


def _search(arguments: Arguments, tour: Tour) -> str:
    is_match = compile_pattern(
        arguments["pattern"],
        is_literal=arguments.get("literal", not arguments.get("is_regexp", True)),
        ignores_case=arguments.get("ignore_case", False),
    )
    files = tour.files(arguments.get("path", "."))
    if arguments.get("include"):
        include = parse_glob(arguments["include"])
        files = (file for file in files if include.matches(file.below))
    return _result(arguments["pattern"], _matches(files, is_match, tour), tour)


def _matches(files: Iterator[FoundFile], is_match: _IsMatch, tour: Tour) -> Iterator[str]:
    for file in files:
        for number, line in enumerate(lines_of(file.text() or ""), start=1):
            if is_match(line[:_LONGEST_SEARCHED_LINE]):
                yield f"{file.shown}:{number}: {cut_line(line, _LONGEST_LINE)}"
            if tour.is_stopped():
                return


def _result(pattern: str, matches: Iterator[str], tour: Tour) -> str:
    lines = list[str]()
    for line in matches:
        if len(lines) == MOST_MATCHES:
            tour.note(f"only the first {MOST_MATCHES} matching lines: narrow `pattern`, `path` or `include`")
            break
        lines.append(line)
    return "\n".join([*(lines or [f"no line matches `{shown(pattern)}`"]), *tour.said()])


GREP: Final = Tool(
    name="grep",
    kind=ToolClass.READ,
    description=(
        "Search the lines of text files with a regular expression. Shows `path:line: text` for each match. "
        "Links, binary files, `.git`, `node_modules`, `.venv` and `__pycache__` are passed over."
    ),
    parameters=(
        text("pattern", "The regular expression, or the text if `literal` is set.", "query", "includes"),
        path("The file or folder to search; the workspace if not given."),
        text(
            "include", "Only these files: `*.py`, `src/**/*.ts`.", "includePattern", "glob", is_required=False
        ),
        flag("ignore_case", "Whether `a` matches `A` too.", "ignoreCase", "-i"),
        flag("literal", "Whether `pattern` is plain text."),
        flag("is_regexp", "The opposite of `literal`.", "isRegexp"),
    ),
    use=_grep,
    subject="path",
    bounds=(
        f"{MOST_MATCHES} lines; {MOST_FILES:,} files of up to {MOST_SEARCHED_BYTES // 1024**2} MiB, "
        f"{MOST_SECONDS:.0f} s; {LONGEST_SEARCH_S:.0f} s a line"
    ),
)
