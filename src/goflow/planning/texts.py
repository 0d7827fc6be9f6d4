"""The texts of a workflow that hold braces: where each stands, and which steps insert it."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import takewhile
from typing import TYPE_CHECKING, Final, TypeAlias

from goflow.planning.asked import asked_agents
from goflow.templating import InputRef, OutputRef, Unparsed, parse

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from goflow.problems import FieldPath
    from goflow.templating.template import Part
    from goflow.workflow import Agent, Bundle, Condition

Braced: TypeAlias = InputRef | OutputRef | Unparsed

TESTS: Final = ("contains", "not_contains", "equals", "not_equals")
"""The tests of a condition, by the names of their fields."""


@dataclass(slots=True)
class Text:
    """A text with braces; `readers` are the steps that insert it, by index."""

    file: str
    path: FieldPath
    written: str
    readers: Sequence[int]
    is_lenient: bool = False
    parts: tuple[Part, ...] = field(init=False)
    braced: tuple[Braced, ...] = field(init=False)

    def __post_init__(self) -> None:
        """Parse the text, and keep apart what is in its braces."""
        self.parts = parse(self.written).parts
        self.braced = tuple([part for part in self.parts if not isinstance(part, str)])

    def earlier(self, braced: Braced) -> int:
        """Return how often the text of `braced`, one of the parts, is written before it."""
        position = 0
        for part in takewhile(lambda part: part is not braced, self.parts):
            if isinstance(part, str):
                position += len(part)  # never too far: an escape is written longer than it reads
            else:
                position = self.written.index(part.text, position) + len(part.text)
        return self.written.count(braced.text, 0, self.written.index(braced.text, position))


def find_texts(bundle: Bundle) -> Iterator[Text]:
    """Yield the texts with braces: prompts and conditions in the file's order, then the agents' prompts."""
    readers: dict[str | None, list[int]] = {}
    for index, name in enumerate(asked_agents(bundle.workflow)):
        readers.setdefault(name, []).append(index)
    for index, step in enumerate(bundle.workflow.steps):
        if "{{" in step.prompt:
            yield Text(bundle.path, ("steps", index, "prompt"), step.prompt, (index,))
        if step.condition is not None:
            yield from _in_condition(bundle.path, index, step.condition)
    for name, agent in bundle.agents.items():
        if "{{" in agent.prompt and (name in readers or agent.file is None):
            yield _in_agent(bundle.path, name, agent, readers.get(name, ()))


def _in_condition(file: str, index: int, condition: Condition) -> Iterator[Text]:
    for test in TESTS:
        for place, value in enumerate(getattr(condition, test)):
            if "{{" in value:
                yield Text(file, ("steps", index, "condition", test, place), value, (index,))


def _in_agent(workflow_file: str, name: str, agent: Agent, readers: Sequence[int]) -> Text:
    if agent.file is None:
        path: FieldPath = ("agents", name, "inline", "prompt")
        return Text(workflow_file, path, agent.prompt, readers, agent.lenient)
    return Text(agent.file, ("prompt",), agent.prompt, readers, agent.lenient)
