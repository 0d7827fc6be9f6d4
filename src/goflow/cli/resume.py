"""`goflow resume`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from goflow.cli.budgeting import BUDGET
from goflow.cli.detach import DETACH, carry, detachable, find_people
from goflow.cli.flags import Flag, Kind, Section, pick
from goflow.cli.options import (
    AUDIT_DIR,
    CACHE,
    CONCURRENCY,
    MOCK_AGAIN,
    PEOPLE,
    RECORD,
    RESULTS,
    RUN,
    TALK,
    TIMEOUT,
    TOOLS,
)
from goflow.cli.values import named_run
from goflow.cli.verb import Verb
from goflow.errors import UsageError
from goflow.values import dataclass

if TYPE_CHECKING:
    from goflow.cli.detached import Departure


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which run goes on, and how."""

    run: str | None
    inputs: tuple[str, ...]
    allow_changed: bool
    retry_failed: bool | None
    answers: str | None
    record: str | None
    departure: Departure | None


def resume(values: Mapping[str, Any]) -> int:
    """Go on with a run and return the exit code that its end calls for."""
    if not values["wait"]:
        return _resume(values)
    if values["departure"] is not None:
        raise UsageError(
            "`--detach` and `--wait` do not go together",
            help="leave one out",
        )
    from goflow.cli.waiting import resume_when_possible

    return resume_when_possible(_resume, values)


def _resume(values: Mapping[str, Any]) -> int:
    from goflow.api import prepare_resume
    from goflow.cli.changed_options import option_changes
    from goflow.cli.hosting import find_host
    from goflow.cli.inputs_again import inputs_again
    from goflow.cli.recording import recording_file
    from goflow.cli.showing import read_showing
    from goflow.cli.trusting import settle_trust

    wanted = pick(Wanted, values)
    reference = named_run(wanted.run, "goflow resume RUN")
    host = replace(find_host(values), probes=not values["wait"])
    showing = read_showing(values, host.settings)
    record = recording_file(wanted.record)
    prepared = prepare_resume(
        reference,
        host=host,
        secrets=inputs_again(wanted.inputs, reference, host),
        allow_changed=wanted.allow_changed,
        retry_failed=wanted.retry_failed,
        change=option_changes(values),
    )
    departure = wanted.departure
    before, answerer = find_people(
        wanted.answers, interactive=prepared.options.interactive, cwd=host.cwd, departure=departure
    )
    return carry(settle_trust(prepared, before), showing, answerer, departure=departure, record=record)


VERB: Final = Verb(
    "resume",
    detachable(resume),
    about="Go on with a run that was stopped or killed, or has failed steps.\n\n"
    "Steps that have ended keep their outputs and are not asked again; of a run that had ended, the failed "
    "steps and what read their outputs run once more. Options of the first time hold again.",
    arguments=[RUN],
    sections=[
        Section(
            title="How it goes on",
            flags=(
                Flag(
                    names=("--allow-changed",),
                    kind=Kind.SWITCH,
                    help="Go on with the files as they are now, although they have changed.",
                ),
                Flag(
                    names=("--retry-failed",),
                    kind=Kind.CHOICE,
                    help="Whether failed steps run once more; if not given, those of a run that had ended.",
                ),
                Flag(
                    names=("-i", "--inputs"),
                    kind=Kind.VALUES,
                    value="NAME=VALUE",
                    help="Give a secret input again; `NAME=@FILE` is relative to the workflow file.",
                ),
                Flag(
                    names=("--wait",),
                    kind=Kind.SWITCH,
                    help="Wait until the used-up quota is renewed, then go on.",
                ),
                CONCURRENCY,
                TIMEOUT,
                BUDGET,
                CACHE,
                MOCK_AGAIN,
                RECORD,
                AUDIT_DIR,
                DETACH,
            ),
        ),
        PEOPLE,
        TOOLS,
        RESULTS,
        TALK,
    ],
)
