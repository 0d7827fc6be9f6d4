"""The boundary that file tools stay behind: paths of models to open folders and files, and no further."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import PurePath
from typing import TYPE_CHECKING, Final, Self

from goflow.tools.gate_folder import BY_DESCRIPTOR, Entry, Folder
from goflow.tools.gate_paths import (
    Place,
    Unfit,
    folded_place,
    is_below,
    names_of,
    refuse_git,
    refuse_system,
    split,
)
from goflow.tools.gate_walk import Bounds, Missing, Spot, Walk
from goflow.tools.gate_words import told

if TYPE_CHECKING:
    from goflow.tools.base import ToolContext

MOST_FILE_BYTES: Final = 10 * 1024 * 1024
"""The longest file that is read or written whole."""


class Gate:
    """Opens what lies in the workspace and the extra folders, and nothing else.

    A path is walked by open folders, so what was checked is what is used, whatever a link or a name is
    changed to meanwhile; without descriptors (Windows) it is checked, then used. A file is written by moving
    its name to a new one. Every refusal is a `ToolError`. What it cannot tell are hard links and mounts that
    somebody else made in the workspace: they are read like any file.
    """

    def __init__(
        self,
        *,
        workspace: str,
        extra_dirs: tuple[str, ...] = (),
        protected: tuple[str, ...] = (),
        hides: Callable[[str], bool] = lambda _: False,
        by_descriptor: bool = BY_DESCRIPTOR,
    ) -> None:
        self._tops = (workspace, *extra_dirs)
        self._workspace = split(workspace)
        self._roots = frozenset(map(split, self._tops))
        self._protected = tuple(folded_place(split(path)) for path in protected)
        self._hides = hides
        self._by_descriptor = by_descriptor

    @classmethod
    def of(cls, context: ToolContext) -> Self:
        """Return the gate that a call works behind."""
        return cls(
            workspace=context.workspace,
            extra_dirs=context.extra_dirs,
            protected=context.protected,
            hides=context.rules.hides,
        )

    def resolved(self, path: str, *, writes: bool = False) -> str:
        """Return where a path leads, its links followed: relative to the workspace, with `/`, if it is there.

        What does not exist yet leads where it would be made. With `writes`, what `write` refuses is refused.
        """
        with self._walked(path, writes=writes, missing=Missing.SUPPOSED) as spot:
            return self.named(spot.place)

    def named(self, place: Place) -> str:
        """Return a place as people and models are shown it."""
        if not is_below(place, self._workspace):
            return str(PurePath(*place))
        return "/".join(place[len(self._workspace) :]) or "."

    def exists(self, path: str) -> bool:
        """Say whether a file or a folder is there."""
        return self.status(path) is not None

    def status(self, path: str) -> os.stat_result | None:
        """Return what `stat` says of a path; None where nothing is there."""
        with self._walked(path, missing=Missing.SUPPOSED) as spot:
            return None if spot.is_supposed else spot.folder.status(spot.name)

    def read(self, path: str, *, most_bytes: int = MOST_FILE_BYTES) -> bytes:
        """Return the bytes of a file."""
        with self.spot(path) as spot:
            if self.is_hidden(spot.place):
                raise Unfit("may not be read: a rule denies it")
            return spot.folder.read(spot.name, most_bytes)

    def entries(self, path: str, *, most: int) -> list[Entry]:
        """Return `most` names in a folder, sorted."""
        with self.folder(path) as folder:
            return folder.entries(most)

    def write(self, path: str, data: bytes) -> str:
        """Make a file hold `data`, and the folders above it; return where it is, as `resolved` does."""
        with self._told(path):
            if len(data) > MOST_FILE_BYTES:
                raise Unfit(f"would have {len(data):,} bytes; a tool writes up to {MOST_FILE_BYTES:,}")
        with self._walked(path, writes=True, missing=Missing.MADE) as spot:
            spot.folder.replace(spot.name, data)
            return self.named(spot.place)

    @contextmanager
    def spot(self, path: str) -> Iterator[Spot]:
        """Open the folder that a path ends in."""
        with self._walked(path) as spot:
            yield spot

    @contextmanager
    def folder(self, path: str) -> Iterator[Folder]:
        """Open a folder."""
        with self.spot(path) as spot, spot.folder.enter(spot.name) as folder:
            yield folder

    def is_hidden(self, place: Place) -> bool:
        """Say whether a rule denies reading a file."""
        return self._hides(self.named(place))

    def is_protected(self, place: Place) -> bool:
        """Say whether a place belongs to the record of runs."""
        plain = folded_place(place)
        return any(is_below(plain, top) for top in self._protected)

    @contextmanager
    def _walked(
        self, path: str, *, writes: bool = False, missing: Missing = Missing.REFUSED
    ) -> Iterator[Spot]:
        refuse = self._refuse_writing if writes else refuse_system
        bounds = Bounds(roots=self._roots, refuse=refuse, missing=missing, by_descriptor=self._by_descriptor)
        with self._told(path):
            names = names_of(path)
            walk = Walk(bounds, names if PurePath(path).is_absolute() else (*self._workspace, *names))
            try:
                yield walk.to_end()
            finally:
                walk.close()

    def _told(self, path: str) -> AbstractContextManager[None]:
        return told(path, self._tops)

    def _refuse_writing(self, place: Place) -> None:
        refuse_system(place)
        refuse_git(place)
        if self.is_protected(place):
            raise Unfit("belongs to the record of runs: it may be read, not written")
