"""Where a request is not the recorded one: the first part that differs, and a piece of the difference."""

from __future__ import annotations

import json
from itertools import islice
from typing import TYPE_CHECKING, Final

from goflow.planning.content import content_of
from goflow.projections.text_difference import difference

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from goflow.backends.base import Request
    from goflow.planning.plan import Plan
    from goflow.projections.recording import RecordedAttempt, Recording

MOST_LINES: Final = 24
"""How many lines of a difference are told."""
LONGEST_LINE: Final = 200

_WORDS: Final[Mapping[str, str]] = {
    "agent": "the agent",
    "model": "the model",
    "prompt": "the prompt",
    "system": "the system prompt",
    "settings": "the model's settings",
    "tools": "the tools",
    "output_schema": "`output_schema`",
    "attachments": "the attachments",
    "interactive": "`interactive`",
}
"""The parts that are compared, in this order; of two that differ the first is told."""


def miss(request: Request, recorded: RecordedAttempt, plan: Plan, mask: Callable[[str], str]) -> str:
    """Return in what a request differs from the recorded one, the empty text where in nothing."""
    asked, known = _asked(request, plan, mask), _known(recorded)
    part = next((part for part in _WORDS if part in known and asked[part] != known[part]), None)
    if part is None:
        return ""
    old, new = _shown(known[part]), _shown(asked[part])
    line = next(_differing(old, new))
    where = f" at line {line}" if "\n" in old or "\n" in new else ""
    about = f"step `{request.step}`, attempt {request.failed_attempts + 1}: {_WORDS[part]}"
    differs = "differ" if part.endswith("s") else "differs"
    return f"{about} {differs} from the recording{where}\n{_diff(old, new)}"


def absent(request: Request, recording: Recording) -> str:
    """Say that there is no such attempt."""
    count = recording.count_of(request.step)
    has = f"it has {count}" if count else "it has none of this step"
    return f"step `{request.step}`: the recording has no attempt {request.failed_attempts + 1}: {has}"


def _asked(request: Request, plan: Plan, mask: Callable[[str], str]) -> Mapping[str, str]:
    planned = plan.steps[request.step]
    content = content_of(planned, system=mask(request.system), prompt=mask(request.prompt), upstream=())
    return {**content, "agent": request.agent, "model": _model(request.model)}


def _known(recorded: RecordedAttempt) -> Mapping[str, str]:
    return {
        **recorded.content,
        "agent": recorded.agent,
        "model": _model(recorded.model),
        "prompt": recorded.prompt,
    }


def _model(model: str | None) -> str:
    return "the provider's default" if model is None else model


def _shown(text: str) -> str:
    """Return JSON with a line for each value, any other text as it is."""
    if not text.startswith(("{", "[")):
        return text
    try:
        return json.dumps(json.loads(text), indent=2, ensure_ascii=False)
    except (ValueError, RecursionError):
        return text


def _differing(old: str, new: str) -> Iterator[int]:
    """Yield the numbers of the lines, from 1, that are not the same; the texts differ."""
    before, after = old.split("\n"), new.split("\n")
    for number, (a, b) in enumerate(zip(before, after, strict=False), start=1):
        if a != b:
            yield number
    yield min(len(before), len(after)) + 1


def _diff(old: str, new: str) -> str:
    lines = list(islice(difference(old, new), MOST_LINES + 1))
    kept = [line if len(line) <= LONGEST_LINE else f"{line[:LONGEST_LINE]}..." for line in lines[:MOST_LINES]]
    more = ["..."] if len(lines) > MOST_LINES else []
    return "\n".join(["--- recorded", "+++ asked", *kept, *more])
