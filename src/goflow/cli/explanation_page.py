"""What `goflow explain-step` prints: what became of a step and why, and what is different from before."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING, Final, assert_never

from goflow.cli.columns import cut, cut_line
from goflow.events import AttemptStarted, StepNotRun, StepReused, StepSkipped
from goflow.journal.cache import ORIGIN
from goflow.projections.explanation import different_parts
from goflow.projections.text_difference import difference

if TYPE_CHECKING:
    from goflow.api.explaining import Explanation, Told
    from goflow.projections.explanation import Beginning, Past

_WIDEST: Final = 200
_LONGEST_LINE: Final = 400
_MOST_LINES: Final = 60


def explanation_page(explained: Explanation) -> str:
    """Return the page; texts of models and files stand in it without what could harm a terminal."""
    now = explained.now.past
    beginning = None if now is None else now.beginning
    name = cut(explained.step, _WIDEST)
    lines = [f"{name} {_what(beginning)}"]
    if now is not None and isinstance(beginning, AttemptStarted):
        lines += [f"  because {reason}" for reason in _reasons(explained, now)]
        lines += _differences(explained.before, now)
    return "".join(f"{line}\n" for line in lines)


def _what(beginning: Beginning | None) -> str:
    match beginning:
        case AttemptStarted():
            return "was asked"
        case StepReused(origin=origin):
            place = "the cache" if origin == ORIGIN else f"run {cut(origin, _WIDEST)}"
            return f"was not asked: its answer is from {place}, where the same was asked"
        case StepSkipped(reason=reason):
            return f"was skipped: {cut(reason, _WIDEST)}"
        case StepNotRun(because=because):
            return f"did not run: it comes after `{cut(because, _WIDEST)}`, which failed"
        case None:
            return "has not begun"
        case _ as unreachable:
            assert_never(unreachable)


def _reasons(explained: Explanation, now: Past) -> Iterator[str]:
    before = explained.before
    if explained.is_told_anew:
        yield "`goflow rerun` was told to ask it"
    elif before is None:
        yield "no earlier run of this workflow is here"
    elif before.past is None:
        yield f"run {_name(before)} has no such step"
    elif not before.past.parts:
        yield f"run {_name(before)} did not ask it"
    elif parts := different_parts(before.past.parts, now.parts):
        yield f"what it follows from is not what it was in run {_name(before)}: {', '.join(parts)}"
    elif not before.past.has_result:
        yield f"run {_name(before)} asked the same and got no answer"
    else:
        yield _reason_of_cache(explained, before)


def _reason_of_cache(explained: Explanation, before: Told) -> str:
    """Say why an answer to the same was not taken."""
    same = f"run {_name(before)} asked the same, and"
    if explained.now.cache is None:
        return f"{same} this one does not use the cache for it (`--cache`, `cache: true`)"
    if before.cache is None:
        return f"{same} did not keep the answer in the cache"
    if before.refusal is not None:
        return f"{same} its answer was not kept: {cut(before.refusal, _WIDEST)}"
    return f"{same} the cache had no answer, or none that was young enough, or another service was asked"


def _differences(before: Told | None, now: Past) -> Iterator[str]:
    if before is None or before.past is None or not before.past.parts:
        return
    for name, (old, new) in different_parts(before.past.parts, now.parts).items():
        yield ""
        yield f"{cut(name, _WIDEST)}:"
        lines = difference(old, new)
        yield from (f"  {cut_line(line, _LONGEST_LINE)}" for line in islice(lines, _MOST_LINES))
        if left_out := sum(1 for _ in lines):
            yield f"  … {left_out} more lines"


def _name(told: Told) -> str:
    return cut(told.run_id, _WIDEST)
