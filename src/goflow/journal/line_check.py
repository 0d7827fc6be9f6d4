"""Checking the lines of a journal one by one, and going on behind what is wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING

from goflow.errors import JournalCorrupt
from goflow.events import RunCreated
from goflow.journal.bounded_lines import TOO_LONG
from goflow.journal.codec import Decoder
from goflow.journal.seal import is_sealed, matches

if TYPE_CHECKING:
    from collections.abc import Callable

    from goflow.events import Event
    from goflow.journal.damage import Damages
    from goflow.journal.shapes import ReadText


class LineCheck:
    """Takes a journal's lines in order. `events` are those of the whole batches before the first damage."""

    def __init__(
        self,
        read_text: ReadText,
        damages: Damages,
        *,
        run_id: str = "",
        name: Callable[[int], str] = "line {}".format,
    ) -> None:
        """`name` says where a line is, by its number."""
        self.events: list[Event] = []
        self.run_id = run_id
        self.size = 0
        """How many bytes the whole batches before the first damage take."""
        self._decode = Decoder(read_text).decode
        self._damages = damages
        self._name = name
        self._seq = 0
        self._batch: list[bytes] = []
        self._fresh: list[Event] = []
        self._first = 0
        self._damages_before = damages.count
        self._is_whole = True

    @property
    def torn(self) -> int:
        """Return how many lines stand behind the last whole batch."""
        return len(self._batch)

    def take(self, line: bytes, number: int) -> None:
        """Check the next line, which ends with a line break."""
        if not self._batch:
            self._first, self._damages_before = number, self._damages.count
        self._batch.append(line)
        if line is TOO_LONG:
            self._tell(number, "it is longer than any line of a journal")
            self._seq += 1
            return
        try:
            run_id, event = self._decode(line[:-1].decode("ascii"))
        except UnicodeDecodeError:
            self._tell(number, "it holds bytes that no line has")
            self._seq += 1
        except JournalCorrupt as error:
            self._tell(number, error.message)
            self._seq += 1
        else:
            self._check_place(number, run_id, event)
            self._fresh.append(event)
        if is_sealed(line):
            self._close_batch(number)

    def tell_torn(self) -> None:
        """Tell of lines that belong to no whole batch."""
        if self._batch:
            last = self._first + self.torn - 1
            named = f"lines {self._first} to {last} belong" if self.torn > 1 else "it belongs"
            self._tell(self._first, f"{named} to a batch that was never finished, or was cut off")

    def _check_place(self, number: int, run_id: str, event: Event) -> None:
        expected = self._seq + 1
        self._seq = max(self._seq, event.seq)
        if event.seq != expected:
            told = f"its seq is {event.seq}, not {expected}: lines were removed, added or moved"
            self._tell(number, told)
        elif event.seq == 1 and not isinstance(event.fact, RunCreated):
            self._tell(number, "the first event is not `run.created`")
        self.run_id = self.run_id or run_id
        if run_id != self.run_id:
            self._tell(number, f"it belongs to run `{run_id[:80]}`, not `{self.run_id[:80]}`")

    def _close_batch(self, number: int) -> None:
        # What is known to be wrong with a line need not be told again as wrong with its batch.
        if self._damages.count == self._damages_before and not matches(self._batch):
            is_one = self._first == number
            named = "it" if is_one else f"one of lines {self._first} to {number}"
            its = "its" if is_one else "their"
            self._tell(number, f"{named} was changed, for {its} checksum does not match")
        self._is_whole = self._is_whole and self._damages.count == self._damages_before
        if self._is_whole:
            self.events += self._fresh
            self.size += sum(map(len, self._batch))
        self._batch, self._fresh = [], []

    def _tell(self, number: int, what: str) -> None:
        self._damages.add(self._name(number), what)
