"""The characters of a body: in the charset that is declared, where that is one of texts."""

from __future__ import annotations

import codecs
import re
from typing import Final

_CHARSET: Final = re.compile(r"charset\s*=\s*[\"']?\s*([\w.:-]{1,40})", re.IGNORECASE | re.ASCII)
_HEAD_BYTES: Final = 1024
_MARKS: Final = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
_OF_TEXTS: Final = re.compile(
    r"utf-(8|16|32)|iso8859-|iso2022_|cp\d|koi8-|mac-|gb|big5|euc_|shift_jis|johab|hz|ascii|tis-620|ptcp154"
)
"""Python's names of charsets; its other codecs are of other things: `rot13`, `zip`, `unicode_escape`."""


def decode(data: bytes, content_type: str) -> str:
    """Return the text of a body; what is no text in its charset becomes a replacement character."""
    for mark, charset in _MARKS.items():
        if data.startswith(mark):
            return data.decode(charset, "replace")
    head = data[:_HEAD_BYTES].decode("latin-1") if "html" in content_type.lower() else ""
    declared = _CHARSET.search(content_type) or _CHARSET.search(head)
    return data.decode(_known(declared[1]) if declared else "utf-8", "replace")


def _known(charset: str) -> str:
    try:
        name = codecs.lookup(charset).name
    except LookupError:
        return "utf-8"
    return name if _OF_TEXTS.match(name) else "utf-8"
