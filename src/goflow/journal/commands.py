"""What another process may want from a run's owner, and how it stands in a file."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Final, TypeAlias

from goflow.errors import UsageError
from goflow.values import dataclass

LONGEST_TEXT: Final = 1024 * 1024
"""How many characters an answer may have."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerQuestion:
    """Answer a question; `by` says where the answer came from."""

    run_id: str
    question_id: str
    text: str
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelRun:
    """Stop the run."""

    run_id: str


InboxCommand: TypeAlias = AnswerQuestion | CancelRun

_KINDS: Final[Mapping[type[InboxCommand], str]] = {AnswerQuestion: "answer", CancelRun: "cancel"}


def write_command(command: InboxCommand) -> bytes:
    """Return the file of a command; raise `UsageError` where a text is too long for one."""
    texts: dict[str, str] = asdict(command)
    if any(len(text) > LONGEST_TEXT for text in texts.values()):
        raise UsageError(f"the answer is too long: it may have {LONGEST_TEXT} characters")
    return json.dumps({"kind": _KINDS[type(command)], **texts}).encode("ascii")


def read_command(content: bytes) -> InboxCommand:
    """Return the command that a file holds; raise ValueError that says why it holds none."""
    try:
        found = json.loads(content)
    except (ValueError, RecursionError) as error:
        message = "it is no JSON"
        raise ValueError(message) from error
    if type(found) is not dict:
        message = "it is no JSON object"
        raise ValueError(message)
    match found.get("kind"):
        case "answer":
            return AnswerQuestion(
                run_id=_text(found, "run_id"),
                question_id=_text(found, "question_id"),
                text=_text(found, "text"),
                by=_text(found, "by"),
            )
        case "cancel":
            return CancelRun(run_id=_text(found, "run_id"))
        case unknown:
            message = f"its kind is `{str(unknown)[:80]}`, not `answer` or `cancel`"
            raise ValueError(message)


def _text(found: Mapping[str, object], field: str) -> str:
    value = found.get(field)
    if not isinstance(value, str) or len(value) > LONGEST_TEXT:
        message = f"its `{field}` is no text of at most {LONGEST_TEXT} characters"
        raise ValueError(message)
    return value
