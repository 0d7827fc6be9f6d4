"""What is wrong with a journal, an export or a run folder, and where."""

from __future__ import annotations

from typing import Final

from goflow.values import dataclass

MOST_KEPT: Final = 100
LONGEST_WORDS: Final = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Damage:
    """One thing that is wrong."""

    place: str
    what: str


class Damages:
    """Gathers what is wrong; what comes after the first hundred is only counted."""

    def __init__(self) -> None:
        self.kept: list[Damage] = []
        self.count = 0

    def add(self, place: str, what: str) -> None:
        """Take in one more."""
        self.count += 1
        if len(self.kept) < MOST_KEPT:
            shown = what if len(what) <= LONGEST_WORDS else f"{what[:LONGEST_WORDS]}..."
            self.kept.append(Damage(place=place, what=shown))
