"""Commands under the kernel's own means: Landlock, and namespaces for what it cannot do."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from goflow.tools.confinement import Limits
from goflow.tools.file_view import file_view
from goflow.values import dataclass

_ENCLOSURE: Final = str(Path(__file__).with_name("enclosure.py"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Landlock:
    """Contains files, network and processes; other processes' names can be seen, nothing else of them.

    Landlock itself allows or forbids: it cannot hide a file in a folder that may be read, keep a file of a
    writable folder as it is, forbid `chmod`, or cut off more than TCP. Mount and network namespaces of the
    command's own do. Where the system gives none, the command is not run.
    """

    python: str = sys.executable

    @property
    def name(self) -> str:
        return "landlock"

    def wrap(self, command: Sequence[str], limits: Limits) -> list[str]:
        places = [word for mount in file_view(limits) for word in (f"--{mount.place}", mount.path)]
        network = ["--network"] if limits.network else []
        return [self.python, "-I", "-S", _ENCLOSURE, *network, *places, "--", *command]
