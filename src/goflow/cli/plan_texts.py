"""Long texts on the pages of `goflow plan`: whole, or their beginning with how much is left out."""

from __future__ import annotations

from typing import Final

from goflow.problems import count_of
from goflow.reporters.sanitize import sanitize

WIDEST: Final = 100
_SHORT_LINES: Final = 6
_SHORT_CHARS: Final = 600


def titled(title: str, text: str, *, is_whole: bool) -> str:
    """Return a text below its title, harmless; no line of it can pass for one of the page."""
    shown = text if is_whole else "\n".join(text[:_SHORT_CHARS].split("\n")[:_SHORT_LINES])
    body = "".join(f"      {line}".rstrip() + "\n" for line in sanitize(shown).split("\n"))
    return f"    {title}\n{body}{_left_out(text, shown)}"


def _left_out(text: str, shown: str) -> str:
    chars = len(text) - len(shown)
    if not chars:
        return ""
    lines = text.count("\n") - shown.count("\n")
    more = f"{count_of(lines, 'more line')}, " if lines else ""
    return f"      … {more}{chars} more characters: `--prompts` shows all\n"
