"""What `goflow diff A B` prints for people: the runs, a line a step, and below it how its texts differ."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Final

from goflow.cli.columns import aligned, cut, cut_line
from goflow.cli.moments import local_time
from goflow.projections import sum_run, sum_step
from goflow.projections.comparison import Aspect, input_of
from goflow.projections.quantities import format_cost, format_time, format_tokens
from goflow.projections.text_difference import difference
from goflow.reporters.sanitize import sanitize

if TYPE_CHECKING:
    from goflow.projections import RunView, Spending, StepView
    from goflow.projections.comparison import Comparison, StepPair

_WIDEST: Final = 100
_MOST_LINES: Final = 20
_LONGEST_LINE: Final = 200


def diff_page(comparison: Comparison, *, is_whole: bool) -> str:
    """Return the page; a whole one has all lines of the texts, at their full length."""
    rows = [_row(pair) for pair in comparison.steps]
    lines = aligned(rows).splitlines() if rows else []
    blocks = [
        f"{line}\n" + "".join(f"    {text}\n" for text in _details(pair, is_whole=is_whole))
        for pair, line in zip(comparison.steps, lines, strict=True)
    ]
    return aligned(list(_head(comparison))) + ("\n" if blocks else "") + "".join(blocks)


def _head(comparison: Comparison) -> Iterator[tuple[str, str]]:
    a, b = comparison.a.view, comparison.b.view
    for letter, view in (("a", a), ("b", b)):
        yield letter, "  ".join((cut(view.run_id, _WIDEST), local_time(view.started_ms), _named(view)))
    if comparison.is_of_steps:
        return
    yield "status", _change(comparison.a.status, comparison.b.status)
    yield "time", _change(format_time(a.active_ms), format_time(b.active_ms))
    if spent := _change(*map(_spent, (sum_run(a), sum_run(b)))):
        yield "spent", spent
    for name in comparison.inputs:
        values = (input_of(view, name) for view in (a, b))
        yield "input", f"{cut(name, _WIDEST)}: {_change(*map(_value, values))}"


def _named(view: RunView) -> str:
    return cut(view.workflow_name, _WIDEST)


def _value(value: str | None) -> str:
    return "(none)" if value is None else cut(value, _WIDEST)


def _spent(spent: Spending) -> str:
    parts = (format_tokens(spent.tokens) if spent.tokens else "", format_cost(spent))
    return " · ".join(part for part in parts if part)


def _change(a: str, b: str) -> str:
    return a if a == b else f"{a or '-'} -> {b or '-'}"


def _row(pair: StepPair) -> Sequence[str]:
    a, b = pair.a, pair.b
    if a is None or b is None:
        return (cut(pair.id, _WIDEST), f"only in {'b' if a is None else 'a'}", "", "")
    aspects = ", ".join(pair.aspects) or "same"
    spent = [_spent(sum_step(step)) for step in (a, b)]
    return (cut(pair.id, _WIDEST), aspects, _change(_took(a), _took(b)), _change(*spent))


def _took(step: StepView) -> str:
    return "" if step.duration_ms is None else format_time(step.duration_ms)


def _details(pair: StepPair, *, is_whole: bool) -> Iterator[str]:
    a, b = pair.a, pair.b
    if a is None or b is None:
        return
    if Aspect.STATUS in pair.aspects:
        yield f"status: {a.status} -> {b.status}"
    if Aspect.MODEL in pair.aspects:
        yield f"model: {_change(cut(a.model or '', _WIDEST), cut(b.model or '', _WIDEST))}"
    for aspect, one, other in (
        (Aspect.PROMPT, a.prompt, b.prompt),
        (Aspect.OUTPUT, a.output, b.output),
    ):
        if aspect in pair.aspects:
            yield f"{aspect}:"
            yield from _text_lines(one, other, pair.id, is_whole=is_whole)


def _text_lines(a: str | None, b: str | None, step: str, *, is_whole: bool) -> Iterator[str]:
    if a is None or b is None:
        yield f"only {'b' if a is None else 'a'} has one"
    lines = difference(a or "", b or "")
    if is_whole:
        yield from map(sanitize, lines)
        return
    yield from (cut_line(line, _LONGEST_LINE) for line in islice(lines, _MOST_LINES))
    left_out = sum(1 for _ in lines)
    if left_out:
        yield f"… {left_out} more lines: `--step {cut(step, _WIDEST)}` shows all"
