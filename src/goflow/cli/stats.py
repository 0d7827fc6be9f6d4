"""`goflow stats`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

from goflow.cli.answered_by import AnsweredBy
from goflow.cli.flags import Argument, Flag, Section, pick
from goflow.cli.options import WORKFLOW
from goflow.cli.streams import say, write_data
from goflow.cli.values import count, one_of
from goflow.cli.verb import Verb
from goflow.errors import UsageError
from goflow.problems import shown
from goflow.values import dataclass

if TYPE_CHECKING:
    from goflow.api import Host


class StatsFormat(StrEnum):
    """Who reads it."""

    TEXT = "text"
    JSON = "json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which runs count, and how they are shown."""

    file: str | None
    workflow: str | None
    backend: str | None
    last: str | None
    format: str | None


def stats(values: Mapping[str, Any]) -> int:
    """Print what earlier runs took."""
    from goflow.api import this_host
    from goflow.api.statistics import remembered
    from goflow.cli.stats_documents import stats_document
    from goflow.cli.stats_page import stats_page

    wanted = pick(Wanted, values)
    form = one_of(StatsFormat, "--format", wanted.format or StatsFormat.TEXT)
    backend = None if wanted.backend is None else one_of(AnsweredBy, "--backend", wanted.backend).value
    last = 0 if wanted.last is None else count("--last", wanted.last)
    named, host = _named(wanted), this_host()
    found = remembered(host, named=named, backend=backend, last=last)
    if not found:
        say(_nothing(host, wanted, named))
    if form is StatsFormat.JSON:
        write_data(json.dumps(stats_document(found, has_steps=named is not None), indent=2) + "\n")
    elif found:
        write_data(stats_page(found, has_steps=named is not None))
    return 0


def _named(wanted: Wanted) -> str | None:
    if wanted.file is not None and wanted.workflow is not None:
        raise UsageError(
            f"{shown(wanted.file)} and {shown(wanted.workflow)} both name a workflow", help="name one"
        )
    return wanted.workflow if wanted.file is None else wanted.file


def _nothing(host: Host, wanted: Wanted, named: str | None) -> str:
    """Say that there is nothing, and how there comes to be something."""
    of = "" if named is None else f" of {shown(named)}"
    by = "" if wanted.backend is None else f" that `{wanted.backend}` answered"
    if not host.settings.history:
        way_on = "`history = false` or `GOFLOW_HISTORY=0` keeps runs from leaving any"
    elif named is not None or wanted.backend is not None:
        way_on = "`goflow stats` lists all workflows that have left some"
    else:
        way_on = "each run leaves what its steps took: `goflow run FILE`"
    return f"no earlier runs{of}{by} are remembered\nhelp: {way_on}\n"


VERB: Final = Verb(
    "stats",
    stats,
    about="Say what earlier runs took: time, tokens, cost, failures.\n\n"
    "Alone it prints a line a workflow, those run last first. With a workflow's file or name it goes on with "
    "a line a step. What is remembered are the last 50 runs of each workflow, never a prompt or an answer.",
    arguments=[Argument(name="FILE", help="A workflow's file, or its name.")],
    sections=[
        Section(
            title="Which runs",
            flags=(
                WORKFLOW,
                Flag(names=("--backend",), value="NAME", help="Those that llm, cli or mock answered."),
                Flag(names=("--last",), value="N", help="The last N of each workflow; 0 means all."),
            ),
        ),
        Section(
            title="How they are shown",
            flags=(Flag(names=("--format",), value="FORMAT", help="text (the default) or json."),),
        ),
    ],
)
