"""Carry out a run in front of people: from what is known before it to its results and its exit code."""

from __future__ import annotations

import asyncio
import gc
from dataclasses import replace
from typing import TYPE_CHECKING

from goflow.api import execute
from goflow.cli.looking import name_of_run
from goflow.cli.result_file import write_results
from goflow.cli.streams import hears_unicode, say, write_data
from goflow.cli.warning import warn_before
from goflow.projections import assess, exit_code, render_results, summarize
from goflow.reporters.sanitize import sanitize

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from goflow.api import Prepared, Run
    from goflow.cli.answerers import FirstOf
    from goflow.cli.showing import Showing, Volume
    from goflow.reporters.base import Reporter
    from goflow.reporters.json_lines import JsonLines


def carry_out(prepared: Prepared, showing: Showing, answerer: FirstOf, *, record: Path | None = None) -> int:
    """Run what was prepared, print its results, and return the exit code that its end calls for.

    `record` is a file that the whole run is written to. Raises `UsageError` before the run where one of these
    files is needed for something else, and `GoflowError` where the run cannot be kept, or its results or its
    recording cannot be written.
    """
    _require_free(prepared, showing.output, record)
    prepared = _with_format(prepared, showing)
    prepared = replace(prepared, warnings=(*prepared.warnings, *answerer.strays(prepared.bundle.workflow)))
    volume = showing.volume(prepared.bundle)
    if volume.has_warnings:
        warn_before(prepared)
    json_lines = _json_lines(prepared) if showing.prints_events else None
    reporters = [*_talk(prepared, showing, volume), *([json_lines] if json_lines else [])]
    _calm_collector()
    run = asyncio.run(
        execute(
            prepared,
            reporters=reporters,
            answerer=answerer,
            has_person=answerer.has_person,
            handle_signals=True,
        )
    )
    if run.files_error is not None:
        say(f"warning: {run.files_error.message}\n")
    code = exit_code(run.view, run.plan, fail_on=showing.fail_on)
    if code or volume.sums_up_success or assess(run.view, run.plan).failed:
        say(sanitize(summarize(run.view, run.plan, reference=_reference(run))))
    _hand_over(run, showing)
    if record is not None and run.folder is not None:
        from goflow.cli.recording import write_recording

        write_recording(record, run.folder)
    if json_lines is not None and json_lines.error is not None:
        raise json_lines.error
    return code


def _require_free(prepared: Prepared, *written: Path | None) -> None:
    """Refuse to write over what the run is made from, and two things to one file."""
    named = [path for path in written if path is not None]
    if not named:
        return
    from goflow.cli.overwriting import require_different, require_unread

    require_different(*named)
    for path in named:
        require_unread(path, (source.path for source in prepared.sources))


def _calm_collector() -> None:
    """Let the collector look at what is new, and seldom at events, which live as long as the process."""
    gc.freeze()
    gc.set_threshold(100_000, 50, 100)
    gc.enable()


def _with_format(prepared: Prepared, showing: Showing) -> Prepared:
    if showing.format is None:
        return prepared
    output = replace(prepared.plan.output, format=showing.format)
    return replace(prepared, plan=replace(prepared.plan, output=output))


def _talk(prepared: Prepared, showing: Showing, volume: Volume) -> Iterator[Reporter]:
    if showing.streams:
        from goflow.reporters.stream import StreamLines

        yield StreamLines(say, bar="│" if hears_unicode() else "|")
    if volume.has_lines and volume.is_verbose:
        from goflow.reporters.verbose import VerboseLines

        yield VerboseLines(prepared.plan, say)
    elif volume.has_lines:
        from goflow.reporters.heartbeat import Heartbeat
        from goflow.reporters.lines import PlainLines

        yield PlainLines(prepared.plan, say, history=prepared.history)
        yield Heartbeat(say)


def _json_lines(prepared: Prepared) -> JsonLines:
    from goflow.reporters.json_lines import JsonLines

    return JsonLines(prepared.run_id, write_data)


def _reference(run: Run) -> str | None:
    return None if run.folder is None else name_of_run(run.folder, run.run_id)


def _hand_over(run: Run, showing: Showing) -> None:
    """Put the results where they are wanted."""
    results = render_results(run.view, run.plan)
    if showing.output is not None:
        write_results(showing.output, results)
    elif not showing.prints_events:
        write_data(results)
