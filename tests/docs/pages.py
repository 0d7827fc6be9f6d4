"""The pages that readers follow, taken apart into their blocks.

Two comments, which readers do not see, can stand before a block:

    <!-- file: two-reviews.yaml -->     the block is that file, and later blocks find it
    <!-- not run: needs a key -->       its commands are only parsed
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent
from typing import Final

ROOT: Final = Path(__file__).parents[2]
PAGES: Final = (ROOT / "README.md", *sorted((ROOT / "docs" / "guides").glob("*.md")))
SHELL: Final = "sh"

_TOKEN: Final = re.compile(
    r"^<!-- (?P<mark>file|not run): (?P<value>.+) -->$"
    r"|^```(?P<language>.*)\n(?P<fenced>(?:.*\n)*?)```$"
    r"|(?<=\n\n)(?P<indented> {4}.*\n(?:(?: {4}.*)?\n)*)",
    re.MULTILINE,
)


@dataclass(frozen=True, kw_only=True)
class Block:
    """A fenced block, or an indented one, which is always commands; `line` is where its text begins."""

    page: Path
    line: int
    language: str
    text: str
    file: str | None = None
    not_run: bool = False

    @property
    def place(self) -> str:
        return f"{self.page.relative_to(ROOT)}:{self.line}"


def blocks_of(page: Path) -> Iterator[Block]:
    """Yield the blocks of a page in order."""
    text = page.read_text(encoding="utf-8")
    marks: dict[str, str] = {}
    for found in _TOKEN.finditer(text):
        if found["mark"]:
            marks[found["mark"]] = found["value"]
            continue
        start = found.start("indented" if found["indented"] else "fenced")
        yield Block(
            page=page,
            line=1 + text.count("\n", 0, start),
            language=SHELL if found["indented"] else found["language"],
            text=dedent(found["indented"] or found["fenced"]).rstrip() + "\n",
            file=marks.get("file"),
            not_run="not run" in marks,
        )
        marks = {}
