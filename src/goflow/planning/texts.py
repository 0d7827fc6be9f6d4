"""The texts of a workflow that hold braces: where each stands, and which steps insert it."""

from __future__ import annotations

from dataclasses import InitVar, dataclass, field
from itertools import takewhile
from typing import TYPE_CHECKING, TypeAlias

from goflow.planning.asked import asked_agents
from goflow.planning.schemas import structured_steps
from goflow.templating import InputRef, JsonRef, OutputRef, Template, Unparsed, parse

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence, Set as AbstractSet

    from goflow.problems import FieldPath
    from goflow.templating.template import Part
    from goflow.workflow import Agent, Bundle, Condition

Braced: TypeAlias = InputRef | OutputRef | JsonRef | Unparsed


@dataclass(slots=True)
class Text:
    """A text with braces; `readers` are the steps that insert it, by index.

    `structured` are the steps whose outputs are JSON, where that matters: what is read as JSON of others is
    no reference.
    """

    file: str
    path: FieldPath
    written: str
    readers: Sequence[int]
    is_lenient: bool = False
    structured: AbstractSet[str] | None = None
    template: InitVar[Template | None] = None
    """The text parsed, where it has been."""
    parts: tuple[Part, ...] = field(init=False)
    braced: tuple[Braced, ...] = field(init=False)

    def __post_init__(self, template: Template | None) -> None:
        """Parse the text, and keep apart what is in its braces."""
        self.parts = (template or parse(self.written)).parts
        if self.structured is not None and ".json" in self.written:
            self.parts = tuple([_settled(part, self.structured) for part in self.parts])
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


def _settled(part: Part, structured: AbstractSet[str]) -> Part:
    if isinstance(part, JsonRef) and part.step not in structured:
        return Unparsed(part.text)
    return part


def find_texts(bundle: Bundle) -> Iterator[Text]:
    """Yield the texts with braces: prompts and conditions in the file's order, then the agents' prompts."""
    structured = structured_steps(bundle)
    readers: dict[str | None, list[int]] = {}
    for index, name in enumerate(asked_agents(bundle.workflow)):
        readers.setdefault(name, []).append(index)
    for index, step in enumerate(bundle.workflow.steps):
        if "{{" in step.prompt:
            template = bundle.template(step.prompt)
            yield Text(
                bundle.path,
                ("steps", index, "prompt"),
                step.prompt,
                (index,),
                structured=structured,
                template=template,
            )
        if step.condition is not None:
            yield from _in_condition(bundle.path, index, step.condition, structured)
    for name, agent in bundle.agents.items():
        if "{{" in agent.prompt and (name in readers or agent.file is None):
            file, path = _place_of_agent(bundle.path, name, agent)
            indices = readers.get(name, ())
            yield Text(file, path, agent.prompt, indices, agent.lenient, structured)


def find_attached(bundle: Bundle) -> Iterator[Text]:
    """Yield the paths with braces of files that go with prompts; they take inputs alone."""
    for index, step in enumerate(bundle.workflow.steps):
        for place, path in enumerate(step.attach):
            if "{{" in path:
                yield Text(bundle.path, ("steps", index, "attach", place), path, (index,))


def _in_condition(
    file: str, index: int, condition: Condition, structured: AbstractSet[str]
) -> Iterator[Text]:
    for test, values in condition.tests():
        for place, value in enumerate(values):
            if "{{" in value:
                path = ("steps", index, "condition", test.field, place)
                yield Text(file, path, value, (index,), structured=structured)


def _place_of_agent(workflow_file: str, name: str, agent: Agent) -> tuple[str, FieldPath]:
    if agent.file is None:
        return workflow_file, ("agents", name, "inline", "prompt")
    return agent.file, ("prompt",)
