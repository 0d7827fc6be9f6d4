"""Finding a run by what a user calls it: an id or its beginning, a folder, `@last`, `@-2`."""

from __future__ import annotations

import os
import re
from contextlib import suppress
from itertools import groupby, islice
from pathlib import Path
from typing import TYPE_CHECKING, Final

from goflow.errors import UsageError
from goflow.journal.reader import NAME as JOURNAL
from goflow.journal.refusals import reading
from goflow.journal.run_files import created_at, has_journal, is_ours, is_run, run_id_of

if TYPE_CHECKING:
    from collections.abc import Iterator

_RUN_FOLDER: Final = re.compile(r"(\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d)_.+", re.DOTALL)
_PLACE: Final = re.compile(r"@(last|-([1-9]\d{0,8}))", re.ASCII)
_SHOWN: Final = 5


def runs_in(audit_dir: Path) -> Iterator[Path]:
    """Yield the folders of the runs, newest first. Names are read at once, folders as they are reached.

    Links are not followed. A folder that is not there holds no runs; one that cannot be read raises
    `RunFolderError`.
    """
    names = sorted(_names_in(audit_dir), reverse=True)
    for _, group in groupby(names, key=lambda name: name[:19]):
        folders = [audit_dir / name for name in group]
        if len(folders) > 1:  # runs of one second: their names do not tell which came first
            folders.sort(key=lambda folder: (created_at(folder), len(folder.name), folder.name), reverse=True)
        yield from (folder for folder in folders if is_run(folder))


def find_run(audit_dir: Path, reference: str) -> Path:
    """Return the folder of the run that is meant; raise `UsageError` where there is not exactly one.

    A run without a journal is found too, and refused.
    """
    folder = find_any_run(audit_dir, reference)
    require_journal(folder)
    return folder


def require_journal(folder: Path) -> None:
    """Refuse a run that has none: one of the original goflow, or one that has lost it; raise `UsageError`."""
    if not has_journal(folder):
        lacks = f"has lost its journal: `{JOURNAL}` is missing, or is no plain file"
        original = "was made by the original goflow: it has no journal"
        raise UsageError(
            f"`{folder}` {lacks if is_ours(folder) else original}",
            help="`goflow show` shows what it has kept; `goflow run` starts its workflow again",
        )


def find_any_run(audit_dir: Path, reference: str) -> Path:
    if reference.startswith("@"):
        return _find_by_place(audit_dir, reference)
    for folder in (Path(reference), audit_dir / reference):
        if reference and is_run(folder):
            return folder
    if len(Path(reference).parts) > 1:
        raise UsageError(f"`{reference}` is not the folder of a run", help=_known(audit_dir))
    return _find_by_id(audit_dir, reference)


def _find_by_place(audit_dir: Path, reference: str) -> Path:
    place = _PLACE.fullmatch(reference)
    if place is None:
        raise UsageError(f"`{reference}` is no run", help="`@last` is the newest, `@-2` the one before it")
    number = int(place[2] or 1)
    found = list(islice(runs_in(audit_dir), number))
    if len(found) < number:
        raise UsageError(f"there is no run `{reference}`", help=_known(audit_dir))
    return found[-1]


def _find_by_id(audit_dir: Path, reference: str) -> Path:
    found = {folder: run_id_of(folder) for folder in runs_in(audit_dir)}
    matching = [folder for folder, run_id in found.items() if reference and run_id.startswith(reference)]
    exact = [folder for folder in matching if found[folder] == reference]
    match exact or matching:
        case [folder]:
            return folder
        case []:
            raise UsageError(f"there is no run `{reference}`", help=_known(audit_dir))
        case several:
            shown = _listed(several)
            raise UsageError(
                f"`{reference}` is the beginning of {len(several)} runs", help=f"they are {shown}"
            )


def _known(audit_dir: Path) -> str:
    newest = list(islice(runs_in(audit_dir), _SHOWN + 1))
    if not newest:
        return f"`{audit_dir}` holds no runs; `--audit-dir` names another folder"
    return f"the newest are {_listed(newest)}"


def _listed(folders: list[Path]) -> str:
    shown = ", ".join(f"`{run_id_of(folder) or folder.name}`" for folder in folders[:_SHOWN])
    return f"{shown}, ..." if len(folders) > _SHOWN else shown


def _names_in(audit_dir: Path) -> list[str]:
    is_absent = suppress(FileNotFoundError, NotADirectoryError)
    with reading(audit_dir), is_absent, os.scandir(audit_dir) as entries:
        return [
            entry.name
            for entry in entries
            if _RUN_FOLDER.fullmatch(entry.name) and entry.is_dir(follow_symlinks=False)
        ]
    return []
