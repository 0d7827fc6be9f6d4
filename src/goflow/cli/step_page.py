"""What `goflow show RUN --step ID` prints for people: its attempts with all that was said, its texts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final, assert_never

from goflow.cli.calls import time_of_day, what_came_of
from goflow.cli.columns import aligned, cut
from goflow.cli.moments import local_time
from goflow.cli.run_page import shown_spending, where_from, words
from goflow.events import NO_USAGE
from goflow.projections import sum_step
from goflow.projections.conversation_view import Asked, Noted, Refused, Said, ToolUse
from goflow.projections.quantities import format_time, format_tokens
from goflow.reporters.sanitize import sanitize

if TYPE_CHECKING:
    from goflow.projections import AttemptView, StepView
    from goflow.projections.conversation_view import ConversationView, Move, Talk

_WIDEST: Final = 100
_SHORT_LINES: Final = 20
_SHORT_CHARS: Final = 2000


def step_page(step: StepView, talks: ConversationView, *, is_short: bool) -> str:
    """Return the page; a short one has only the beginning of the prompt."""
    attempts = "".join(
        f"\n{_attempt(attempt, talks.talks.get((step.id, attempt.number)))}" for attempt in step.attempts
    )
    texts = "" if step.prompt is None else f"\nprompt\n{_prompt(step.prompt, is_short=is_short)}"
    if step.output is not None:
        texts += f"\noutput\n{_indented(step.output)}"
    return aligned(list(_head(step))) + attempts + texts


def _head(step: StepView) -> Iterator[tuple[str, str]]:
    yield "step", cut(step.id, _WIDEST)
    yield "status", step.status
    if step.attempts:
        yield "agent", cut(step.attempts[-1].agent, _WIDEST)
    if step.model:
        yield "model", cut(step.model, _WIDEST)
    if step.started_ms is not None:
        yield "started", local_time(step.started_ms)
    if step.duration_ms is not None:
        waited = f", {format_time(step.throttled_ms)} for its turn" if step.throttled_ms else ""
        yield "time", f"{format_time(step.duration_ms)}{waited}"
    if spent := shown_spending(sum_step(step)):
        yield "spent", spent
    if step.failure is not None:
        yield "error", cut(step.failure.message, 2 * _WIDEST)
    if step.origin is not None:
        yield "result", where_from(step.origin)
    if step.skip_reason:
        yield "skipped", cut(step.skip_reason, 2 * _WIDEST)
    if step.because:
        yield "because", f"{cut(step.because, _WIDEST)} failed"


def _attempt(attempt: AttemptView, talk: Talk | None) -> str:
    lines = [] if talk is None else [line for move in talk.moves for line in _move(move)]
    if attempt.failure is not None:
        lines += words(attempt.failure.message)
    return f"attempt {attempt.number}  {_figures(attempt)}\n" + "".join(f"  {line}\n" for line in lines)


def _figures(attempt: AttemptView) -> str:
    usage = attempt.usage or NO_USAGE
    tokens = usage.input_tokens + usage.output_tokens
    parts = (
        str(attempt.status),
        "" if attempt.ended_ms is None else format_time(attempt.ended_ms - attempt.started_ms),
        cut(attempt.model or "", _WIDEST),
        format_tokens(tokens) if tokens else "",
    )
    return "  ".join(part for part in parts if part)


def _move(move: Move) -> list[str]:
    at = time_of_day(move.at_ms)
    match move:
        case ToolUse():
            return [f"{at} {what_came_of(move)}"]
        case Said():
            return _paragraph(f"{at} said: ", move.text)
        case Refused():
            return [*_paragraph(f"{at} answered: ", move.text), *_paragraph("  refused: ", move.complaint)]
        case Asked(asked=asked, answer=answer):
            told = "  (no answer yet)" if answer is None else f"  {_told(answer.by, answer.text)}"
            return [*_paragraph(f"{at} asked: ", asked.text), told]
        case Noted():
            return _paragraph(f"{at} noted: ", move.text)
        case _ as unreachable:
            assert_never(unreachable)


def _told(by: str, text: str) -> str:
    return f"answered by {cut(by, _WIDEST)}: {cut(text, 2 * _WIDEST)}"


def _paragraph(title: str, text: str) -> list[str]:
    first, *more = words(text) or [""]
    return [f"{title}{first}", *(f"  {line}" for line in more)]


def _prompt(text: str, *, is_short: bool) -> str:
    short = "\n".join(text[:_SHORT_CHARS].split("\n")[:_SHORT_LINES]) if is_short else text
    left_out = len(text) - len(short)
    note = f"  … {left_out} more characters: `--prompt` shows all\n" if left_out else ""
    return _indented(short) + note


def _indented(text: str) -> str:
    """Return a text as it is but for what terminals act on; no line of it can pass for one of the page."""
    return "".join(f"  {line}\n" for line in sanitize(text).split("\n"))
