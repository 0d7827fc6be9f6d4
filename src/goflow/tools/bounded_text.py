"""The beginning and the end of a text of any length."""

from __future__ import annotations

import codecs
from typing import Final

MOST_KEPT_CHARS: Final = 19_500
"""How much is kept of each end: both, with what is said about them, are within what a model is told."""


class BoundedText:
    """Takes bytes as they come; costs no more memory for many than for some."""

    def __init__(self) -> None:
        self.taken_bytes = 0
        self._decode = codecs.getincrementaldecoder("utf-8")("replace").decode
        self._head = ""
        self._tail = ""
        self._left_out = 0

    def take(self, data: bytes) -> None:
        self.taken_bytes += len(data)
        self._add(self._decode(data))

    def text(self) -> str:
        """Return the text, with a note in place of what was left out; no more can be taken."""
        self._add(self._decode(b"", final=True))
        cut = len(self._tail) - MOST_KEPT_CHARS
        if cut <= 0 and not self._left_out:
            return self._head + self._tail
        note = f"\n[{self._left_out + max(cut, 0):,} characters left out]\n"
        return self._head + note + self._tail[-MOST_KEPT_CHARS:]

    def _add(self, text: str) -> None:
        text = text.replace("\0", "\ufffd")  # some databases and providers take no text with it
        room = MOST_KEPT_CHARS - len(self._head)
        self._head += text[:room]
        self._tail += text[room:]
        if len(self._tail) > 8 * MOST_KEPT_CHARS:
            self._left_out += len(self._tail) - MOST_KEPT_CHARS
            self._tail = self._tail[-MOST_KEPT_CHARS:]
