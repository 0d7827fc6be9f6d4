"""A run that says where it is kept before anything is opened for it, and when its beginning is durable."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, TypeAlias

from goflow.journal.reader import NAME

if TYPE_CHECKING:
    from pathlib import Path

    from goflow.api.prepare import Prepared
    from goflow.backends.base import OpenBackend
    from goflow.tools.opening import OpenTools

Tell: TypeAlias = "Callable[[Path], None]"
"""Is told the run's folder."""


def telling(prepared: Prepared, *, owned: Tell, durable: Tell) -> Prepared:
    """Return the run as one that tells what becomes of it.

    `owned` is called when its lock is held and before who answers is opened; `durable`, by the thread that
    writes the journal, when the first events of this owner are on the disk. A run in which nothing is left to
    do calls neither.
    """
    files = _WatchedFiles(prepared, durable)

    def opened(tools: OpenTools) -> OpenBackend:
        owned(files.folder)
        return prepared.answering.open(tools)

    return replace(
        prepared,
        host=replace(prepared.host, files=files),
        answering=replace(prepared.answering, open=opened),
    )


class _WatchedFiles:
    """The files of a run: the first folder made is its own, the first sync of the journal its beginning."""

    def __init__(self, prepared: Prepared, durable: Tell) -> None:
        files = prepared.host.files
        self.create, self.write, self.truncate = files.create, files.write, files.truncate
        self.close, self.rename, self.remove = files.close, files.rename, files.remove
        self.sync_folder = files.sync_folder
        self._files = files
        self._durable = durable
        self._lacks_folder = prepared.folder is None
        self._journal: int | None = None
        self.folder = prepared.folder or prepared.audit_dir
        """The run's folder, once it is made."""

    def make_folder(self, path: Path) -> None:
        """Make a folder."""
        self._files.make_folder(path)
        if self._lacks_folder:
            self.folder, self._lacks_folder = path, False

    def open_to_append(self, path: Path) -> int:
        """Open a file to append."""
        file = self._files.open_to_append(path)
        if path.name == NAME:
            self._journal = file
        return file

    def sync(self, file: int) -> None:
        """Make a file's content durable, and tell of the journal's first batch."""
        self._files.sync(file)
        if file == self._journal:
            self._journal = None
            self._durable(self.folder)
