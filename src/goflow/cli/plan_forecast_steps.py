"""The table of a forecast: what each step can be expected to take if it runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from goflow.cli.columns import aligned, cut
from goflow.cli.plan_ranges import UNPRICED, counted, money, short, times, tokens
from goflow.problems import count_of
from goflow.projections.forecast_values import Source

if TYPE_CHECKING:
    from collections.abc import Collection

    from goflow.projections.forecast_values import Range, StepForecast

_HEADER: Final = ("STEP", "REQUESTS", "PROMPT", "ANSWER", "TIME", "COST", "FROM")
_NUMBERS: Final = frozenset({1, 2, 3, 4, 5})
_WIDEST_NAME: Final = 40


def steps_table(steps: Collection[StepForecast]) -> str:
    """Return the table, with what its marks mean."""
    return aligned([_HEADER, *map(_step_row, steps)], right=_NUMBERS) + _legend(steps)


def _step_row(step: StepForecast) -> tuple[str, ...]:
    return (
        cut(step.step, _WIDEST_NAME),
        short(step.requests, counted),
        f"~{_prompt(step.input_tokens, is_known=step.source is Source.RUNS)}",
        short(step.output_tokens, tokens).replace(" tok..", ".."),
        short(step.duration_ms, times),
        UNPRICED if step.cost_usd is None else short(step.cost_usd, money),
        _source(step),
    )


def _prompt(found: Range, *, is_known: bool) -> str:
    return f"{tokens(found.middle)}{'' if is_known else '?'}"


def _source(step: StepForecast) -> str:
    skipped = f", left out in {step.skip_rate:.0%}" if step.skip_rate else ""
    match step.source:
        case Source.GUESS:
            return f"guess{', may be left out' if skipped else ''}"
        case Source.RUNS:
            return f"{count_of(step.runs, 'earlier run')}{skipped}"
        case Source.OTHER_WORDS:
            return f"{count_of(step.runs, 'earlier run')} in other words or of another model{skipped}"


def _legend(steps: Collection[StepForecast]) -> str:
    if any(step.source is not Source.RUNS for step in steps):
        return "`?`: an estimate, four bytes to a token\n"
    return ""
