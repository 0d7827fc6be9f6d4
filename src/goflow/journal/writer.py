"""Writing `events.jsonl`: one write and one flush for all batches that wait, cut back where that fails."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from goflow.errors import Fenced, GoflowError, RunFolderError
from goflow.events import RunCreated
from goflow.journal.blobs import BlobWriter
from goflow.journal.codec import Encoder
from goflow.journal.fence import Batch, End, check_fence
from goflow.journal.reader import NAME, JournalReader
from goflow.journal.refusals import storage
from goflow.journal.seal import seal

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from goflow.journal.files import Files


class JournalWriter:
    """The owner's hand; used by one thread at a time. Opens the file with the first batch."""

    def __init__(self, run_folder: Path, files: Files) -> None:
        self._folder = run_folder
        self._path = run_folder / NAME
        self._files = files
        self._blobs = BlobWriter(run_folder, files)
        self._encoder = Encoder("", self._blobs.write)
        self._run_id = ""
        self._end = End()
        self._reader = JournalReader(run_folder)
        self._file: int | None = None
        self._size = 0
        self._refusal: GoflowError | None = None
        self._is_broken = False

    def write(self, group: Sequence[Batch]) -> list[GoflowError | None]:
        """Keep the batches, in order, and return why each was refused; those that were not are durable."""
        if self._is_broken:
            return [self._refusal] * len(group)
        try:
            file = self._open()
            self._check_ours(file)
        except GoflowError as error:
            return [error] * len(group)
        content, end, refusals = self._encode(group)
        try:
            if content:
                self._keep(file, content)
        except RunFolderError as error:
            self._refusal = error
            return [refusal or error for refusal in refusals]
        self._end = end
        return refusals

    def start_after(self, reader: JournalReader) -> None:
        """Spare the writer, where it has not begun, a second reading of what `reader` has read."""
        self._reader = reader

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            self._files.close(self._file)
            self._file = None

    def _open(self) -> int:
        """Open the file at the end of its last whole batch; a torn one after it is cut off."""
        if self._file is None:
            reader = self._reader
            reader.read_new()
            self._end, self._size = reader.end, reader.size
            self._name(reader.run_id)
            with storage(self._folder, self._path):
                self._file = self._open_at(reader.size)
        return self._file

    def _open_at(self, size: int) -> int:
        file = self._files.open_to_append(self._path)
        try:
            if os.fstat(file).st_size != size:
                self._files.truncate(file, size)
            self._files.sync_folder(self._folder)
        except OSError:
            self._files.close(file)
            raise
        return file

    def _name(self, run_id: str) -> None:
        self._run_id = run_id
        self._encoder = Encoder(run_id, self._blobs.write)

    def _check_ours(self, file: int) -> None:
        ours = os.fstat(file)
        try:
            is_there = os.path.samestat(ours, self._path.stat())
        except OSError:
            is_there = False
        if not is_there:
            raise RunFolderError(f"`{self._path}` was removed or replaced while the run was writing to it")
        if ours.st_size != self._size:
            size = f"it has {ours.st_size} bytes, not {self._size}"
            raise Fenced(f"another process has changed `{self._path}`: {size}")

    def _encode(self, group: Sequence[Batch]) -> tuple[bytes, End, list[GoflowError | None]]:
        end, parts, refusals = self._end, list[bytes](), list[GoflowError | None]()
        for batch in group:
            try:
                following = check_fence(end, batch)
                parts.append(self._seal(batch))
                end, self._refusal = following, None
                refusals.append(None)
            except Fenced as error:
                is_stranded = self._refusal is not None and batch.expected_seq > end.seq
                refusals.append(self._refusal if is_stranded else error)
            except RunFolderError as error:
                self._refusal = error
                refusals.append(error)
        return b"".join(parts), end, refusals

    def _seal(self, batch: Batch) -> bytes:
        if not batch.events:
            return b""
        first = batch.events[0].fact
        if isinstance(first, RunCreated) and not self._run_id:
            self._name(first.run_id)
        with storage(self._folder, self._path.parent / "blobs"):
            return seal([self._encoder.encode(event) for event in batch.events])

    def _keep(self, file: int, content: bytes) -> None:
        with storage(self._folder, self._path):
            self._blobs.sync()
            try:
                self._files.write(file, content)
            except OSError:
                self._cut_back(file)
                raise
            try:
                self._files.sync(file)
            except OSError:
                # What a failed flush has left on the disk nobody knows, and the next one would not tell.
                self._is_broken = True
                self._cut_back(file)
                raise
        self._size += len(content)

    def _cut_back(self, file: int) -> None:
        try:
            self._files.truncate(file, self._size)
        except OSError:
            self._is_broken = True
