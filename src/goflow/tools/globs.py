"""Patterns of paths (`*`, `?`, `[a-z]`, `**`, `{a,b}`), matched in time linear in pattern and in path."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Final, TypeAlias

from goflow.tools.base import ToolError
from goflow.tools.gate_paths import shown
from goflow.values import dataclass

LONGEST_PATTERN: Final = 1000
MOST_ALTERNATIVES: Final = 64
_MOST_EXPANDED: Final = 4000


@dataclass(frozen=True, slots=True, kw_only=True)
class _Set:
    """The characters that `[...]` stands for."""

    ranges: tuple[tuple[str, str], ...]
    is_negated: bool

    def has(self, char: str) -> bool:
        return self.is_negated != any(low <= char <= high for low, high in self.ranges)


class _Wild:
    """What `*` and `?` stand for."""


_STAR: Final = _Wild()
_ANY: Final = _Wild()
_Piece: TypeAlias = "str | _Set | _Wild"
_Name: TypeAlias = "tuple[_Piece, ...] | None"
"""The pattern of one name; None is `**`, any number of names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Glob:
    """A pattern of paths; without a `/` it is one of names, at any depth."""

    alternatives: tuple[tuple[_Name, ...], ...]

    def matches(self, names: Sequence[str]) -> bool:
        """Say whether the names of a path, from the folder that is searched, match."""
        return any(_match_path(pattern, names) for pattern in self.alternatives)


def parse_glob(pattern: str) -> Glob:
    """Read a pattern; raise `ToolError` for one that is too long, or has too many alternatives."""
    if not pattern.strip("/") or len(pattern) > LONGEST_PATTERN:
        raise ToolError(f"the pattern has {len(pattern)} characters: from 1 to {LONGEST_PATTERN} are allowed")
    expanded = _expand(pattern)
    if sum(map(len, expanded)) > _MOST_EXPANDED:
        raise ToolError(f"`{shown(pattern)}` is too long with all its alternatives: give fewer")
    return Glob(alternatives=tuple(_parse_path(written) for written in expanded))


def _expand(pattern: str) -> list[str]:
    """Return the patterns that one with `{a,b}` stands for."""
    done, todo = list[str](), [pattern]
    while todo:
        if len(done) + len(todo) > MOST_ALTERNATIVES:
            raise ToolError(
                f"`{shown(pattern)}` has more than {MOST_ALTERNATIVES} alternatives in its braces"
            )
        written = todo.pop()
        cuts = _first_braces(written)
        if not cuts:
            done.append(written)
            continue
        head, tail = written[: cuts[0]], written[cuts[-1] + 1 :]
        todo += [head + written[low + 1 : high] + tail for low, high in pairwise(cuts)]
    return done


def _first_braces(pattern: str) -> list[int]:
    """Return the places of a `{`, its commas and its `}`, of the first to close that has commas."""
    opened = list[list[int]]()
    for at, char in enumerate(pattern):
        if char == "{":
            opened.append([at])
        elif char == "," and opened:
            opened[-1].append(at)
        elif char == "}" and opened:
            cuts = opened.pop()
            if len(cuts) > 1:
                return [*cuts, at]
    return []


def _parse_path(written: str) -> tuple[_Name, ...]:
    names = [name for name in written.split("/") if name not in {"", "."}]
    parsed: list[_Name] = [] if "/" in written else [None]
    for name in names:
        if name != "**":
            parsed.append(tuple(_parse_name(name)))
        elif not parsed or parsed[-1] is not None:
            parsed.append(None)
    return tuple(parsed)


def _parse_name(name: str) -> Iterator[_Piece]:
    at = 0
    while at < len(name):
        char, end = name[at], name.find("]", at + 2 + name.startswith(("[!", "[^"), at))
        at += 1
        if char == "*":
            yield _STAR
        elif char == "?":
            yield _ANY
        elif char == "[" and end > 0:
            yield _parse_set(name[at:end])
            at = end + 1
        else:
            yield char


def _parse_set(inner: str) -> _Set:
    is_negated, ranges = inner[0] in "!^" and len(inner) > 1, list[tuple[str, str]]()
    rest = inner[is_negated:]
    while rest:
        is_range = len(rest) > 2 and rest[1] == "-"  # noqa: PLR2004 - `a-z`
        ranges.append((rest[0], rest[2] if is_range else rest[0]))
        rest = rest[3 if is_range else 1 :]
    return _Set(ranges=tuple(ranges), is_negated=is_negated)


def _match_path(pattern: Sequence[_Name], names: Sequence[str]) -> bool:
    """Match as `_match_name` does: only the last `**` is ever gone back to."""
    at, seen, back_at, back_seen = 0, 0, -1, 0
    while seen < len(names):
        name = pattern[at] if at < len(pattern) else ()
        if name is None:
            at, back_at, back_seen = at + 1, at + 1, seen
        elif at < len(pattern) and _match_name(name, names[seen]):
            at, seen = at + 1, seen + 1
        elif back_at >= 0:
            back_seen += 1
            at, seen = back_at, back_seen
        else:
            return False
    return all(name is None for name in pattern[at:])


def _match_name(pieces: Sequence[_Piece], name: str) -> bool:
    """Match greedily: only the last `*` is ever gone back to, since no earlier one could do better."""
    at, seen, back_at, back_seen = 0, 0, -1, 0
    while seen < len(name):
        piece = pieces[at] if at < len(pieces) else None
        if piece is _STAR:
            at, back_at, back_seen = at + 1, at + 1, seen
        elif piece is not None and _is_one(piece, name[seen]):
            at, seen = at + 1, seen + 1
        elif back_at >= 0:
            back_seen += 1
            at, seen = back_at, back_seen
        else:
            return False
    return all(piece is _STAR for piece in pieces[at:])


def _is_one(piece: _Piece, char: str) -> bool:
    return piece.has(char) if isinstance(piece, _Set) else piece is _ANY or piece == char
