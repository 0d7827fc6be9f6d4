"""Bytes → text."""

from __future__ import annotations

import codecs
from typing import TYPE_CHECKING

from goflow.loader.source_text import SourceText
from goflow.problems import Problem

if TYPE_CHECKING:
    from goflow.problems import Span


def decode_text(content: bytes, shown_path: str) -> SourceText | Problem:
    """Return a file's text, or what is wrong with its bytes."""
    try:
        return SourceText(shown_path, content.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        offset = error.start + (len(codecs.BOM_UTF8) if content.startswith(codecs.BOM_UTF8) else 0)
        return Problem(
            code="GF004",
            message=f"not UTF-8: the byte 0x{content[offset]:02x} at offset {offset}{_encoding(content)}",
            span=_place(content, offset, shown_path),
            help="save the file as UTF-8",
        )


def _encoding(content: bytes) -> str:
    is_utf16 = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    return "; the file looks like UTF-16" if is_utf16 else ""


def _place(content: bytes, offset: int, shown_path: str) -> Span:
    before = content[:offset].decode("utf-8-sig")
    text = before + content[offset:].decode("utf-8", "replace")
    return SourceText(shown_path, text).span(len(before), len(before) + 1)
