"""`goflow resume`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from goflow.cli.flags import Flag, Kind, Section, pick
from goflow.cli.options import (
    AUDIT_DIR,
    CACHE,
    CONCURRENCY,
    PEOPLE,
    RESULTS,
    RUN,
    TALK,
    TIMEOUT,
    TOOLS,
)
from goflow.cli.values import count, named_run, seconds, secret_inputs
from goflow.cli.verb import Verb
from goflow.values import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which run goes on, and how."""

    run: str | None
    inputs: tuple[str, ...]
    allow_changed: bool
    retry_failed: bool | None
    max_concurrency: str | None
    timeout: str | None
    cache: bool | None
    interactive: bool | None
    answers: str | None
    stream: bool
    allow_all_tools: bool
    trust: bool


def resume(values: Mapping[str, Any]) -> int:
    """Go on with a run and return the exit code that its end calls for."""
    from goflow.api import prepare_resume
    from goflow.cli.asking import find_answerer
    from goflow.cli.carrying import carry_out
    from goflow.cli.hosting import find_host, is_mock
    from goflow.cli.showing import read_showing
    from goflow.cli.trusting import settle_trust

    wanted = pick(Wanted, values)
    reference = named_run(wanted.run, "goflow resume RUN")
    host = find_host(values)
    showing = read_showing(values, host.settings)
    changes = _changes(wanted, is_mock=is_mock(values))
    prepared = prepare_resume(
        reference,
        host=host,
        secrets=secret_inputs(wanted.inputs, host.cwd),
        allow_changed=wanted.allow_changed,
        retry_failed=wanted.retry_failed,
        change=lambda options: replace(options, **changes),
    )
    answerer = find_answerer(wanted.answers, interactive=prepared.options.interactive, cwd=host.cwd)
    return carry_out(settle_trust(prepared, answerer), showing, answerer)


def _changes(wanted: Wanted, *, is_mock: bool) -> dict[str, Any]:
    """Return the options that the run goes on with in place of those it began with."""
    changes: dict[str, Any] = {}
    if is_mock:
        changes["backend"] = "mock"
    if wanted.max_concurrency is not None:
        changes["max_concurrency"] = count("--max-concurrency", wanted.max_concurrency)
    if wanted.cache is not None:
        changes["cache"] = wanted.cache
    if wanted.interactive is not None:
        changes["interactive"] = wanted.interactive
    for name, is_given in (
        ("streaming", wanted.stream),
        ("allow_all_tools", wanted.allow_all_tools),
        ("trust", wanted.trust),
    ):
        if is_given:
            changes[name] = True
    if wanted.timeout is not None:
        changes["timeout_s"] = seconds("--timeout", wanted.timeout)
    return changes


VERB: Final = Verb(
    "resume",
    resume,
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
                    help="Give a secret input again; `NAME=@FILE` reads it from a file.",
                ),
                CONCURRENCY,
                TIMEOUT,
                CACHE,
                Flag(
                    names=("--mock",),
                    kind=Kind.OPTIONAL_VALUE,
                    value="FILE",
                    help="Ask no model: the script FILE answers, else the one that the run began with.",
                ),
                AUDIT_DIR,
            ),
        ),
        PEOPLE,
        TOOLS,
        RESULTS,
        TALK,
    ],
)
