"""A file of stub answers to begin with: the answers that a simulation without stubs makes, ready to edit."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING, Final

from goflow.backends.schema_stub import stub_of
from goflow.backends.stubs import stub_answer
from goflow.cli.columns import cut
from goflow.cli.plan_page import all_of

if TYPE_CHECKING:
    from goflow.planning.plan import PlannedStep
    from goflow.projections.planned_view import PlannedText

_HEAD: Final = """\
# Stub answers of {name}: edit them, then `goflow plan FILE --simulate --stubs THIS_FILE`.
# It is a mock script, so `goflow run FILE --mock=THIS_FILE` takes it too.
answers:
"""
_WIDEST: Final = 200


def stubs_text(name: str, texts: Collection[PlannedText]) -> str:
    """Return the file, with an entry for each step, and above it what conditions make of its answer."""
    entries = "\n".join(_entry(text.step, texts) for text in texts)
    return _HEAD.format(name=_harmless(name)) + entries


def _entry(step: PlannedStep, texts: Collection[PlannedText]) -> str:
    notes = "".join(f"  # {_harmless(note)}\n" for note in _notes(step, texts))
    return f"{notes}  - step: {json.dumps(step.id)}\n    answer: {_answer(step)}\n"


def _notes(step: PlannedStep, texts: Collection[PlannedText]) -> Iterator[str]:
    for text in texts:
        if text.step.condition is not None and text.step.condition.step == step.id:
            yield f"`{text.step.id}` runs if this {all_of(text.demands)}"
    if step.output_schema is not None:
        yield "JSON that satisfies the step's `output_schema`"
    if step.interactive:
        yield "may ask a person: add `ask: {question: …}`, and `{{answer}}` is the reply"


def _answer(step: PlannedStep) -> str:
    """Return the answer as YAML; a JSON one stands on lines of its own."""
    if step.output_schema is None:
        return json.dumps(_escaped(stub_answer(step.id, None)))
    value = stub_of(step.output_schema)
    is_plain = json.dumps(value, ensure_ascii=False).isprintable()
    written = _escaped(json.dumps(value, ensure_ascii=not is_plain, indent=2))
    return "|-\n" + "\n".join(f"      {line}" for line in written.split("\n"))


def _escaped(text: str) -> str:
    """Return a text in which nothing is replaced when the script is read."""
    return text.replace("{{", '{{"{{"}}')


def _harmless(text: str) -> str:
    """Return a text as one line that a comment can hold."""
    return "".join(char if char.isprintable() else " " for char in cut(text, _WIDEST))
