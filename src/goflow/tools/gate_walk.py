"""The way along a path, name by name through open folders: its links are followed by hand."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection
from enum import Enum, auto
from pathlib import PurePath
from typing import Final

from goflow.tools.gate_folder import Folder
from goflow.tools.gate_paths import Outside, Place, Unfit, split
from goflow.values import dataclass

MOST_LINKS: Final = 40


class Missing(Enum):
    """What becomes of a folder on the way that is not there."""

    REFUSED = auto()
    MADE = auto()
    SUPPOSED = auto()
    """The rest of the path is taken as it is written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """Where a path ends: a name (`.` for the folder itself, never a link) in an open folder."""

    folder: Folder
    name: str
    place: Place
    is_supposed: bool
    """Whether `place` goes on below the folder, where nothing is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """What a walk stays in; `refuse` raises `Unfit` for a place that must not be entered."""

    roots: Collection[Place]
    refuse: Callable[[Place], None]
    missing: Missing
    by_descriptor: bool


class Walk:
    """One walk, which owns the folder it stands in.

    Only that one folder is open, however deep it is: `..` enters it again from the root, by names that no
    longer may be links. At a root, `..` leads outside, and on only into another root.
    """

    def __init__(self, bounds: Bounds, names: Place) -> None:
        self._bounds = bounds
        self._ahead = deque(names)
        self._links = 0
        self._root: Place = ()
        self._below: list[str] = []
        self._is_supposed = False
        self._folder: Folder | None = None

    def to_end(self) -> Spot:
        """Walk the whole path, an absolute one."""
        self._find_root()
        while self._ahead:
            name = self._ahead.popleft()
            if name == "..":
                self._go_back()
            elif (target := self._here().link_target(name)) is not None:
                self._follow(target)
            elif self._ahead:
                self._go_on(name)
            else:
                return self._spot(name)
        return self._spot(".")

    def close(self) -> None:
        """Close the folder."""
        if self._folder is not None:
            self._folder.close()
            self._folder = None

    def _here(self) -> Folder:
        if self._folder is None:
            raise Outside  # a walk begins at a root
        return self._folder

    def _place(self, *names: str) -> Place:
        place = (*self._root, *self._below, *names)
        self._bounds.refuse(place)
        return place

    def _spot(self, name: str) -> Spot:
        place = self._place() if name == "." else self._place(name)
        return Spot(folder=self._here(), name=name, place=place, is_supposed=self._is_supposed)

    def _find_root(self) -> None:
        """Go on from the first root that the absolute path ahead comes to."""
        place: list[str] = []
        while self._ahead:
            name = self._ahead.popleft()
            if name != "..":
                place.append(name)
            elif len(place) > 1:
                place.pop()
            if tuple(place) in self._bounds.roots:
                self._root = tuple(place)
                self._below.clear()
                self._reopen()
                return
        raise Outside

    def _reopen(self) -> None:
        self.close()
        top, *names = (*self._root, *self._below)
        with Folder.at_top(top, by_descriptor=self._bounds.by_descriptor) as folder:
            self._folder = folder.descend(names)

    def _enter(self, name: str) -> None:
        entered = self._here().enter(name)
        self.close()
        self._folder = entered

    def _go_back(self) -> None:
        if self._below:
            self._below.pop()
            self._reopen()
        elif len(self._root) > 1:
            self._ahead.extendleft(reversed(self._root[:-1]))
            self._find_root()

    def _follow(self, target: str) -> None:
        self._links += 1
        if self._links > MOST_LINKS:
            raise Unfit(f"goes through more than {MOST_LINKS} links")
        self._ahead.extendleft(reversed(split(target)))
        if PurePath(target).is_absolute():
            self._find_root()

    def _go_on(self, name: str) -> None:
        self._place(name)
        try:
            self._enter(name)
        except FileNotFoundError:
            if self._bounds.missing is Missing.SUPPOSED:
                self._suppose(name)
                return
            if self._bounds.missing is Missing.REFUSED:
                raise
            self._here().make(name)
            self._enter(name)
        self._below.append(name)

    def _suppose(self, name: str) -> None:
        if ".." in self._ahead:
            raise Unfit("goes back from a folder that does not exist")
        self._is_supposed = True
        self._below += [name, *self._ahead]
        self._ahead.clear()
