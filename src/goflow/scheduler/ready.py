"""The first few of a heap, without taking them out."""

from __future__ import annotations

from heapq import heappop, heappush
from typing import TypeAlias

Entry: TypeAlias = tuple[int, int, str]
"""Class (0: goes on with an answer, 1: starts), place among its like, step; the smallest goes first."""


def smallest(heap: list[Entry], count: int) -> list[Entry]:
    """Return the `count` smallest entries in order, in O(count log count): a walk from the heap's root."""
    if count >= len(heap):
        return sorted(heap)
    found: list[Entry] = []
    border = [(heap[0], 0)] if heap else []
    while border and len(found) < count:
        entry, place = heappop(border)
        found.append(entry)
        for child in (2 * place + 1, 2 * place + 2):
            if child < len(heap):
                heappush(border, (heap[child], child))
    return found
