"""Long texts of events, kept beside the journal so that its lines stay short."""

from __future__ import annotations

from json.encoder import encode_basestring_ascii as quote
from typing import TYPE_CHECKING, Final

from goflow.journal.shapes import read_text
from goflow.journal.store import DigestStore

if TYPE_CHECKING:
    from pathlib import Path

    from goflow.journal.files import Files

LONGEST_TEXT: Final = 64 * 1024
"""How many characters of a text stand in the line itself."""

FOLDER: Final = "blobs"
_SCHEME: Final = "sha256:"


class BlobWriter:
    """Writes texts for lines: short ones as they are, long ones as `{"blob":"sha256:...","chars":n}`."""

    def __init__(self, run_folder: Path, files: Files) -> None:
        self._store = DigestStore(run_folder / FOLDER, files)
        self.sync = self._store.sync

    def write(self, text: str) -> str:
        """Return the JSON of a text; raise OSError where a long one cannot be kept."""
        if len(text) <= LONGEST_TEXT:
            return quote(text)
        digest = self._store.put(text.encode("utf-8", "surrogatepass"))
        return f'{{"blob":"{_SCHEME}{digest}","chars":{len(text)}}}'


class BlobReader:
    """Reads what `BlobWriter` wrote."""

    def __init__(self, run_folder: Path) -> None:
        self._store = DigestStore(run_folder / FOLDER)

    def read(self, value: object) -> str:
        """Return the text; raise `JournalCorrupt` that names a blob which is missing or changed."""
        digest = digest_in(value)
        if digest is None:
            return read_text(value)
        return self._store.get(digest).decode("utf-8", "surrogatepass")


def digest_in(value: object) -> str | None:
    """Return the digest of the long text that a value stands for, or None where it stands for itself."""
    if type(value) is not dict or type(value.get("chars")) is not int:
        return None
    return read_text(value.get("blob")).removeprefix(_SCHEME)
