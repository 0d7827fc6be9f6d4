"""What a model is told of a path that did not do."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from goflow.tools.base import ToolError
from goflow.tools.gate_paths import Outside, Unfit, shown

_WORDS: Final = {
    errno.ENOENT: "does not exist",
    errno.ENOTDIR: "is not a folder, or goes through something that is none",
    errno.EISDIR: "is a folder, not a file",
    errno.ELOOP: "became a link while it was looked at",
    errno.ENAMETOOLONG: "has a name that is too long",
    errno.EACCES: "is closed to this user",
    errno.EPERM: "is closed to this user",
    errno.ENOSPC: "does not fit on the disk",
    errno.EROFS: "lies on a disk that cannot be written",
}


@contextmanager
def told(path: str, roots: tuple[str, ...]) -> Iterator[None]:
    """Turn what is wrong with a path, or with what is under it, into a `ToolError`."""
    try:
        yield
    except Outside:
        allowed = ", ".join(f"`{shown(root)}`" for root in roots)
        raise ToolError(f"`{shown(path)}` leads outside: tools reach what is below {allowed}") from None
    except Unfit as why:
        raise ToolError(f"`{shown(path)}` {why}") from None
    except OSError as error:
        raise ToolError(f"`{shown(path)}` {_words_of(error)}") from None


def _words_of(error: OSError) -> str:
    return _WORDS.get(error.errno or 0, f"cannot be used: {(error.strerror or 'unknown error').lower()}")
