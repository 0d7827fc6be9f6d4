"""Text in files: what is text, its lines, and how it is put back as it was."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, Self

from goflow.tools.base import ToolError
from goflow.values import dataclass

_BOM: Final = b"\xef\xbb\xbf"
_WIDE_BOMS: Final = (b"\xff\xfe", b"\xfe\xff")
_LOOKED_AT_BYTES: Final = 8192


def is_binary(data: bytes) -> bool:
    """Say whether bytes are no text: a NUL among the first ones, as other programs have it."""
    return b"\0" in data[:_LOOKED_AT_BYTES]


def shown_text(data: bytes, path: str) -> str:
    """Return text to be looked at, what is not UTF-8 replaced; raise `ToolError` for what is no text."""
    _refuse_binary(data, path)
    return data.removeprefix(_BOM).decode("utf-8", "replace")


def count_lines(text: str) -> int:
    """Return how many lines `lines_of` yields."""
    return text.count("\n") + (not text.endswith("\n") and bool(text))


def lines_of(text: str) -> Iterator[str]:
    """Yield lines without their ends, numbered alike by every tool: only a line feed ends one."""
    start = 0
    while start < len(text):
        end = text.find("\n", start)
        end = len(text) if end < 0 else end
        yield text[start:end].removesuffix("\r")
        start = end + 1


def cut_line(line: str, most: int) -> str:
    """Return a line of at most `most` characters, with a note if it was longer."""
    return line if len(line) <= most else f"{line[:most]}... [cut: {len(line):,} characters]"


@dataclass(frozen=True, slots=True, kw_only=True)
class EditedText:
    """Text whose lines end in a line feed, and what its file has besides: a mark in front, other ends."""

    text: str
    has_bom: bool
    has_crlf: bool
    is_mixed: bool
    """Lines end in both ways, so they are kept as they are."""

    @classmethod
    def of(cls, data: bytes, path: str) -> Self:
        """Read a file's bytes; raise `ToolError` for what is not UTF-8."""
        _refuse_binary(data, path)
        try:
            text = data.removeprefix(_BOM).decode("utf-8")
        except UnicodeDecodeError as error:
            raise ToolError(
                f"`{path}` is not UTF-8 (byte {error.start}): only UTF-8 files can be edited"
            ) from None
        crlf = text.count("\r\n")
        is_mixed = 0 < crlf < text.count("\n")
        return cls(
            text=text if is_mixed else text.replace("\r\n", "\n"),
            has_bom=data.startswith(_BOM),
            has_crlf=crlf > 0,
            is_mixed=is_mixed,
        )

    def adapted(self, text: str) -> str:
        """Return a model's text with the line ends that `text` has."""
        return text if self.is_mixed else text.replace("\r\n", "\n")

    def to_bytes(self, text: str) -> bytes:
        """Return another text as the file would hold it."""
        ended = text.replace("\n", "\r\n") if self.has_crlf and not self.is_mixed else text
        return (_BOM if self.has_bom else b"") + encoded(ended)


def encoded(text: str) -> bytes:
    """Return a model's text as UTF-8; raise `ToolError` for half a character, which JSON can hold."""
    try:
        return text.encode()
    except UnicodeEncodeError as error:
        raise ToolError(f"the text holds half a character, {text[error.start]!a}") from None


def _refuse_binary(data: bytes, path: str) -> None:
    if data.startswith(_WIDE_BOMS):
        raise ToolError(f"`{path}` is UTF-16: only UTF-8 text can be used")
    if is_binary(data):
        raise ToolError(f"`{path}` is binary ({len(data):,} bytes): only text can be used")
