"""Steps on their way into the plan: who they ask, their texts, and how they stand to what they read."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from goflow.planning.references import Standing, standings
from goflow.planning.schemas import schema_of, structured_steps
from goflow.templating import InputRef, JsonRef, Ref, Template, parse
from goflow.workflow import Agent, Condition, Step

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence, Set as AbstractSet

    from goflow.planning.schemas import Schema
    from goflow.workflow import Bundle

PLAIN_ASSISTANT: Final = Agent(name="assistant", tools=())
"""Who answers a step without an agent: the model alone, with no system prompt and no tools."""

_UPSTREAM: Final = frozenset({Standing.DIRECT, Standing.UPSTREAM, Standing.LOWER_LEVEL})


class Draft:
    """A step on its way into the plan: its parsed texts, and how it stands to the steps it reads."""

    __slots__ = ("agent", "condition", "implied", "prompt", "reads", "schema", "step", "system")

    def __init__(
        self,
        step: Step,
        agent: Agent,
        system: Template,
        *,
        structured: AbstractSet[str],
        schema: Schema | None,
        prompt: Template,
    ) -> None:
        self.step = step
        self.agent = agent
        self.system = system
        self.schema = schema
        self.prompt = _known(prompt, step.prompt, structured)
        self.condition = None if step.condition is None else _settled(step.condition, structured)
        self.reads = _united(self.prompt.steps, system.steps, _read_by(self.condition))
        self.implied: tuple[str, ...] = ()


def _read_by(condition: Condition | None) -> frozenset[str]:
    if condition is None:
        return frozenset()
    values = (value for _, each in condition.tests() for value in each)
    return frozenset((condition.step, *(step for value in values for step in parse(value).steps)))


def _known(template: Template, text: str, structured: AbstractSet[str]) -> Template:
    """Return a parsed text; what it reads as JSON of a step without a schema stays as it is written."""
    return template.keep_known(partial(_is_read, structured)) if ".json" in text else template


def _is_read(structured: AbstractSet[str], ref: Ref) -> bool:
    return not isinstance(ref, JsonRef) or ref.step in structured


def _settled(condition: Condition, structured: AbstractSet[str]) -> Condition:
    """Return a condition whose values, which are parsed when it is tested, escape what is no reference."""
    values = {test.field: each for test, each in condition.tests()}
    if not any(".json" in value for each in values.values() for value in each):
        return condition
    escaped = {test: tuple(_escaped(value, structured) for value in each) for test, each in values.items()}
    return Condition(step=condition.step, **escaped)


def _escaped(text: str, structured: AbstractSet[str]) -> str:
    for ref in parse(text).refs:
        if not _is_read(structured, ref):
            text = text.replace(ref.text, '{{"{{"}}' + ref.text.removeprefix("{{"))
    return text


def _united(first: frozenset[str], *others: frozenset[str]) -> frozenset[str]:
    """Return the union: the first set itself, which costs no memory, where the others add nothing."""
    return first.union(*others) if any(others) else first


def agent_of(step: Step, bundle: Bundle) -> Agent:
    """Return who a step asks: its agent, else the workflow's only one, else the plain assistant."""
    if step.agent is not None:
        return bundle.agents[step.agent]
    own = bundle.workflow.agents
    return bundle.agents[next(iter(own))] if len(own) == 1 else PLAIN_ASSISTANT


def make_drafts(bundle: Bundle, inputs: Mapping[str, str]) -> list[Draft]:
    """Return the steps in the file's order, each agent's prompt parsed once."""
    systems: dict[int, Template] = {}
    structured = structured_steps(bundle)
    drafts = []
    for step in bundle.workflow.steps:
        agent = agent_of(step, bundle)
        if id(agent) not in systems:
            systems[id(agent)] = _system(agent, bundle, inputs, structured)
        system, schema = systems[id(agent)], schema_of(step, bundle)
        prompt = bundle.template(step.prompt)
        drafts.append(Draft(step, agent, system, structured=structured, schema=schema, prompt=prompt))
    return drafts


def _system(
    agent: Agent, bundle: Bundle, inputs: Mapping[str, str], structured: AbstractSet[str]
) -> Template:
    template = _known(parse(agent.prompt), agent.prompt, structured)
    if not agent.lenient or not template.refs:
        return template
    steps = {step.id for step in bundle.workflow.steps}

    def is_known(ref: Ref) -> bool:
        return ref.name in inputs if isinstance(ref, InputRef) else ref.step in steps

    return template.keep_known(is_known)


def settle_reads(
    drafts: Sequence[Draft], written: Mapping[str, Sequence[str]], level_of: Mapping[str, int]
) -> None:
    """Settle what each step reads: steps upstream of it, and those of a lower level, which it then needs."""
    unsettled = {draft.step.id: draft for draft in drafts if not draft.reads.issubset(draft.step.depends_on)}
    found = standings({step: draft.reads for step, draft in unsettled.items()}, written, level_of)
    for step, draft in unsettled.items():
        draft.reads = frozenset(read for read, standing in found[step].items() if standing in _UPSTREAM)
        lower = (read for read in draft.reads if found[step][read] is Standing.LOWER_LEVEL)
        draft.implied = tuple(sorted(lower))
