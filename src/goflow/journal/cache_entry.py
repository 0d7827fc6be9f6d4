"""An answer in the cache as its file holds it: JSON, with a digest by which a damaged one is known."""

from __future__ import annotations

import json
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final, cast

from goflow.projections.reuse import Result
from goflow.values import dataclass

if TYPE_CHECKING:
    from goflow.planning.content import Content

FORMAT: Final = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """An answer, and when it was given."""

    result: Result
    written_ms: int


def encode_entry(entry: Entry) -> bytes:
    """Return an entry's file."""
    result = entry.result
    body = {
        "step": result.step,
        "run": result.origin,
        "agent": result.agent,
        "model": result.model,
        "prompt": result.prompt,
        "output": result.output,
        "memory": list(result.memory),
        "content": dict(result.content),
        "written_ms": entry.written_ms,
    }
    return json.dumps({"format": FORMAT, "digest": _digest(body), **body}).encode()


def decode_entry(file: bytes | None, content: Content) -> Entry | None:
    """Return the entry that a file holds, if it is whole and answers this content."""
    if file is None:
        return None
    try:
        found = json.loads(file)
    except (ValueError, RecursionError):
        return None
    if not isinstance(found, dict) or found.pop("format", None) != FORMAT:
        return None
    digest = found.pop("digest", None)
    if found.get("content") != dict(content) or digest != _digest(found):
        return None
    return _entry(found, content)


def _entry(found: dict[str, Any], content: Content) -> Entry | None:
    model, written_ms = found.get("model"), found.get("written_ms")
    texts = _texts([found.get(name) for name in ("step", "run", "agent", "prompt", "output")])
    memory = _texts(found.get("memory"))
    if texts is None or memory is None or not isinstance(written_ms, int):
        return None
    if not isinstance(model, str | None):
        return None
    step, run, agent, prompt, output = texts
    result = Result(
        step=step,
        origin=run,
        agent=agent,
        model=model,
        prompt=prompt,
        output=output,
        memory=tuple(memory),
        content=content,
    )
    return Entry(result=result, written_ms=written_ms)


def _texts(values: object) -> list[str] | None:
    is_list = isinstance(values, list) and all(isinstance(value, str) for value in values)
    return cast("list[str]", values) if is_list else None


def _digest(body: dict[str, Any]) -> str:
    return sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()
