"""Questions to people, and their answers."""

from __future__ import annotations

from goflow.values import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionAsked:
    """An attempt waits for a person. The id is the same when a resumed step asks the same again."""

    step: str
    """Id of the step."""
    attempt: int
    """Number of the attempt."""
    question_id: str
    """`q-` and a digest of the step and the question."""
    text: str
    """The question."""
    choices: tuple[str, ...] = ()
    """Answers to choose from; any other text is an answer too, unless this is an approval."""
    is_approval: bool = False
    """Whether a tool call waits to be allowed; anything but the choice that allows it is a refusal."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionAnswered:
    """The first answer to a question; `by` says where it came from."""

    step: str
    """Id of the step."""
    question_id: str
    """The question that is answered."""
    text: str
    """The answer."""
    by: str
    """Where it came from, such as `terminal`."""
