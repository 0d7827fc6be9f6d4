"""What a folder tells about its run without reading the run: the first and the last bytes of its journal."""

from __future__ import annotations

import json
import os
import re
import stat
from typing import TYPE_CHECKING, Final

from goflow.journal.lock import NAME as LOCK
from goflow.journal.reader import NAME as JOURNAL
from goflow.journal.run_ids import RUN_ID
from goflow.journal.sources import FOLDER as SOURCES
from goflow.values import dataclass

if TYPE_CHECKING:
    from pathlib import Path

META: Final = "workflow.meta.json"
"""All that the original goflow leaves of a run besides the outputs; ours has it too, beside the journal."""

_HEAD_BYTES: Final = 1024
_TAIL_BYTES: Final = 4096
_LONGEST_FIRST: Final = 64 * 1024 * 1024
_LONGEST_META: Final = 1024 * 1024
_HEAD: Final = re.compile(
    rb'\{"v":\d+,"seq":1,"ts":"([ !#-~]+)","type":"run\.created","run":"(%s)"' % RUN_ID.encode()
)
_ENDED: Final = frozenset({"completed", "failed"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """How a run ended: `completed` or `failed`, and when, in ISO 8601; of the original's, what it says."""

    status: str
    at: str


def has_journal(folder: Path) -> bool:
    """Tell whether the folder is a run's that can be resumed."""
    return _is_file(folder / JOURNAL)


def is_run(folder: Path) -> bool:
    """Tell whether the folder is a run's, of ours or of the original goflow."""
    return has_journal(folder) or _is_file(folder / META)


def is_ours(folder: Path) -> bool:
    """Tell whether a run without a journal is none of the original goflow's."""
    return _is_file(folder / LOCK) or (folder / SOURCES).is_dir() or run_id_of(folder).startswith("r-")


def run_id_of(folder: Path) -> str:
    """Return the run's id, or nothing where its first event was never written."""
    if not has_journal(folder):
        return str(_meta(folder).get("run_id", ""))
    head = _head(folder)
    return head[2].decode() if head else ""


def created_at(folder: Path) -> str:
    """Return when the run was created, to the millisecond, in a form that sorts."""
    head = _head(folder)
    return head[1].decode() if head else ""


def has_ended(folder: Path) -> bool:
    """Tell whether the run is over: one that was stopped, waits or was killed is not."""
    return ending_of(folder) is not None


def ending_of(folder: Path) -> Ending | None:
    """Return how and when the run ended, or None where it is not over."""
    if has_journal(folder):
        last = _object(_tail(folder))
        at, is_over = last.get("ts"), last.get("type") == "run.finished"
    else:
        last = _meta(folder)
        at, is_over = last.get("completed_at"), True
    status = last.get("status")
    if not is_over or not isinstance(status, str) or status not in _ENDED:
        return None
    return Ending(status=status, at=at if isinstance(at, str) else "")


def workflow_of(folder: Path) -> str:
    """Return the name of the run's workflow, or nothing where it is not known."""
    name = (_first(folder) if has_journal(folder) else _meta(folder)).get("workflow_name")
    return name if isinstance(name, str) else ""


def workflow_path_of(folder: Path) -> str:
    """Return the path of the run's workflow, or nothing where it is not known."""
    path = _first(folder).get("workflow_path")
    return path if isinstance(path, str) else ""


def _head(folder: Path) -> re.Match[bytes] | None:
    try:
        with (folder / JOURNAL).open("rb") as file:
            return _HEAD.match(file.read(_HEAD_BYTES))
    except OSError:
        return None


def _first(folder: Path) -> dict[str, object]:
    """Return the fields of the journal's first line."""
    try:
        with (folder / JOURNAL).open("rb") as file:
            return _object(file.readline(_LONGEST_FIRST))
    except OSError:
        return {}


def _tail(folder: Path) -> bytes:
    """Return the journal's last line, or nothing where it is torn or too long to be a run's end."""
    try:
        with (folder / JOURNAL).open("rb") as file:
            file.seek(max(0, file.seek(0, os.SEEK_END) - _TAIL_BYTES))
            lines = file.read().split(b"\n")
    except OSError:
        return b""
    return lines[-2] if len(lines) > 1 and not lines[-1] else b""


def _meta(folder: Path) -> dict[str, object]:
    try:
        with (folder / META).open("rb") as file:
            return _object(file.read(_LONGEST_META))
    except OSError:
        return {}


def _object(content: bytes) -> dict[str, object]:
    try:
        found = json.loads(content)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _is_file(path: Path) -> bool:
    try:
        return stat.S_ISREG(path.lstat().st_mode)
    except (OSError, ValueError):  # ValueError: what a user calls a run may be no path at all
        return False
