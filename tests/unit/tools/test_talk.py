from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass, field
from typing import Any

import pytest

from goflow.tools.base import Parameter, Tool, ToolClass, ToolContext, ToolError
from goflow.tools.talk import ASK_USER, MOST_ENTRY_CHARS, MOST_ITEMS, READ_MEMORY, TODO, WRITE_MEMORY
from goflow.tools.web import FETCH_WEBPAGE

TOOLS = [ASK_USER, READ_MEMORY, WRITE_MEMORY, TODO, FETCH_WEBPAGE]


@dataclass
class Ports:
    """A run with one person, who says one thing, and a memory."""

    said: str = ""
    asked: list[tuple[str, tuple[str, ...], str]] = field(default_factory=list)
    memory: list[str] = field(default_factory=list)

    async def ask(self, question: str, choices: tuple[str, ...] = (), *, key: str = "") -> str:
        self.asked.append((question, choices, key))
        return self.said

    def read_memory(self) -> str:
        return "\n".join(self.memory)

    async def write_memory(self, text: str) -> None:
        self.memory.append(text)


def use(tool: Tool, ports: Ports | None = None, /, **given: Any) -> str:  # noqa: ANN401 - as models give them
    context = ToolContext(workspace="/nowhere", environ={}, ports=ports or Ports(), call_id="call-1")

    async def used() -> str:
        return await tool.use(tool.read(given), context)

    return asyncio.run(used())


@pytest.mark.parametrize("tool", TOOLS, ids=lambda tool: tool.name)
def test_a_tool_can_be_offered_to_a_model(tool: Tool) -> None:
    assert re.fullmatch(r"[A-Za-z0-9_-]{1,64}", tool.name)
    assert tool.description.endswith(".")
    assert tool.subject is None or tool.subject in {parameter.name for parameter in tool.parameters}


@pytest.mark.parametrize("tool", TOOLS, ids=lambda tool: tool.name)
def test_every_parameter_is_described_and_named_once(tool: Tool) -> None:
    def check(parameters: tuple[Parameter, ...]) -> None:
        names = [name for each in parameters for name in (each.name, *each.aliases)]
        assert len(names) == len(set(names))
        for each in parameters:
            assert each.description
            check(each.fields)

    check(tool.parameters)


@pytest.mark.parametrize("tool", TOOLS, ids=lambda tool: tool.name)
def test_the_schema_of_the_arguments_is_one_of_an_object(tool: Tool) -> None:
    def check(schema: Any) -> None:  # noqa: ANN401 - JSON
        assert schema["type"] in {"object", "array", "string", "integer", "boolean"}
        for name in schema.get("required", ()):
            assert name in schema["properties"]
        for each in (*schema.get("properties", {}).values(), *filter(None, [schema.get("items")])):
            check(each)

    assert tool.json_schema()["type"] == "object"
    check(tool.json_schema())


def test_each_tool_is_of_its_class() -> None:
    assert {tool.name: tool.kind for tool in TOOLS} == {
        "ask_user": ToolClass.TALK,
        "read_memory": ToolClass.TALK,
        "write_memory": ToolClass.TALK,
        "todo": ToolClass.TALK,
        "fetch_webpage": ToolClass.WEB,
    }


def test_a_question_is_asked_with_its_choices_under_the_name_of_the_call() -> None:
    ports = Ports(said="blue")

    assert use(ASK_USER, ports, question=" Which? ", options=["red", " ", "blue"]) == "blue"
    assert ports.asked == [("Which?", ("red", "blue"), "call-1")]


def test_a_blank_question_is_not_asked() -> None:
    ports = Ports()

    with pytest.raises(ToolError, match=r"^`question` is blank: expected what a person is to be asked$"):
        use(ASK_USER, ports, question=" \n")
    assert ports.asked == []


def test_the_memory_is_read_as_it_stands() -> None:
    assert use(READ_MEMORY, Ports(memory=["a", "b"])) == "a\nb"
    assert use(READ_MEMORY, Ports()) == "(the memory is empty)"


@pytest.mark.parametrize("name", ["text", "content", "entry"])
def test_an_entry_is_added_as_it_is(name: str) -> None:
    ports = Ports()

    assert use(WRITE_MEMORY, ports, **{name: " {{x}} \n"}) == "added to the memory"
    assert ports.memory == [" {{x}} \n"]


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        (" \n", "`text` is blank: expected what the other agents are to know"),
        ("x" * (MOST_ENTRY_CHARS + 1), "`text` has 20,001 characters: expected at most 20,000 an entry"),
    ],
)
def test_an_entry_that_is_blank_or_too_long_is_refused(text: str, complaint: str) -> None:
    ports = Ports()

    with pytest.raises(ToolError) as refused:
        use(WRITE_MEMORY, ports, text=text)
    assert str(refused.value) == complaint
    assert ports.memory == []


def test_the_longest_entry_is_taken() -> None:
    ports = Ports()

    use(WRITE_MEMORY, ports, text="x" * MOST_ENTRY_CHARS)

    assert ports.memory == ["x" * MOST_ENTRY_CHARS]


def test_a_list_is_told_back_as_it_stands() -> None:
    items = [
        {"content": "read\nit", "status": "completed", "activeForm": "reading"},
        {"text": "write", "status": "in_progress"},
        {"title": "check"},
    ]

    assert use(TODO, todos=items) == "1 of 3 completed\n[x] read it\n[~] write\n[ ] check"
    assert use(TODO, items=[]) == "0 of 0 completed"


def test_a_list_that_is_too_long_or_of_another_kind_is_refused() -> None:
    with pytest.raises(
        ToolError, match=f"^`items` has {MOST_ITEMS + 1} items: expected at most {MOST_ITEMS}$"
    ):
        use(TODO, items=[{"title": "x"}] * (MOST_ITEMS + 1))
    with pytest.raises(ToolError, match="`status` is 'done', not one of pending, in_progress, completed"):
        use(TODO, items=[{"title": "x", "status": "done"}])
