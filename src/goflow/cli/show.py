"""`goflow show`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from goflow.cli.flags import Flag, Kind, Section, pick
from goflow.cli.options import AUDIT_DIR, RUN
from goflow.cli.streams import write_data
from goflow.cli.verb import Verb
from goflow.cli.warning import warn
from goflow.errors import UsageError
from goflow.values import dataclass

if TYPE_CHECKING:
    from goflow.api.history import History
    from goflow.projections import StepView
    from goflow.projections.conversation_view import ConversationView


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which run is shown, and what of it."""

    run: str | None
    step: str | None
    prompt: bool
    output: bool
    tools: bool
    events: bool
    follow: bool
    json: bool
    audit_dir: str | None


def show(values: Mapping[str, Any]) -> int:
    """Print what a run's folder tells, as far as it is asked for."""
    from goflow.api.history import read_history
    from goflow.cli.finding import find_any_folder
    from goflow.cli.show_kept import journal_lines, text_of
    from goflow.cli.streams import write_bytes
    from goflow.journal.finding import require_journal

    wanted = pick(Wanted, values)
    _require_fitting(wanted)
    folder = find_any_folder(wanted.run, wanted.audit_dir, "goflow show RUN")
    if wanted.events or wanted.follow:
        require_journal(folder)
    if wanted.events and not wanted.follow:
        write_bytes(journal_lines(folder, wanted.step))
        return 0
    history = read_history(folder, home=Path.home(), warn=warn)
    step = _step_of(history, wanted)
    if wanted.follow:
        return _follow(history, wanted)
    if step is not None and (wanted.prompt or wanted.output):
        write_bytes(text_of(history, step, "prompt" if wanted.prompt else "output"))
    else:
        write_data(_shown(history, step, wanted))
    return 0


def _require_fitting(wanted: Wanted) -> None:
    parts = [name for name in ("prompt", "output", "tools", "events") if getattr(wanted, name)]
    if len(parts) > 1:
        raise UsageError(f"`--{parts[0]}` and `--{parts[1]}` both say what is shown", help="leave one out")
    is_text = wanted.prompt or wanted.output
    if wanted.json and is_text:
        raise UsageError(f"`--{parts[0]}` prints the text itself, not JSON", help="leave one out")
    if wanted.follow and is_text:
        raise UsageError(
            f"`--{parts[0]}` is not followed", help="`--follow` goes with `--tools` and `--events`"
        )
    if wanted.follow and wanted.json and not wanted.events:
        raise UsageError("`--follow` prints no JSON of its own", help="`--follow --events` prints JSON lines")


def _step_of(history: History, wanted: Wanted) -> StepView | None:
    """Return the step that is meant; None for the whole run."""
    from goflow.problems import shown, suggest

    steps = history.view.steps
    if wanted.step is not None:
        if wanted.step in steps:
            return steps[wanted.step]
        help_text = suggest(wanted.step, steps) or f"its steps: {_names(steps)}"
        raise UsageError(f"the run has no step {shown(wanted.step)}", help=help_text)
    if not (wanted.prompt or wanted.output):
        return None
    if len(steps) != 1:
        raise UsageError("no step is named", help=f"`--step ID`, of {_names(steps)}")
    return next(iter(steps.values()))


def _names(steps: Mapping[str, StepView]) -> str:
    most = 10
    named = ", ".join(f"`{name}`" for name in list(steps)[:most])
    return f"{named} and {len(steps) - most} more" if len(steps) > most else named or "none yet"


def _shown(history: History, step: StepView | None, wanted: Wanted) -> str:
    talks = _talks(history)
    if wanted.tools:
        return _shown_calls(talks, step, as_json=wanted.json)
    if wanted.json:
        from goflow.cli.documents import run_document
        from goflow.cli.talk_documents import conversation_document

        document = run_document(history, talks) if step is None else conversation_document(step, talks)
        return json.dumps(document, indent=2) + "\n"
    if step is None:
        from goflow.cli.run_page import run_page

        return run_page(history, memory_entries=talks.memory_entries, name=_name(history))
    from goflow.cli.step_page import step_page
    from goflow.cli.streams import is_terminal

    return step_page(step, talks, is_short=is_terminal())


def _talks(history: History) -> ConversationView:
    from goflow.projections.conversation_view import ConversationView

    talks = ConversationView()
    for event in history.events:
        talks.see(event)
    return talks


def _shown_calls(talks: ConversationView, step: StepView | None, *, as_json: bool) -> str:
    from goflow.cli.calls import call_line
    from goflow.cli.talk_documents import call_document

    calls = [use for use in talks.calls if step is None or use.step == step.id]
    if as_json:
        return "".join(json.dumps(call_document(use)) + "\n" for use in calls)
    return "".join(map(call_line, calls))


def _name(history: History) -> str:
    from goflow.cli.looking import name_of_run

    return name_of_run(history.folder, history.view.run_id or history.folder.name)


def _follow(history: History, wanted: Wanted) -> int:
    from goflow.cli.following import call_lines, change_lines, event_lines, follow

    name = _name(history)
    if wanted.events:
        lines = event_lines(history.view.run_id, wanted.step)
    elif wanted.tools:
        lines = call_lines(wanted.step)
    else:
        lines = change_lines(history, wanted.step, name)
    return follow(history.folder, lines, name=name)


VERB: Final = Verb(
    "show",
    show,
    about="Show a run: what it was given, how its steps stand, what it has spent, and what to type next.\n\n"
    "Runs that go on, wait, or were cut off are shown as they stand, runs of the original goflow too. What "
    "could harm a terminal is left out of texts, except by `--prompt` and `--output` to a file or a pipe.",
    arguments=[RUN],
    sections=[
        Section(
            title="What is shown",
            flags=(
                Flag(
                    names=("--step",),
                    value="ID",
                    help="One step: its attempts, prompt, calls of tools, refused answers and output.",
                ),
                Flag(names=("--prompt",), kind=Kind.SWITCH, help="The step's prompt, and nothing else."),
                Flag(names=("--output",), kind=Kind.SWITCH, help="The step's output, and nothing else."),
                Flag(names=("--tools",), kind=Kind.SWITCH, help="Calls of tools, one a line."),
                Flag(
                    names=("--events",), kind=Kind.SWITCH, help="The journal's events, a line of JSON each."
                ),
                Flag(
                    names=("--follow",),
                    kind=Kind.SWITCH,
                    help="Go on until the run ends: a line for each change, call or event.",
                ),
                Flag(names=("--json",), kind=Kind.SWITCH, help="Print JSON, for programs."),
            ),
        ),
        Section(title="Which run", flags=(AUDIT_DIR,)),
    ],
)
