"""`--detach`: what it takes, what does not go with it, and what it changes for a verb that runs."""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from goflow.cli.flags import Flag, Kind
from goflow.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from goflow.api import Prepared
    from goflow.cli.answerers import FirstOf
    from goflow.cli.detached import Departure
    from goflow.cli.showing import Showing
    from goflow.cli.verb import Act

DETACH: Final = Flag(
    names=("--detach",),
    kind=Kind.SWITCH,
    help="Start the run in a process of its own, print its id, and leave it to itself.",
)
_AT_THE_TERMINAL: Final[Mapping[str, str]] = {
    "interactive": "without `--interactive`, questions wait for `goflow answer RUN`",
    "json": "`goflow show RUN --events --follow` prints the events of a run that goes on",
    "stream": "`goflow show RUN --follow` tells of a run that goes on",
}
"""Flags for somebody who stays, and what there is for a run that is left to itself."""


def detachable(act: Act) -> Act:
    """Return what a verb does that knows `--detach`; `act` is given a `departure`, None without the flag."""

    def act_here_or_apart(values: Mapping[str, Any]) -> int:
        if not values["detach"]:
            return act({**values, "departure": None})
        _require_fitting(values)
        return _act_apart(act, values)

    return act_here_or_apart


def _act_apart(act: Act, values: Mapping[str, Any]) -> int:
    from goflow.cli.detached_words import hide_inputs
    from goflow.cli.detaching import start_apart

    def act_in_child(departure: Departure) -> int:
        hide_inputs(values["inputs"])
        return act({**values, "departure": departure})

    return start_apart(act_in_child)


def _require_fitting(values: Mapping[str, Any]) -> None:
    for name, instead in _AT_THE_TERMINAL.items():
        if values[name]:
            raise UsageError(f"`--detach` and `--{name}` do not go together", help=instead)
    if not hasattr(os, "fork"):
        raise UsageError("`--detach` needs Linux or macOS", help="leave it out, and start another terminal")


def find_people(
    answers: str | None, *, interactive: bool | None, cwd: Path, departure: Departure | None
) -> tuple[FirstOf, FirstOf]:
    """Return who is asked before the run, and who during it: a detached one has nobody at its terminal."""
    from goflow.cli.asking import find_answerer

    if departure is None:
        answerer = find_answerer(answers, interactive=interactive, cwd=cwd)
        return answerer, answerer
    from goflow.cli.detached import Elsewhere

    before = find_answerer(None, interactive=interactive, cwd=cwd)
    written = find_answerer(answers, interactive=False, cwd=cwd)
    return before, written if interactive is False else Elsewhere([written])


def carry(
    prepared: Prepared,
    showing: Showing,
    answerer: FirstOf,
    *,
    departure: Departure | None,
    record: Path | None = None,
) -> int:
    """Carry out a run as `carry_out`; a detached one leaves the terminal as soon as its lock is held."""
    from goflow.cli.carrying import carry_out

    if departure is None:
        return carry_out(prepared, showing, answerer, record=record)
    from goflow.api.detaching import telling

    told = telling(prepared, owned=departure.leave, durable=partial(departure.arrive, prepared.run_id))
    try:
        return carry_out(told, showing, answerer, record=record)
    finally:
        departure.come_back()
