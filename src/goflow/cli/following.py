"""`goflow show RUN --follow`: what comes, line by line, until the run ends."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final, TypeAlias

from goflow.cli.streams import say, write_data
from goflow.cli.watching import watch
from goflow.errors import GoflowError
from goflow.events import RunFinished, ToolReturned, step_of
from goflow.projections.conversation_view import ConversationView

if TYPE_CHECKING:
    from pathlib import Path

    from goflow.api.history import History
    from goflow.events import Event

Lines: TypeAlias = Callable[[Sequence["Event"]], str]
"""Makes the lines of some events that follow those it was given before."""

_LEFT: Final = "nobody works on the run any more"


def follow(folder: Path, lines: Lines, *, name: str) -> int:
    """Print what events call for as they come; a reader that leaves ends it, and the run goes on."""
    last: Event | None = None
    for batch in watch(folder):
        last = batch[-1]
        text = lines(batch)
        if text and not write_data(text):
            return 0
    if last is None or not isinstance(last.fact, RunFinished):
        say(f"{_LEFT}\nnext: goflow resume {name}\n")
    return 0


def change_lines(history: History, step: str | None, name: str) -> Lines:
    """Return what makes a line for each change, as `goflow run` does, and sums up the run at its end."""
    from goflow.projections import RunView, summarize
    from goflow.reporters.lines import PlainLines
    from goflow.reporters.sanitize import sanitize

    plan = history.plan
    if plan is None:
        raise GoflowError(
            "the run's workflow is not known any more", help="`--follow --events` prints its events"
        )
    written: list[str] = []
    changes, view = PlainLines(plan, written.append), RunView(plan.steps)

    def lines(events: Sequence[Event]) -> str:
        changes.on_events([event for event in events if step_of(event.fact) in (step, "") or step is None])
        for event in events:
            view.see(event)
        if step is None and isinstance(events[-1].fact, RunFinished):
            written.append(sanitize(summarize(view, plan, reference=name)))
        text = "".join(written)
        written.clear()
        return text

    return lines


def event_lines(run_id: str, step: str | None) -> Lines:
    """Return what makes a line of JSON an event, as in the journal."""
    from goflow.journal.codec import Encoder

    encoder = Encoder(run_id)
    return lambda events: "".join(
        f"{encoder.encode(event)}\n" for event in events if step in (None, step_of(event.fact))
    )


def call_lines(step: str | None) -> Lines:
    """Return what makes a line for each call of a tool that has returned."""
    from goflow.cli.calls import call_line

    talks = ConversationView()

    def lines(events: Sequence[Event]) -> str:
        returned = []
        for event in events:
            talks.see(event)
            if isinstance(event.fact, ToolReturned) and step in (None, event.fact.step):
                returned.append(talks.call(event.fact))
        return "".join(call_line(use) for use in returned if use is not None)

    return lines
