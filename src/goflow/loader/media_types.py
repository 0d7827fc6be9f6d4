"""What kind of file it is: by how its content begins, then by its name."""

from __future__ import annotations

from pathlib import PurePath
from typing import Final

ANY: Final = "application/octet-stream"
TEXT: Final = "text/plain"

_BEGINNINGS: Final = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"%PDF-", "application/pdf"),
    (b"ID3", "audio/mpeg"),
)
_RIFF: Final = {b"WEBP": "image/webp", b"WAVE": "audio/wav"}
_FRAME_MASK: Final = 0xFFE6
_FRAME: Final = 0xFFE2
_TEXTS: Final = {
    ".csv": "text/csv",
    ".htm": "text/html",
    ".html": "text/html",
    ".json": "application/json",
    ".md": "text/markdown",
    ".svg": "image/svg+xml",
    ".xml": "application/xml",
    ".yaml": "application/yaml",
    ".yml": "application/yaml",
}
_OTHERS: Final = {
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ".flac": "audio/flac",
    ".mp4": "video/mp4",
    ".ogg": "audio/ogg",
    ".pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    ".webm": "video/webm",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".zip": "application/zip",
}


def media_type_of(name: str, content: bytes) -> str:
    """Return the media type of a file; what says it is a text is one."""
    begun = _by_beginning(content)
    if begun is not None:
        return begun
    suffix = PurePath(name).suffix.lower()
    if suffix in _OTHERS:
        return _OTHERS[suffix]
    return _TEXTS.get(suffix, TEXT) if _is_text(content) else ANY


def _by_beginning(content: bytes) -> str | None:
    for beginning, media_type in _BEGINNINGS:
        if content.startswith(beginning):
            return media_type
    if content.startswith(b"RIFF"):
        return _RIFF.get(content[8:12])
    return "audio/mpeg" if _is_mpeg_audio(content) else None


def _is_mpeg_audio(content: bytes) -> bool:
    """Say whether a frame of layer III begins: eleven bits set, then a version and the layer."""
    return int.from_bytes(content[:2]) & _FRAME_MASK == _FRAME


def _is_text(content: bytes) -> bool:
    if b"\0" in content:
        return False
    try:
        content.decode()
    except UnicodeDecodeError:
        return False
    return True
