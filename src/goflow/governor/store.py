"""Where a bucket's state is between two looks at it: here alone, or in a file that is shared."""

from __future__ import annotations

from typing import Protocol

from goflow.governor.state import State


class Store(Protocol):
    """A state that is taken out, changed and put back; in between nobody else has it."""

    def begin(self, now: float) -> State | None:
        """Take the state out; None if another process has it and does not go on. Raises OSError."""
        ...

    def end(self, now: float) -> None:
        """Put it back, with what was changed. Raises OSError."""
        ...

    def others_in_flight(self) -> float:
        """Return how many calls other processes had in flight when the state was last taken out."""
        ...

    def close(self) -> None:
        """Let it go."""
        ...


class OwnState:
    """A state in memory, for one process."""

    def __init__(self, state: State | None = None) -> None:
        self._state = state or State()

    def begin(self, now: float) -> State:
        """Return the state."""
        return self._state

    def end(self, now: float) -> None:
        """Do nothing: it is where it was."""

    def others_in_flight(self) -> float:
        """Return none."""
        return 0.0

    def close(self) -> None:
        """Do nothing."""
