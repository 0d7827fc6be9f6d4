"""The seam to the file system: what a run folder asks of it, each a call that can fail or be lost.

Everything that must last goes through here, so that a double (`goflow.journal.double`) can lose the power.
Reading does not: what is read is what is there.
"""

from __future__ import annotations

import errno
import os
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, Final, Protocol

if TYPE_CHECKING:
    from pathlib import Path

_PRIVATE_FOLDER: Final = 0o700
_PRIVATE_FILE: Final = 0o600
_BINARY: Final = getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)


class Files(Protocol):
    """Bytes, names and when they are durable; every method raises OSError as the system does.

    What was written is durable after `sync`, and a name (of a new, renamed or removed file or folder) after
    `sync_folder` of the folder that holds it.
    """

    def make_folder(self, path: Path) -> None:
        """Make a folder that only its owner may enter; raise FileExistsError where there is one."""
        ...

    def open_to_append(self, path: Path) -> int:
        """Open a file, made where there is none, whose writes go to its end."""
        ...

    def create(self, path: Path) -> int:
        """Make a file and open it; raise FileExistsError where there is one."""
        ...

    def write(self, file: int, content: bytes) -> None:
        """Write all of `content`."""
        ...

    def truncate(self, file: int, size: int) -> None:
        """Cut a file to its first `size` bytes."""
        ...

    def sync(self, file: int) -> None:
        """Make a file's content durable."""
        ...

    def close(self, file: int) -> None:
        """Close a file."""
        ...

    def rename(self, old: Path, new: Path) -> None:
        """Give a file another name, in place of what had it."""
        ...

    def remove(self, path: Path) -> None:
        """Remove a file."""
        ...

    def sync_folder(self, path: Path) -> None:
        """Make the names in a folder durable."""
        ...


class Disk:
    """The file system itself.

    On macOS `sync` hands the bytes to the drive and does not wait for its cache, as SQLite and PostgreSQL do
    there by default: a kill or a panic of the system loses nothing. On Windows folders cannot be synced.
    """

    def make_folder(self, path: Path) -> None:
        """Make a folder that only its owner may enter."""
        path.mkdir(mode=_PRIVATE_FOLDER)

    def open_to_append(self, path: Path) -> int:
        """Open a file to append, made private where there is none."""
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | _BINARY, _PRIVATE_FILE)

    def create(self, path: Path) -> int:
        """Make a private file."""
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | _BINARY, _PRIVATE_FILE)

    def write(self, file: int, content: bytes) -> None:
        """Write all of `content`."""
        rest = memoryview(content)
        while rest:
            rest = rest[os.write(file, rest) :]

    def truncate(self, file: int, size: int) -> None:
        """Cut a file."""
        os.ftruncate(file, size)

    def sync(self, file: int) -> None:
        """Flush a file's content, and of what is kept about it only what reading takes."""
        if sys.platform == "linux":
            os.fdatasync(file)
        else:
            os.fsync(file)

    def close(self, file: int) -> None:
        """Close a file."""
        os.close(file)

    def rename(self, old: Path, new: Path) -> None:
        """Give a file another name."""
        old.replace(new)

    def remove(self, path: Path) -> None:
        """Remove a file."""
        path.unlink()

    def sync_folder(self, path: Path) -> None:
        """Flush a folder's names."""
        if sys.platform == "win32":
            return
        folder = os.open(path, os.O_RDONLY)
        try:
            os.fsync(folder)
        except OSError as error:
            # Some network file systems keep names durable by themselves and refuse to be asked.
            if error.errno not in (errno.EINVAL, errno.ENOTSUP):
                raise
        finally:
            os.close(folder)


DISK: Final = Disk()


def write_durably(files: Files, path: Path, content: bytes) -> None:
    """Make a file that is there whole or not at all; its name is durable after `sync_folder`."""
    draft = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    with suppress(FileNotFoundError):
        files.remove(draft)
    file = files.create(draft)
    try:
        try:
            files.write(file, content)
            files.sync(file)
        finally:
            files.close(file)
        files.rename(draft, path)
    except OSError:
        with suppress(OSError):
            files.remove(draft)
        raise


def ensure_folder(files: Files, path: Path) -> None:
    """Make a folder inside a run's, durably, where there is none."""
    if not path.is_dir():
        with suppress(FileExistsError):
            files.make_folder(path)
        files.sync_folder(path.parent)
