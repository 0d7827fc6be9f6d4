"""The tool `glob`: the paths below a folder that a pattern matches."""

from __future__ import annotations

from typing import Final

from goflow.tools.base import Arguments, Tool, ToolClass, ToolContext
from goflow.tools.file_parameters import path, text
from goflow.tools.gate import Gate
from goflow.tools.gate_paths import shown
from goflow.tools.globs import parse_glob
from goflow.tools.threads import in_thread
from goflow.tools.walking import MOST_FILES, MOST_SECONDS, Tour

MOST_PATHS: Final = 1000


async def _glob(arguments: Arguments, context: ToolContext) -> str:
    pattern = arguments["pattern"].removeprefix(f"{context.workspace}/")
    where = arguments.get("path", ".")
    return await in_thread(lambda stop: _listed(pattern, where, Tour(Gate.of(context), stop)))


def _listed(pattern: str, where: str, tour: Tour) -> str:
    wanted = parse_glob(pattern)
    found = sorted(file.shown for file in tour.files(where) if wanted.matches(file.below))
    if len(found) > MOST_PATHS:
        tour.note(f"the first {MOST_PATHS:,} of {len(found):,} files: narrow `pattern` or `path`")
    return "\n".join([*(found[:MOST_PATHS] or [f"no file matches `{shown(pattern)}`"]), *tour.said()])


GLOB: Final = Tool(
    name="glob",
    kind=ToolClass.READ,
    description=(
        "Find files by their paths: `*.py` (at any depth), `src/**/*.{ts,tsx}`, `docs/[a-m]*`. "
        "Links, `.git`, `node_modules`, `.venv` and `__pycache__` are passed over."
    ),
    parameters=(
        text("pattern", "The pattern, relative to `path`.", "query"),
        path("The folder to search; the workspace if not given."),
    ),
    use=_glob,
    subject="path",
    bounds=f"{MOST_PATHS:,} paths; {MOST_FILES:,} files looked at, {MOST_SECONDS:.0f} s",
)
