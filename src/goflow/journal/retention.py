"""Removing old runs."""

from __future__ import annotations

import os
import shutil
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Final

from goflow.errors import RunFolderError, RunLocked
from goflow.journal.finding import runs_in
from goflow.journal.lock import NAME as LOCK, hold
from goflow.journal.reader import NAME as JOURNAL
from goflow.journal.refusals import explain
from goflow.journal.run_files import META, has_ended
from goflow.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable

_LAST: Final = (META, JOURNAL, LOCK)
"""What makes a folder a run: removed last, so that what an interrupted removal leaves is removed later."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pruned:
    """What was removed, and why other old runs could not be, as messages."""

    removed: tuple[Path, ...] = ()
    problems: tuple[str, ...] = ()


def prune(audit_dir: Path, keep: int) -> Pruned:
    """Remove the runs that are over, but for the newest `keep` runs of all; 0 keeps all.

    Unfinished runs, runs with an owner, and folders that are not runs stay. Links are removed, not followed.
    """
    return remove_runs(islice(runs_in(audit_dir), keep, None)) if keep else Pruned()


def remove_runs(folders: Iterable[Path]) -> Pruned:
    """Remove those of the runs that are over and have no owner."""
    removed, problems = [], []
    for folder in folders:
        try:
            if has_ended(folder) and _remove(folder):
                removed.append(folder)
        except RunLocked:
            """Somebody goes on with it, so it is not old."""
        except RunFolderError as error:
            problems.append(error.message)
        except OSError as error:
            problems.append(f"the old run `{folder}` cannot be removed: {explain(error)[0]}")
    return Pruned(removed=tuple(removed), problems=tuple(problems))


def _remove(folder: Path) -> bool:
    with hold(folder, folder.name):
        if not has_ended(folder):  # it may have been taken up again in the meantime
            return False
        with os.scandir(folder) as entries:
            contents = [entry for entry in entries if entry.name not in _LAST]
        for entry in contents:
            if entry.is_dir(follow_symlinks=False):
                shutil.rmtree(entry)
            else:
                Path(entry).unlink()
        (folder / META).unlink(missing_ok=True)
        (folder / JOURNAL).unlink(missing_ok=True)
    shutil.rmtree(folder)
    return True
