"""The lines of an export, one JSON object each: `docs/reference/export.md` describes them."""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from json.encoder import encode_basestring_ascii as quote
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

    from goflow.events import SourceRecord

FORMAT: Final = "goflow-export"
VERSION: Final = 1

_KEYS: Final[Mapping[str, tuple[str, ...]]] = {
    "header": ("kind", "format", "v", "run", "goflow_version"),
    "source": ("kind", "role", "path", "digest", "text"),
    "blob": ("kind", "digest", "text"),
    "event": ("kind", "line", "prev", "hash"),
    "end": ("kind", "status", "sources", "blobs", "events", "hash", "sha256"),
}
KINDS: Final = tuple(_KEYS)
"""What lines there are, in the order in which they stand."""

_NUMBERS: Final = frozenset({"v", "sources", "blobs", "events"})


def header_line(run_id: str, goflow_version: str) -> bytes:
    """Return the first line."""
    return _line(kind="header", format=FORMAT, v=VERSION, run=run_id, goflow_version=goflow_version)


def source_line(record: SourceRecord, content: bytes) -> bytes:
    """Return the line of a file that the run was made from."""
    named = {"role": record.role, "path": record.path, "digest": record.digest}
    return _line(kind="source", **named, **_written(content))


def blob_line(digest: str, content: bytes) -> bytes:
    """Return the line of a long text."""
    return _line(kind="blob", digest=digest, **_written(content))


def event_line(line: bytes, prev: str, digest: str) -> bytes:
    """Return the line of an event: the journal's line without its line break, and its place in the chain."""
    text = quote(line.decode("ascii"))
    return f'{{"kind":"event","line":{text},"prev":"{prev}","hash":"{digest}"}}\n'.encode("ascii")


def end_line(status: str, counts: Mapping[str, int], digest: str, whole: str) -> bytes:
    """Return the last line: `digest` is the chain's last hash, `whole` that of all bytes before the line."""
    return _line(kind="end", status=status, **counts, hash=digest, sha256=whole)


def read_line(line: bytes) -> Mapping[str, Any]:
    """Return the fields of a line; raise ValueError that says why it is none of an export."""
    try:
        found = json.loads(line)
    except (ValueError, RecursionError) as error:
        message = "it is no JSON"
        raise ValueError(message) from error
    if type(found) is not dict:
        message = "it is no JSON object"
        raise ValueError(message)
    _check_keys(found)
    if _line(**found) != line:
        message = "it is not written as an export is: blanks, escapes or a key that stands twice"
        raise ValueError(message)
    return found


def is_header(line: bytes) -> bool:
    """Tell whether a file that begins with this line was written as an export is."""
    try:
        return bool(read_line(line)["kind"] == KINDS[0])
    except ValueError:
        return False


def content_of(fields: Mapping[str, Any]) -> bytes:
    """Return the bytes that a source or a blob holds; raise ValueError where it holds none."""
    try:
        if "base64" in fields:
            return b64decode(fields["base64"], validate=True)
        content: bytes = fields["text"].encode()
    except ValueError as error:
        message = "its content is no text and no base64"
        raise ValueError(message) from error
    return content


def _check_keys(found: Mapping[object, object]) -> None:
    kind = found.get("kind")
    keys = _KEYS.get(kind) if type(kind) is str else None
    if keys is None:
        message = f"its kind is `{str(kind)[:40]}`, not `{'`, `'.join(_KEYS)}`"
        raise ValueError(message)
    named = tuple("text" if key == "base64" else key for key in found)
    if named != keys:
        message = f"its keys are not those of its kind, `{'`, `'.join(keys)}`"
        raise ValueError(message)
    for key, value in found.items():
        wanted = int if key in _NUMBERS else str
        if type(value) is not wanted:
            message = f"its `{key}` is no {'whole number' if wanted is int else 'text'}"
            raise ValueError(message)


def _written(content: bytes) -> dict[str, str]:
    try:
        return {"text": content.decode()}
    except UnicodeDecodeError:
        return {"base64": b64encode(content).decode("ascii")}


def _line(**fields: str | int) -> bytes:
    return json.dumps(fields, separators=(",", ":")).encode("ascii") + b"\n"
