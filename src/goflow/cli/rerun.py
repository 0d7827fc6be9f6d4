"""`goflow rerun`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from goflow.cli.budgeting import BUDGET
from goflow.cli.detach import DETACH, carry, detachable, find_people
from goflow.cli.flags import Flag, Kind, Section, pick
from goflow.cli.options import (
    AUDIT_DIR,
    CACHE,
    CONCURRENCY,
    INPUTS,
    MOCK_AGAIN,
    PEOPLE,
    RECORD,
    RESULTS,
    RUN,
    TALK,
    TIMEOUT,
    TOOLS,
)
from goflow.cli.values import named_run, without_repeats
from goflow.cli.verb import Verb
from goflow.errors import UsageError
from goflow.values import dataclass

if TYPE_CHECKING:
    from pathlib import Path

    from goflow.cli.detached import Departure
    from goflow.loader.inputs import GivenInputs
    from goflow.workflow import Bundle


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which run is done again, and how much of it."""

    run: str | None
    from_: tuple[str, ...]
    only: tuple[str, ...]
    failed: bool
    all: bool
    inputs: tuple[str, ...]
    model: str | None
    cache: bool | None
    answers: str | None
    record: str | None
    departure: Departure | None

    @property
    def is_about_inputs_alone(self) -> bool:
        """Return whether no flag but `-i` says that anything is reused."""
        return not (self.all or self.from_ or self.only or self.failed or self.model or self.cache)


def rerun(values: Mapping[str, Any]) -> int:
    """Start a new run that takes the rest from an earlier one."""
    from goflow.api.rerunning import prepare_rerun
    from goflow.cli.changed_options import option_changes
    from goflow.cli.hosting import find_host
    from goflow.cli.recording import recording_file
    from goflow.cli.showing import read_showing
    from goflow.cli.trusting import settle_trust

    wanted = pick(Wanted, {**values, "from_": values["from"]})
    reference = named_run(wanted.run, "goflow rerun RUN")
    selection = _selection(wanted)
    host = find_host(values)
    showing = read_showing(values, host.settings)
    record = recording_file(wanted.record)
    prepared = prepare_rerun(
        reference,
        selection,
        host=host,
        give=lambda bundle: _inputs(wanted, bundle, host.cwd),
        change=option_changes(values),
    )
    departure = wanted.departure
    before, answerer = find_people(
        wanted.answers, interactive=prepared.options.interactive, cwd=host.cwd, departure=departure
    )
    return carry(settle_trust(prepared, before), showing, answerer, departure=departure, record=record)


def _inputs(wanted: Wanted, bundle: Bundle, cwd: Path) -> GivenInputs:
    """Read the inputs; refuse those that change nothing where nothing else says what runs again."""
    from goflow.loader.inputs import read_inputs

    given = read_inputs(bundle, wanted.inputs, cwd=cwd)
    undeclared = given.problems
    if wanted.is_about_inputs_alone and undeclared and len(undeclared) == len(given.values):
        raise UsageError(undeclared[0].message, help=undeclared[0].help)
    return given


def _selection(wanted: Wanted) -> Any:  # noqa: ANN401 - a `Selection`, whose module is imported here
    from goflow.api.rerunning import Selection

    given = [wanted.all, bool(wanted.from_), bool(wanted.only), wanted.failed]
    if sum(given) > 1:
        told = "`--all`, `--from`, `--only`, `--failed` each say what runs again"
        raise UsageError(told, help="give one of them")
    return Selection(
        everything=wanted.all or (wanted.is_about_inputs_alone and not wanted.inputs),
        from_steps=without_repeats(wanted.from_),
        only=without_repeats(wanted.only),
    )


VERB: Final = Verb(
    "rerun",
    detachable(rerun),
    about="Start a new run from an earlier one, with its inputs and options.\n\n"
    "Alone it asks everything again. With a flag that says what runs again, or with other inputs, another "
    "model or `--cache`, every other step whose content is what it was takes the earlier result and asks "
    "nobody.",
    arguments=[RUN],
    sections=[
        Section(
            title="What runs again",
            flags=(
                Flag(
                    names=("--all",),
                    kind=Kind.SWITCH,
                    help="Every step, also with `-i`, `-m` or `--cache`.",
                ),
                Flag(
                    names=("--from",),
                    kind=Kind.VALUES,
                    value="STEP",
                    help="This step and all that come after it. Can be repeated.",
                ),
                Flag(
                    names=("--only",),
                    kind=Kind.VALUES,
                    value="STEP",
                    help="This step alone; all others keep their results. Can be repeated.",
                ),
                Flag(
                    names=("--failed",),
                    kind=Kind.SWITCH,
                    help="What failed or did not run, and what says something else because of it.",
                ),
                INPUTS,
                Flag(names=("-m", "--model"), value="MODEL", help="The model for every step that runs."),
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
