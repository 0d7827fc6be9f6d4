"""Commands in a bubblewrap sandbox."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from goflow.tools.confinement import Limits
from goflow.tools.file_view import TEMPORARY, Mount, Place, file_view
from goflow.values import dataclass

_ALONE: Final = ("--unshare-pid", "--unshare-ipc", "--die-with-parent", "--new-session", "--cap-drop", "ALL")


@dataclass(frozen=True, slots=True, kw_only=True)
class Bubblewrap:
    """Contains files, network and processes; `program` is the path of `bwrap`."""

    program: str

    @property
    def name(self) -> str:
        return "bubblewrap"

    def wrap(self, command: Sequence[str], limits: Limits) -> list[str]:
        alone = _ALONE if limits.network else ("--unshare-net", *_ALONE)
        tree = ["--ro-bind", "/", "/", "--dev", "/dev", "--proc", "/proc"]
        places = [word for mount in file_view(limits) for word in _words(mount)]
        variables = ["--setenv", "TMPDIR", TEMPORARY, "--setenv", "XDG_CACHE_HOME", f"{TEMPORARY}/cache"]
        return [self.program, *alone, *tree, *places, *variables, "--", *command]


def _words(mount: Mount) -> list[str]:
    match mount.place:
        case Place.EMPTY:
            return ["--tmpfs", mount.path]
        case Place.BLANK:
            return ["--ro-bind", "/dev/null", mount.path]
        case Place.WRITABLE:
            return ["--bind", mount.path, mount.path]
        case Place.READ_ONLY:
            return ["--ro-bind-try", mount.path, mount.path]
