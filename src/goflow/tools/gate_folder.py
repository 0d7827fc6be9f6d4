"""An open folder: what is done in it is done there, wherever its path has come to lead meanwhile."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from enum import StrEnum
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self

from goflow.tools.gate_paths import Unfit
from goflow.values import dataclass

if TYPE_CHECKING:
    from types import TracebackType

BY_DESCRIPTOR: Final = (
    {os.open, os.stat, os.mkdir, os.readlink, os.rename, os.unlink} <= os.supports_dir_fd
    and os.scandir in os.supports_fd
    and hasattr(os, "O_NOFOLLOW")
)
"""Whether this system opens a name in an open folder; Windows does not."""

_BASE: Final = getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
_FOLDER: Final = _BASE | getattr(os, "O_DIRECTORY", 0)
_PASS: Final = _FOLDER | getattr(os, "O_PATH", os.O_RDONLY)
_READ: Final = _BASE | os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0)
_NEW: Final = _BASE | os.O_WRONLY | os.O_CREAT | os.O_EXCL
_CHUNK_BYTES: Final = 1 << 18


class Kind(StrEnum):
    """What a name in a folder stands for."""

    FILE = "file"
    FOLDER = "folder"
    LINK = "link"
    OTHER = "other"
    """A device, a pipe or a socket, which nothing opens."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A name in a folder."""

    name: str
    kind: Kind


class Folder:
    """A folder by its descriptor, whose links are never followed.

    Without descriptors it is a path that was looked at: another program that changes a folder into a link
    between two calls leads it elsewhere.
    """

    __slots__ = ("_fd", "_path")

    def __init__(self, path: Path, *, fd: int | None) -> None:
        self._path = path
        self._fd = fd

    @classmethod
    def at_top(cls, path: str, *, by_descriptor: bool) -> Self:
        """Open the top of a file system, from which all others are entered."""
        return cls(Path(path), fd=os.open(path, _PASS) if by_descriptor else None)

    def _at(self, name: str) -> str:
        return str(self._path / name) if self._fd is None else name

    def enter(self, name: str) -> Folder:
        """Open a folder in this one; a link is no folder."""
        path = self._path / name
        if self._fd is not None:
            return Folder(path, fd=os.open(name, _PASS, dir_fd=self._fd))
        if not stat.S_ISDIR(path.lstat().st_mode):
            raise NotADirectoryError(errno.ENOTDIR, "not a folder")
        return Folder(path, fd=None)

    def descend(self, names: Sequence[str]) -> Folder:
        """Open the folder that lies below this one by `names`; none of them may be a link."""
        folder = self.enter(".")
        for name in names:
            with folder:
                folder = folder.enter(name)
        return folder

    def link_target(self, name: str) -> str | None:
        """Return where a link leads; None for what is no link, or is not there."""
        try:
            return os.readlink(self._at(name), dir_fd=self._fd)
        except FileNotFoundError:
            return None
        except OSError:
            status = self.status(name)
            if status is not None and stat.S_ISLNK(status.st_mode):
                raise
            return None

    def status(self, name: str) -> os.stat_result | None:
        """Return what stands under a name, itself and not what it links to; None where nothing does."""
        try:
            return os.stat(self._at(name), dir_fd=self._fd, follow_symlinks=False)
        except FileNotFoundError:
            return None

    def make(self, name: str) -> None:
        """Make a folder in this one, unless it is there."""
        with suppress(FileExistsError):
            os.mkdir(self._at(name), dir_fd=self._fd)

    def entries(self, most: int) -> list[Entry]:
        """Return the first `most` names, sorted."""
        with self._listed() as listing:
            found = [Entry(name=each.name, kind=_kind(each)) for each in islice(listing, most)]
        return sorted(found, key=lambda entry: entry.name)

    @contextmanager
    def _listed(self) -> Iterator[Iterator[os.DirEntry[str]]]:
        if self._fd is None:
            with os.scandir(self._path) as listing:
                yield listing
            return
        # What was opened to be passed through cannot be listed.
        fd = os.open(".", _FOLDER | os.O_RDONLY, dir_fd=self._fd)
        try:
            with os.scandir(fd) as listing:
                yield listing
        finally:
            os.close(fd)

    def read(self, name: str, most_bytes: int) -> bytes:
        """Return a file's bytes; raise `Unfit` for what is no file, or is longer than `most_bytes`."""
        # Opening some devices does something, so they are told apart first, and once more when open.
        refuse_special(self.status(name))
        fd = os.open(self._at(name), _READ, dir_fd=self._fd)
        try:
            status = os.fstat(fd)
            refuse_special(status)
            refuse_long(status.st_size, most_bytes)
            return _read_open(fd, most_bytes)
        finally:
            os.close(fd)

    def replace(self, name: str, data: bytes) -> None:
        """Move a name to a new file that holds `data`: the old file's other names keep what they had."""
        old = self.status(name)
        if old is not None:
            refuse_special(old)
        spare = f".goflow-{os.urandom(8).hex()}"
        try:
            self._write_new(spare, data, old)
            os.replace(self._at(spare), self._at(name), src_dir_fd=self._fd, dst_dir_fd=self._fd)
        except BaseException:
            with suppress(OSError):
                os.unlink(self._at(spare), dir_fd=self._fd)
            raise

    def _write_new(self, name: str, data: bytes, old: os.stat_result | None) -> None:
        fd = os.open(self._at(name), _NEW, 0o666, dir_fd=self._fd)
        with os.fdopen(fd, "wb") as file:
            if old is not None and hasattr(os, "fchmod"):
                _take_over(fd, old)
            file.write(data)

    def close(self) -> None:
        """Close the descriptor."""
        if self._fd is not None:
            os.close(self._fd)
            self._fd = -1

    def __enter__(self) -> Self:
        """Return the folder itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the folder."""
        self.close()


def refuse_special(status: os.stat_result | None) -> None:
    """Raise for whatever is no plain file, and for what is not there."""
    if status is None:
        raise FileNotFoundError(errno.ENOENT, "not there")
    if stat.S_ISDIR(status.st_mode):
        raise Unfit("is a folder, not a file")
    if stat.S_ISLNK(status.st_mode):
        raise Unfit("became a link while it was looked at")
    if not stat.S_ISREG(status.st_mode):
        raise Unfit("is a device, a pipe or a socket, not a file")


def refuse_long(size: int, most_bytes: int) -> None:
    """Raise `Unfit` for a file of more than `most_bytes`."""
    if size > most_bytes:
        raise Unfit(f"has {size:,} bytes; a tool reads files of up to {most_bytes:,}")


def _read_open(fd: int, most_bytes: int) -> bytes:
    chunks, size = list[bytes](), 0
    while chunk := os.read(fd, _CHUNK_BYTES):
        chunks.append(chunk)
        size += len(chunk)
        refuse_long(size, most_bytes)
    return b"".join(chunks)


def _take_over(fd: int, old: os.stat_result) -> None:
    """Give a new file the owner, as far as that is allowed, and the mode of the old one, less `setuid`."""
    new = os.fstat(fd)
    if (new.st_uid, new.st_gid) != (old.st_uid, old.st_gid):
        with suppress(OSError):
            os.fchown(fd, old.st_uid, old.st_gid)
    os.fchmod(fd, stat.S_IMODE(old.st_mode) & 0o777)


def _kind(entry: os.DirEntry[str]) -> Kind:
    if entry.is_symlink():
        return Kind.LINK
    if entry.is_dir(follow_symlinks=False):
        return Kind.FOLDER
    return Kind.FILE if entry.is_file(follow_symlinks=False) else Kind.OTHER
