"""How a step stands to another whose output it reads."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

_CHUNK = 4096
"""How many steps one pass over the graph looks for: bounds memory where very many are asked about."""


class Standing(StrEnum):
    """Where the step that is read stands, seen from the step that reads it."""

    DIRECT = "direct"
    """In its `depends_on`."""
    UPSTREAM = "upstream"
    """Not there, but upstream of it."""
    LOWER_LEVEL = "lower level"
    """Not upstream, but of a lower level: it becomes a dependency, which changes no level."""
    NOT_UPSTREAM = "not upstream"
    """Neither; the step itself too."""
    UNKNOWN = "unknown"
    """No step at all."""


def standings(
    reads: Mapping[str, Iterable[str]], needs: Mapping[str, Sequence[str]], level_of: Mapping[str, int]
) -> dict[str, dict[str, Standing]]:
    """Return, for each step of `reads`, how every step it reads stands to it.

    `level_of` is `levels(needs)`, in its order. A step that a cycle left without a level reads everything as
    upstream, since where it stands is not settled. However far apart the steps are, few passes over the graph
    answer all.
    """
    found = {step: _at_hand(step, read, needs, level_of) for step, read in reads.items()}
    asked: dict[str, list[str]] = {}
    for step, standing_of in found.items():
        for target, standing in standing_of.items():
            if standing is Standing.LOWER_LEVEL:
                asked.setdefault(target, []).append(step)
    for step, target in _upstream(asked, needs, level_of):
        found[step][target] = Standing.UPSTREAM
    return found


def _at_hand(
    step: str, read: Iterable[str], needs: Mapping[str, Sequence[str]], level_of: Mapping[str, int]
) -> dict[str, Standing]:
    """Answer what takes no search; what is LOWER_LEVEL here may turn out to be UPSTREAM."""
    direct = frozenset(needs[step])
    level = level_of.get(step)
    found: dict[str, Standing] = {}
    for target in read:
        if target not in needs:
            found[target] = Standing.UNKNOWN
        elif target in direct:
            found[target] = Standing.DIRECT
        elif level is None:
            found[target] = Standing.UPSTREAM
        else:
            is_lower = level_of.get(target, level) < level
            found[target] = Standing.LOWER_LEVEL if is_lower else Standing.NOT_UPSTREAM
    return found


def _upstream(
    asked: Mapping[str, Sequence[str]], needs: Mapping[str, Sequence[str]], level_of: Mapping[str, int]
) -> Iterator[tuple[str, str]]:
    """Yield the pairs (step, target) of `asked` (steps by target) whose target is upstream of the step."""
    targets = sorted(asked, key=level_of.__getitem__)
    for start in range(0, len(targets), _CHUNK):
        chunk = targets[start : start + _CHUNK]
        reached = _reached(chunk, needs, level_of)
        for index, target in enumerate(chunk):
            for step in asked[target]:
                if reached.get(step, 0) >> index & 1:
                    yield step, target


def _reached(
    targets: Sequence[str], needs: Mapping[str, Sequence[str]], level_of: Mapping[str, int]
) -> dict[str, int]:
    """Return, for each step downstream of a target, which ones: bit n stands for the n-th."""
    own = {target: 1 << index for index, target in enumerate(targets)}
    lowest = level_of[targets[0]]
    reached: dict[str, int] = {}
    for step, level in level_of.items():
        if level > lowest:
            bits = 0
            for need in needs[step]:
                bits |= reached.get(need, 0) | own.get(need, 0)
            if bits:
                reached[step] = bits
    return reached
