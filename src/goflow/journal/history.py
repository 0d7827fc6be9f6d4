"""What runs took, kept for later ones: a file a workflow in the user's state folder, a line a run.

Nothing has to last: what is lost is learned again, so nothing is flushed, and no line is worth an error.
"""

from __future__ import annotations

import time
from collections import Counter
from contextlib import ExitStack, contextmanager
from hashlib import sha256
from itertools import islice
from typing import TYPE_CHECKING, Final

from goflow.errors import RunLocked
from goflow.journal.history_file import SUFFIX, make_room, read_lines
from goflow.journal.history_line import decode_run, encode_run, head_of
from goflow.journal.lock import hold
from goflow.journal.names import safe_name
from goflow.journal.own_files import add_to_own, make_private, replace_own

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from goflow.projections.sample import RunSamples

FOLDER: Final = "history"
"""Its name in the user's state folder."""
MOST_RUNS: Final = 50
"""Runs that are kept of each workflow and backend."""
MOST_BYTES: Final = 2_000_000
"""Bytes that are kept of each workflow and backend; the last run is, whatever it takes."""
MOST_WORKFLOWS: Final = 1_000
"""Workflows that are remembered; those not run for longest are forgotten first."""

_PAUSE_S: Final = 0.01


class RunHistory:
    """A folder of what runs took, which any number of processes use at once."""

    def __init__(self, folder: Path, *, patience_s: float = 1.0) -> None:
        self._folder = folder
        self._patience_s = patience_s

    def read(self, path: str, workflow: str, backend: str, *, most: int = MOST_RUNS) -> list[RunSamples]:
        """Return the last runs of a workflow that `backend` answered, the oldest first.

        `path` is the absolute one of its file. A line that is damaged is passed over.
        """
        lines = reversed(read_lines(self._file(path, workflow)))
        return [*islice(_of_backend(backend, lines), most)][::-1]

    def read_all(self, backend: str) -> list[RunSamples]:
        """Return the runs of every workflow that `backend` answered, those of one together."""
        files = sorted(self._folder.glob(f"*{SUFFIX}"))
        return [*_of_backend(backend, (line for file in files for line in read_lines(file)))]

    def append(self, run: RunSamples) -> None:
        """Add a run, in place of what was known of it; lines that are damaged or too many go.

        Raises OSError, RunFolderError or RunLocked where that cannot be done.
        """
        make_private(self._folder)
        file, line = self._file(run.path, run.workflow), encode_run(run)
        with self._locked():
            before = read_lines(file)
            kept = _bounded([each for each in before if _is_of_other(each, run)], line)
            if not before:
                make_room(self._folder, MOST_WORKFLOWS)
            if kept == [*before, line]:
                add_to_own(file, line)
            else:
                replace_own(file, b"".join(kept))

    def _file(self, path: str, workflow: str) -> Path:
        digest = sha256(path.encode("utf-8", "surrogatepass")).hexdigest()[:16]
        return self._folder / f"{digest}-{safe_name(workflow)}{SUFFIX}"

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """Hold the folder's lock; raise RunLocked where others hold it for too long."""
        give_up = time.monotonic() + self._patience_s
        with ExitStack() as stack:
            while not self._has_entered(stack, is_last=time.monotonic() >= give_up):
                time.sleep(_PAUSE_S)
            yield

    def _has_entered(self, stack: ExitStack, *, is_last: bool) -> bool:
        try:
            stack.enter_context(hold(self._folder, FOLDER))
        except RunLocked:
            if is_last:
                raise
            return False
        return True


def _of_backend(backend: str, lines: Iterable[bytes]) -> Iterator[RunSamples]:
    for line in lines:
        head = head_of(line)
        run = decode_run(line) if head is not None and head.backend == backend else None
        if run is not None:
            yield run


def _is_of_other(line: bytes, run: RunSamples) -> bool:
    head = head_of(line)
    return head is not None and head.run_id != run.run_id


def _bounded(lines: Sequence[bytes], last: bytes) -> list[bytes]:
    """Return the lines that are kept, `last` among them; each backend has a share of its own."""
    runs: Counter[str] = Counter()
    sizes: Counter[str] = Counter()
    kept: list[bytes] = []
    for line in (last, *reversed(lines)):
        head = head_of(line)
        backend = "" if head is None else head.backend
        runs[backend] += 1
        sizes[backend] += len(line)
        if line is last or (runs[backend] <= MOST_RUNS and sizes[backend] <= MOST_BYTES):
            kept.append(line)
    return kept[::-1]
