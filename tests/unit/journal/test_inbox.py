from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from goflow.errors import RunFolderError, UsageError
from goflow.journal.commands import LONGEST_TEXT, AnswerQuestion, CancelRun, InboxCommand
from goflow.journal.double import DroppingFiles
from goflow.journal.inbox import Inbox, leave

RUN = "r-7f3a"
CANCEL = CancelRun(run_id=RUN)
NAME = "01795449731034000000-00112233445566ff.json"


LEAVE = """
import sys
from pathlib import Path
from goflow.journal.commands import CancelRun
from goflow.journal.inbox import leave
leave(Path(sys.argv[1]), CancelRun(run_id="r-7f3a"))
"""


def answer(text: str) -> AnswerQuestion:
    return AnswerQuestion(run_id=RUN, question_id="q-1", text=text, by="goflow answer")


class Owner:
    """An owner's inbox, with what it was warned of."""

    def __init__(self, folder: Path) -> None:
        self.warnings: list[str] = []
        self.inbox = Inbox(folder, RUN, self.warnings.append)

    def take(self) -> list[InboxCommand]:
        return [letter.command for letter in self.inbox.take()]


@pytest.fixture
def owner(tmp_path: Path) -> Iterator[Owner]:
    owner = Owner(tmp_path)
    yield owner
    assert owner.warnings == []


@pytest.fixture
def warned(tmp_path: Path) -> Owner:
    """Return an owner that may be warned."""
    return Owner(tmp_path)


def put(folder: Path, content: bytes, name: str = NAME) -> Path:
    (folder / "inbox").mkdir(exist_ok=True)
    path = folder / "inbox" / name
    path.write_bytes(content)
    return path


def test_without_an_inbox_there_are_no_commands(owner: Owner) -> None:
    assert owner.take() == []


def test_commands_are_taken_once_and_in_the_order_they_were_left(tmp_path: Path, owner: Owner) -> None:
    commands: list[InboxCommand] = [answer("first \ud800 é 😀"), CANCEL, answer(""), CANCEL]
    for command in commands[:3]:
        leave(tmp_path, command)

    assert owner.take() == commands[:3]
    leave(tmp_path, commands[3])
    assert owner.take() == commands[3:]
    assert owner.take() == []


def test_a_command_stays_until_it_is_done(tmp_path: Path, owner: Owner) -> None:
    leave(tmp_path, CANCEL)
    (letter,) = owner.inbox.take()
    (again,) = Owner(tmp_path).inbox.take()
    assert again == letter

    owner.inbox.done(letter)
    owner.inbox.done(letter)

    assert Owner(tmp_path).take() == []
    assert list((tmp_path / "inbox").iterdir()) == []


def test_a_command_knows_when_it_was_left(tmp_path: Path, owner: Owner) -> None:
    put(tmp_path, json.dumps({"kind": "cancel", "run_id": RUN}).encode())

    (letter,) = owner.inbox.take()

    assert letter.left_at_ms == 1_795_449_731_034


def test_a_command_of_another_process_arrives(tmp_path: Path, owner: Owner) -> None:
    subprocess.run([sys.executable, "-c", LEAVE, str(tmp_path)], check=True)

    assert owner.take() == [CANCEL]


def test_a_command_that_was_left_outlives_a_power_loss(tmp_path: Path, owner: Owner) -> None:
    files = DroppingFiles()
    leave(tmp_path, answer("yes"), files)

    files.lose_power()

    assert owner.take() == [answer("yes")]


def test_files_are_private_and_drafts_are_not_looked_at(tmp_path: Path, owner: Owner) -> None:
    leave(tmp_path, CANCEL)
    (path,) = (tmp_path / "inbox").iterdir()
    put(tmp_path, b"half of a com", f".{NAME}.12.tmp")

    assert path.stat().st_mode & 0o777 == 0o600
    assert owner.take() == [CANCEL]


def test_many_commands_come_in_portions(tmp_path: Path, owner: Owner) -> None:
    content = json.dumps({"kind": "cancel", "run_id": RUN}).encode()
    for count in range(150):
        put(tmp_path, content, f"{count:020d}-{count:016x}.json")

    assert [letter.left_at_ms for letter in owner.inbox.take()] == [0] * 100
    assert len(owner.take()) == 50
    assert owner.take() == []


GOOD = {"kind": "answer", "run_id": RUN, "question_id": "q-1", "text": "yes", "by": "web"}


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "it is no JSON"),
        (b"\xff\xfe", "it is no JSON"),
        (b"[" * 100_000, "it is no JSON"),
        (b"9" * 5000, "it is no JSON"),
        (b"[]", "it is no JSON object"),
        (json.dumps(GOOD | {"kind": "explode"}).encode(), "its kind is `explode`, not `answer` or `cancel`"),
        (json.dumps(GOOD | {"kind": None}).encode(), "its kind is `None`, not `answer` or `cancel`"),
        (json.dumps(GOOD | {"run_id": "r-other"}).encode(), "it is for run `r-other`"),
        (json.dumps(GOOD | {"text": 5}).encode(), "its `text` is no text of at most 1048576 characters"),
        (
            json.dumps(GOOD | {"by": "x" * (LONGEST_TEXT + 1)}).encode(),
            "its `by` is no text of at most 1048576 characters",
        ),
        (
            json.dumps({"kind": "answer", "run_id": RUN}).encode(),
            "its `question_id` is no text of at most 1048576 characters",
        ),
    ],
)
def test_what_is_no_command_is_set_aside_with_a_warning(
    tmp_path: Path, warned: Owner, content: bytes, reason: str
) -> None:
    path = put(tmp_path, content)
    leave(tmp_path, CANCEL)

    assert warned.take() == [CANCEL]
    assert warned.take() == []

    assert warned.warnings == [f"`{path}` is no command for this run and was moved to `rejected`: {reason}"]
    assert (tmp_path / "inbox" / "rejected" / NAME).read_bytes() == content


def test_unknown_fields_of_a_command_are_ignored(tmp_path: Path, owner: Owner) -> None:
    put(tmp_path, json.dumps(GOOD | {"mood": "fine"}).encode())

    assert owner.take() == [AnswerQuestion(run_id=RUN, question_id="q-1", text="yes", by="web")]


def test_what_is_no_plain_file_is_not_opened(tmp_path: Path, warned: Owner) -> None:
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    os.mkfifo(inbox / f"{1:020d}-{1:016x}.json")
    (inbox / f"{2:020d}-{2:016x}.json").symlink_to("/dev/zero")
    (inbox / f"{3:020d}-{3:016x}.json").mkdir()

    assert warned.take() == []

    assert [warning.rpartition(": ")[2] for warning in warned.warnings] == ["it is no file"] * 3


def test_a_file_that_is_too_large_is_not_read(tmp_path: Path, warned: Owner) -> None:
    os.truncate(put(tmp_path, b""), 50 * 1024**3)

    assert warned.take() == []

    assert warned.warnings[0].endswith("it has 53687091200 bytes; a command has at most 16777216")


def test_a_file_with_another_name_is_no_command(tmp_path: Path, warned: Owner) -> None:
    put(tmp_path, json.dumps(GOOD).encode(), "answer.json")

    assert warned.take() == []

    assert warned.warnings[0].endswith("its name is none that goflow gives")


def test_what_cannot_be_set_aside_is_told_once(tmp_path: Path, warned: Owner) -> None:
    path = put(tmp_path, b"")
    put(tmp_path, b"in the way", "rejected")

    assert warned.take() == []
    assert warned.take() == []

    assert warned.warnings == [
        f"`{path}` is no command for this run and cannot be moved away (not a directory): it is no JSON"
    ]


def test_a_command_that_cannot_be_removed_is_told(tmp_path: Path, warned: Owner) -> None:
    leave(tmp_path, CANCEL)
    (letter,) = warned.inbox.take()
    letter.path.unlink()
    letter.path.mkdir()

    warned.inbox.done(letter)

    assert warned.warnings[0].startswith(f"`{letter.path}` cannot be removed: ")


def test_an_answer_that_is_too_long_is_refused_where_it_is_given(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="it may have 1048576 characters"):
        leave(tmp_path, answer("x" * (LONGEST_TEXT + 1)))


def test_the_longest_answer_arrives(tmp_path: Path, owner: Owner) -> None:
    leave(tmp_path, answer("😀" * LONGEST_TEXT))

    assert owner.take() == [answer("😀" * LONGEST_TEXT)]


def test_a_folder_that_refuses_a_command_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "inbox").write_text("in the way")

    with pytest.raises(RunFolderError, match="cannot be written: not a directory"):
        leave(tmp_path, CANCEL)
