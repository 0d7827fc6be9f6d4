"""The seam to a sandbox: how a command is kept inside the workspace."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from goflow.values import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What a confined command may do beyond reading; paths are absolute and real."""

    writable: tuple[str, ...]
    """Folders it may write in."""
    protected: tuple[str, ...] = ()
    """Files and folders below those that stay as they are, as far as the sandbox can tell them apart."""
    hidden: tuple[str, ...] = ()
    """Files and folders it must not see, as far as the sandbox can hide them: keys of the user."""
    network: bool = False
    """Whether it may speak to the network."""


class Confinement(Protocol):
    """A sandbox of this machine."""

    @property
    def name(self) -> str:
        """Return what it is called: `bubblewrap`, `landlock`."""
        ...

    def wrap(self, command: Sequence[str], limits: Limits) -> list[str]:
        """Return the command that runs `command` within the limits."""
        ...
