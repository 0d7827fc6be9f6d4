"""`goflow cancel`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from goflow.cli.flags import Section, pick
from goflow.cli.options import AUDIT_DIR, RUN
from goflow.cli.streams import say
from goflow.cli.verb import Verb
from goflow.errors import GoflowError
from goflow.values import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which run is stopped."""

    run: str | None
    audit_dir: str | None


def cancel(values: Mapping[str, Any]) -> int:
    """Tell the run's owner to stop it."""
    from goflow.cli.looking import find_folder, name_of_run
    from goflow.journal.commands import CancelRun
    from goflow.journal.inbox import leave
    from goflow.journal.lock import is_owned
    from goflow.journal.run_files import run_id_of

    wanted = pick(Wanted, values)
    folder = find_folder(wanted.run, wanted.audit_dir, "goflow cancel RUN")
    run_id = run_id_of(folder)
    if not is_owned(folder):
        raise GoflowError(f"run `{run_id}` is not running")
    leave(folder, CancelRun(run_id=run_id))
    say(f"told run {run_id} to stop\nnext: goflow resume {name_of_run(folder, run_id)}\n")
    return 0


VERB: Final = Verb(
    "cancel",
    cancel,
    about="Stop a run that is going on; it can be resumed.\n\n"
    "Nothing new is started, and running steps have 10 seconds to end.",
    arguments=[RUN],
    sections=[Section(title="Which run", flags=(AUDIT_DIR,))],
)
