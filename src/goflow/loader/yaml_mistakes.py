"""What is said where a text is not the YAML it should be."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from goflow.problems import Related

if TYPE_CHECKING:
    from yaml import MarkedYAMLError, Node
    from yaml.error import Mark

    from goflow.loader.findings import Findings
    from goflow.problems import Span

MAX_DEPTH = 100

_UNPRINTABLE = re.compile("[^\t\n\r -~\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_BRACES = re.compile(r"[:-][ \t]+\{\{")
_SECOND_COLON = re.compile(r":\s.*:(\s|$)")
_ESCAPES = "in double quotes `\\` begins an escape: write other characters themselves, and `\\` as `\\\\`"
_INDICATORS = "@`%*&!"
_TOO_DEEP = "exceeded maximum nesting depth"
"""What the C library says at its own limit, which it may meet before ours: it reads ahead."""


def report_syntax(at: Findings, error: MarkedYAMLError) -> None:
    """Report broken YAML."""
    mark = error.problem_mark or error.context_mark
    span = at.source.span(0) if mark is None else _span(at, mark)
    if error.problem == _TOO_DEEP:
        report_depth(at, span)
        return
    related: tuple[Related, ...] = ()
    if error.context and error.context_mark and mark and error.context_mark.line != mark.line:
        related = (Related(span=_span(at, error.context_mark), message=f"{error.context}, begun here"),)
    words = " ".join((error.problem or error.context or "it cannot be read").split())
    hint = _hint(span, error, [place.span.text for place in related])
    at.error("GF006", f"broken YAML: {words}", span, help=hint, related=related)


def report_depth(at: Findings, span: Span) -> None:
    """Report lists and mappings that stand too deep in each other."""
    at.error("GF015", f"nested more than {MAX_DEPTH} levels deep", span)


def report_unprintable(at: Findings, error: Exception) -> None:
    """Report a character that YAML does not allow, wherever it stands; or else what the loader says."""
    found = _UNPRINTABLE.search(at.source.text)
    if found is None:
        at.error("GF006", f"broken YAML: {' '.join(str(error).split())}", at.source.span(0))
        return
    message = f"the character U+{ord(found[0]):04X} is not allowed"
    span = at.source.span(found.start(), found.end())
    at.error(
        "GF005", message, span, help=f'write it as "\\u{ord(found[0]):04x}", in double quotes, or remove it'
    )


def report_second_document(at: Findings, second: Node) -> None:
    """Report a file that holds more than one document."""
    span = at.source.span(second.start_mark.index)
    at.error(
        "GF008",
        "a second document begins here",
        span,
        help="a file holds one; remove the `---`, or split the file",
    )


def _span(at: Findings, mark: Mark) -> Span:
    return at.source.span(min(mark.index, len(at.source.text)))


def _hint(span: Span, error: MarkedYAMLError, lines: list[str]) -> str | None:
    before = span.text[: span.column]
    if "\t" in before[: len(before) - len(before.lstrip())] or before.endswith("\t"):
        return "indent with blanks; YAML does not allow tabs there"
    if any(_BRACES.search(line) for line in (span.text, *lines)):
        return 'a text that begins with `{{` needs quotes: `"{{…}}"`'
    if error.context and error.context_mark and error.context.endswith("quoted scalar"):
        if "unexpected" not in (error.problem or ""):
            return _ESCAPES
        return f"the quoted text that begins in line {error.context_mark.line + 1} has no end"
    if _SECOND_COLON.search(span.text):
        return 'a text that holds `: ` needs quotes: `"…: …"`, or stands below `|`'
    if span.text.lstrip() != span.text and span.text[span.column - 1 :].startswith(":"):
        return "a line that is indented further goes on with the text above it"
    sign = next((char for char in reversed(before[-2:]) if char in _INDICATORS), None)
    return None if sign is None else f'a text that begins with `{sign}` needs quotes: `"{sign}…"`'
