"""Tools that speak: with people, with the other agents through the memory, and with the agent itself."""

from __future__ import annotations

from typing import Final

from goflow.tools.base import Arguments, Parameter, ParameterType, Tool, ToolClass, ToolContext, ToolError

MOST_ENTRY_CHARS: Final = 20_000
"""How long an entry of the memory may be."""
MOST_ITEMS: Final = 200
"""How many items a list of what is to do may have."""


async def _ask(arguments: Arguments, context: ToolContext) -> str:
    question = arguments["question"].strip()
    if not question:
        raise ToolError("`question` is blank: expected what a person is to be asked")
    choices = tuple(choice for choice in arguments.get("choices", ()) if choice.strip())
    return await context.ports.ask(question, choices, key=context.call_id)


async def _read_memory(arguments: Arguments, context: ToolContext) -> str:
    return context.ports.read_memory() or "(the memory is empty)"


async def _write_memory(arguments: Arguments, context: ToolContext) -> str:
    text = arguments["text"]
    if not text.strip():
        raise ToolError("`text` is blank: expected what the other agents are to know")
    if len(text) > MOST_ENTRY_CHARS:
        raise ToolError(
            f"`text` has {len(text):,} characters: expected at most {MOST_ENTRY_CHARS:,} an entry"
        )
    await context.ports.write_memory(text)
    return "added to the memory"


async def _list(arguments: Arguments, context: ToolContext) -> str:
    items = arguments["items"]
    if len(items) > MOST_ITEMS:
        raise ToolError(f"`items` has {len(items):,} items: expected at most {MOST_ITEMS}")
    lines = [f"{_BOXES[item.get('status', _PENDING)]} {' '.join(item['title'].split())}" for item in items]
    done = sum(item.get("status") == _COMPLETED for item in items)
    return "\n".join([f"{done} of {len(items)} completed", *lines])


_PENDING: Final = "pending"
_COMPLETED: Final = "completed"
_BOXES: Final = {_PENDING: "[ ]", "in_progress": "[~]", _COMPLETED: "[x]"}

ASK_USER: Final = Tool(
    name="ask_user",
    kind=ToolClass.TALK,
    description="Ask a person a question and wait for the answer, which may take long.",
    parameters=(
        Parameter(
            name="question",
            type=ParameterType.TEXT,
            description="the question, with all that is needed to answer it",
            is_required=True,
            aliases=("prompt", "message"),
        ),
        Parameter(
            name="choices",
            type=ParameterType.TEXTS,
            description="answers to choose from; another one may be given all the same",
            aliases=("options",),
        ),
    ),
    use=_ask,
    bounds="waits as long as a person takes",
)

READ_MEMORY: Final = Tool(
    name="read_memory",
    kind=ToolClass.TALK,
    description="Read the memory that all agents of the run share, as it stands now.",
    parameters=(),
    use=_read_memory,
)

WRITE_MEMORY: Final = Tool(
    name="write_memory",
    kind=ToolClass.TALK,
    description="Add an entry to the memory that all agents of the run share; entries stay.",
    parameters=(
        Parameter(
            name="text",
            type=ParameterType.TEXT,
            description=f"what the other agents are to know, in at most {MOST_ENTRY_CHARS:,} characters",
            is_required=True,
            aliases=("content", "entry"),
        ),
    ),
    use=_write_memory,
    bounds=f"{MOST_ENTRY_CHARS:,} characters an entry",
)

TODO: Final = Tool(
    name="todo",
    kind=ToolClass.TALK,
    description="Write down the whole list of what is to do, with how far each item is.",
    parameters=(
        Parameter(
            name="items",
            type=ParameterType.OBJECTS,
            description="every item of the list, in order",
            is_required=True,
            aliases=("todos", "todoList"),
            fields=(
                Parameter(
                    name="title",
                    type=ParameterType.TEXT,
                    description="what is to do",
                    is_required=True,
                    aliases=("content", "text"),
                ),
                Parameter(
                    name="status",
                    type=ParameterType.TEXT,
                    description="how far it is: pending where nothing is said",
                    choices=tuple(_BOXES),
                ),
            ),
        ),
    ),
    use=_list,
    bounds=f"{MOST_ITEMS} items",
)

__all__ = ["ASK_USER", "READ_MEMORY", "TODO", "WRITE_MEMORY"]
