"""Following a run that goes on elsewhere, until it ends or nobody works on it any more."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final

from goflow.events import RunFinished
from goflow.journal.lock import is_owned
from goflow.journal.reader import JournalReader

if TYPE_CHECKING:
    from pathlib import Path

    from goflow.events import Event

SHORTEST_PAUSE_S: Final = 0.02
LONGEST_PAUSE_S: Final = 0.5


def watch(folder: Path) -> Iterator[Sequence[Event]]:
    """Yield the events of a run from its first, as they come.

    Looks at the file, ever less often while nothing comes; only between looks is anything interrupted.
    """
    reader, pause_s = JournalReader(folder), SHORTEST_PAUSE_S
    has_ended = False
    while True:
        was_owned = is_owned(folder)  # asked first: what an owner that has gone wrote is all there
        events = reader.read_new()
        if events:
            yield events
            has_ended = isinstance(events[-1].fact, RunFinished)
            pause_s = SHORTEST_PAUSE_S
        elif has_ended or not was_owned:
            return
        else:
            time.sleep(pause_s)
            pause_s = min(LONGEST_PAUSE_S, 1.5 * pause_s)
