"""Text from models, tools and files, made harmless for a terminal."""

from __future__ import annotations

import re

UNSAFE = re.compile(
    "|".join(  # noqa: FLY002 - a line each
        (
            r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]?",  # colours, cursor, erasing
            r"\x1b[]PX^_][^\x07\n\x1b\x9c]*(?:\x07|\x1b\\|\x9c)?",  # titles, the clipboard
            r"\x1b[ -/]*[0-~]?",  # character sets, resets
            r"[\x00-\x08\x0b-\x1f\x7f-\x9f]",  # other controls
            r"[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]",  # the direction of what follows
            r"[\u2028\u2029]",  # other ends of a line
        )
    )
)
"""Everything that `sanitize` takes out."""


def sanitize(text: str) -> str:
    """Take out everything that could move, colour, reorder or hide text; newlines and tabs stay.

    An escape sequence goes with its parameters; one without an end, with the rest of its line. The old
    one-character forms of those with text (U+009D) go alone: in badly decoded text they are halves of quotes.
    """
    return text if text.isascii() and text.isprintable() else UNSAFE.sub("", text)


def sanitize_line(text: str) -> str:
    """Make the text harmless and one line: every run of white space becomes a blank."""
    return " ".join(sanitize(text).split())
