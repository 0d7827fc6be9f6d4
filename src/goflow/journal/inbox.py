"""Commands that other processes leave for a run's owner: files in `inbox/`, each there whole or not at all.

Only the owner appends to the journal. It removes a file once the event that came of it is durable. So the
next owner may meet a command again whose event is there already: a second answer to a question is no news,
and a cancellation that is older than the owner's claim (see `Letter.left_at_ms`) was meant for another.
"""

from __future__ import annotations

import os
import re
import secrets
import stat
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from goflow.journal.commands import LONGEST_TEXT, InboxCommand, read_command, write_command
from goflow.journal.files import DISK, Files, ensure_folder, write_durably
from goflow.journal.refusals import explain, storage
from goflow.values import dataclass

FOLDER: Final = "inbox"
REJECTED: Final = "rejected"
_LARGEST_FILE: Final = 16 * LONGEST_TEXT  # a character takes up to 12 bytes
_MOST_AT_ONCE: Final = 100
_NAME: Final = re.compile(r"(\d{20})-[0-9a-f]{16}\.json", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A command in the inbox, and when it was left by the clock of whoever left it."""

    path: Path
    left_at_ms: int
    command: InboxCommand


def leave(run_folder: Path, command: InboxCommand, files: Files = DISK) -> None:
    """Leave a command for the run's owner, or for the next one; durable on return."""
    content = write_command(command)
    folder = run_folder / FOLDER
    name = f"{time.time_ns():020d}-{secrets.token_hex(8)}.json"
    with storage(run_folder, folder):
        ensure_folder(files, folder)
        write_durably(files, folder / name, content)
        files.sync_folder(folder)


class Inbox:
    """The owner's side: to be asked every now and then, which costs one look into a folder."""

    def __init__(
        self, run_folder: Path, run_id: str, warn: Callable[[str], None], files: Files = DISK
    ) -> None:
        """`warn` is told about files that are no commands for this run; they are moved to `rejected/`."""
        self._folder = run_folder / FOLDER
        self._run_id = run_id
        self._warn = warn
        self._files = files
        self._taken: set[str] = set()

    def take(self) -> Sequence[Letter]:
        """Return the commands that have come since, in the order they were left; at most 100 at once."""
        letters = []
        for name in self._new_names():
            self._taken.add(name)
            try:
                letters.append(self._open(self._folder / name))
            except FileNotFoundError:
                """Somebody has taken it back."""
            except ValueError as error:
                self._reject(name, str(error))
            except OSError as error:
                self._reject(name, explain(error)[0])
        return letters

    def done(self, letter: Letter) -> None:
        """Remove a command whose event is durable."""
        try:
            self._files.remove(letter.path)
        except FileNotFoundError:
            """Somebody has tidied up."""
        except OSError as error:
            self._warn(f"`{letter.path}` cannot be removed: {explain(error)[0]}")

    def _new_names(self) -> list[str]:
        try:
            with os.scandir(self._folder) as entries:
                names = {entry.name for entry in entries}
        except OSError:  # nobody has left anything yet
            return []
        self._taken.intersection_update(names)
        new = sorted(names - self._taken - {REJECTED})
        return [name for name in new if not name.startswith(".")][:_MOST_AT_ONCE]

    def _open(self, path: Path) -> Letter:
        name = _NAME.fullmatch(path.name)
        if name is None:
            message = "its name is none that goflow gives"
            raise ValueError(message)
        command = read_command(_read_bounded(path))
        if command.run_id != self._run_id:
            message = f"it is for run `{command.run_id[:80]}`"
            raise ValueError(message)
        return Letter(path=path, left_at_ms=int(name[1]) // 1_000_000, command=command)

    def _reject(self, name: str, reason: str) -> None:
        """Put a file aside; one that cannot be moved stays, and is not looked at again."""
        path, aside = self._folder / name, self._folder / REJECTED
        fate = f"was moved to `{REJECTED}`"
        try:
            ensure_folder(self._files, aside)
            self._files.rename(path, aside / name)
        except OSError as error:
            fate = f"cannot be moved away ({explain(error)[0]})"
        self._warn(f"`{path}` is no command for this run and {fate}: {reason}")


def _read_bounded(path: Path) -> bytes:
    facts = path.lstat()
    if not stat.S_ISREG(facts.st_mode):
        message = "it is no file"
        raise ValueError(message)
    if facts.st_size > _LARGEST_FILE:
        message = f"it has {facts.st_size} bytes; a command has at most {_LARGEST_FILE}"
        raise ValueError(message)
    with path.open("rb") as file:
        return file.read(_LARGEST_FILE)
