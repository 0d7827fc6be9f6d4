"""The runs of a folder in short, each read for its figures alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from goflow.errors import GoflowError, JournalCorrupt
from goflow.events import RunStatus
from goflow.journal.finding import runs_in
from goflow.journal.foreign import read_foreign
from goflow.journal.glance import Glance
from goflow.journal.lock import is_owned
from goflow.journal.moments import read_moment
from goflow.journal.run_files import created_at, has_journal
from goflow.projections.history import RunEntry, fold, make_entry
from goflow.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A run, where it is, and whether the original goflow made it."""

    folder: Path
    entry: RunEntry
    is_original: bool


def list_runs(
    audit_dir: Path, *, warn: Callable[[str], None], since_ms: int | None = None
) -> Iterator[Listed]:
    """Yield the runs, newest first; one that cannot be read is told to `warn`, and the others go on.

    Runs that began before `since_ms` are left out, most of them unread.
    """
    glance = Glance()
    for folder in runs_in(audit_dir):
        if since_ms is not None and _is_known_older(folder, since_ms):
            continue
        try:
            listed = _read_original(folder) if not has_journal(folder) else _read(folder, glance)
        except GoflowError as error:
            warn(error.message)
            continue
        began_ms = listed.entry.started_ms
        if since_ms is None or (began_ms is not None and began_ms >= since_ms):
            yield listed


def _read(folder: Path, glance: Glance) -> Listed:
    view = fold(glance.read(folder))
    is_alive = view.status is not RunStatus.RUNNING or is_owned(folder)
    if not is_alive:  # it may have ended since its journal was read
        view = fold(glance.read(folder))
    if view.created is None:
        raise JournalCorrupt(f"`{folder}` holds no event of a run")
    return Listed(folder=folder, entry=make_entry(view, is_alive=is_alive), is_original=False)


def _read_original(folder: Path) -> Listed:
    view = fold(read_foreign(folder, with_texts=False))
    return Listed(folder=folder, entry=make_entry(view, is_alive=True), is_original=True)


def _is_known_older(folder: Path, since_ms: int) -> bool:
    """Tell by the head of its journal whether a run began before; what has none is read."""
    created = created_at(folder)
    try:
        return bool(created) and read_moment(created) < since_ms
    except ValueError:
        return False
