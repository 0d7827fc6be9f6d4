"""Where among values something stands."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


def at_share(line: Sequence[float], share: float) -> float:
    """Return what stands at a share of the way along one or more sorted values."""
    place = share * (len(line) - 1)
    below = int(place)
    above = min(below + 1, len(line) - 1)
    return line[below] + (place - below) * (line[above] - line[below])
