from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from goflow.planning.compile import compile_plan
from goflow.planning.options import RunOptions
from goflow.tools.base import Tool, ToolClass, ToolError
from goflow.tools.functions import find_function, find_functions, is_function
from goflow.workflow import Agent, AgentStep, Bundle, Workflow
from tests.unit.tools.file_contexts import context_in, use, used

MODULE = '''
from __future__ import annotations

import asyncio
import threading
from dataclasses import dataclass
from datetime import date
from enum import Enum

import beside

LIMIT = 3
STARTED = asyncio.Event()


@dataclass
class Point:
    """A place on the map."""

    x: int
    y: int = 0


class Colour(Enum):
    RED = "red"


def word_count(text: str, *, shortest: int = 0) -> int:
    """Count the words of a text.

    Args:
        text: what to count in
        shortest: how long a word is at least
    """
    return sum(len(word) >= shortest for word in text.split())


async def shift(point: Point, by: tuple[int, int]) -> Point:
    await asyncio.sleep(0)
    return Point(point.x + by[0], point.y + by[1])


def moved(point: Point) -> Point:
    return Point(point.x + 1, point.y)


def kinds(day: date, colour: Colour, first: int, *rest: int, **named: str) -> list[str]:
    return [type(day).__name__, type(colour).__name__, str(first), str(rest), str(named)]


def say() -> str:
    return "as \\x1b it is"


def later():
    return asyncio.sleep(0, "awaited")


def nothing() -> None: ...


def where() -> str:
    return threading.current_thread().name


def borrowed() -> str:
    return beside.NAME


def raise_it(kind: str) -> None:
    raise {"value": ValueError("no such town"), "stop": StopIteration("x"), "exit": SystemExit(3)}[kind]


async def raise_later() -> None:
    raise KeyError("town")


class Nameless(Exception):
    def __str__(self) -> str:
        raise RuntimeError


def raise_nameless() -> None:
    raise Nameless


def unshowable() -> object:
    return object()


def untyped(lock: threading.Lock) -> None: ...


async def wait() -> None:
    STARTED.set()
    await asyncio.Event().wait()
'''


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Path]:
    """Give a folder with modules, which are forgotten afterwards."""
    (tmp_path / "mytools.py").write_text(MODULE, encoding="utf-8")
    (tmp_path / "beside.py").write_text("NAME = 'from beside'\n", encoding="utf-8")
    before, path = set(sys.modules), list(sys.path)
    yield tmp_path
    assert sys.path == path
    for name in set(sys.modules) - before:
        if str(getattr(sys.modules[name], "__file__", "")).startswith(str(tmp_path)):
            del sys.modules[name]


def tool_of(workspace: Path, name: str) -> Tool:
    return find_function(f"mytools:{name}", str(workspace))


def called(workspace: Path, name: str, **given: Any) -> str:  # noqa: ANN401 - as models give them
    return use(tool_of(workspace, name), context_in(workspace), **given)


def test_a_function_is_offered_by_its_annotations_and_docstring(workspace: Path) -> None:
    tool = tool_of(workspace, "word_count")

    assert tool.name == "mytools:word_count"
    assert tool.kind is ToolClass.RUN
    assert tool.description == "Count the words of a text."
    assert tool.json_schema() == {
        "type": "object",
        "properties": {
            "text": {"type": "string", "description": "what to count in"},
            "shortest": {"type": "integer", "description": "how long a word is at least", "default": 0},
        },
        "required": ["text"],
        "additionalProperties": False,
    }


def test_a_function_without_a_docstring_is_described_by_its_name(workspace: Path) -> None:
    assert tool_of(workspace, "say").description == "Call the function `mytools:say`."


def test_a_function_is_called_with_values_of_its_types(workspace: Path) -> None:
    assert called(workspace, "word_count", text="a bb ccc", shortest=2) == "2"
    assert called(workspace, "shift", point={"x": 1}, by=[2, 3]) == '{"x":3,"y":3}'
    assert called(workspace, "moved", x=1) == '{"x":2,"y":0}'
    given = {"day": "2026-01-02", "colour": "red", "first": 1, "rest": [2, 3], "more": "y"}
    assert json.loads(called(workspace, "kinds", **given)) == [
        "date",
        "Colour",
        "1",
        "(2, 3)",
        "{'more': 'y'}",
    ]


def test_a_text_is_returned_as_it_is_and_the_rest_as_json(workspace: Path) -> None:
    assert called(workspace, "say") == "as \x1b it is"
    assert called(workspace, "later") == "awaited"
    assert called(workspace, "nothing") == "null"


def test_a_function_may_use_modules_beside_its_own(workspace: Path) -> None:
    assert called(workspace, "borrowed") == "from beside"


def test_a_function_that_is_not_asynchronous_runs_in_a_thread(workspace: Path) -> None:
    assert called(workspace, "where") != threading.current_thread().name


def test_arguments_that_do_not_fit_are_complained_about_at_once(workspace: Path) -> None:
    with pytest.raises(ToolError) as refused:
        called(workspace, "word_count", shortest="long")

    text, shortest = str(refused.value).split("; ")
    assert text == "`text`: Field required"
    assert shortest.startswith("`shortest`: Input should be a valid integer")


def test_arguments_that_are_no_object_are_refused(workspace: Path) -> None:
    with pytest.raises(ToolError, match="expected an object"):
        tool_of(workspace, "say").read(["x"])


@pytest.mark.parametrize(
    ("name", "given", "said"),
    [
        ("raise_it", {"kind": "value"}, "ValueError: no such town"),
        ("raise_it", {"kind": "stop"}, "StopIteration: x"),
        ("raise_it", {"kind": "exit"}, "SystemExit: 3"),
        ("raise_later", {}, "KeyError: 'town'"),
    ],
)
def test_whatever_a_function_raises_is_an_error_of_the_tool(
    workspace: Path, name: str, given: dict[str, str], said: str
) -> None:
    with pytest.raises(ToolError) as failed:
        called(workspace, name, **given)

    assert str(failed.value) == f"`mytools:{name}` failed: {said}"


def test_an_error_that_cannot_say_what_it_is_is_one_all_the_same(workspace: Path) -> None:
    with pytest.raises(
        ToolError, match=r"^`mytools:raise_nameless` failed: mytools\.Nameless: <exception str"
    ):
        called(workspace, "raise_nameless")


def test_what_cannot_be_shown_as_json_is_an_error_of_the_tool(workspace: Path) -> None:
    with pytest.raises(ToolError, match=r"^`mytools:unshowable` returned what cannot be shown as JSON: "):
        called(workspace, "unshowable")


def test_a_stopped_call_stops_its_function(workspace: Path) -> None:
    async def stop() -> None:
        task = asyncio.create_task(used(tool_of(workspace, "wait"), context_in(workspace)))
        await sys.modules["mytools"].STARTED.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(stop())


@pytest.mark.parametrize(
    ("spec", "complaint"),
    [
        ("mytools", "`mytools` names no function: expected `module:name`"),
        ("my tools:x", "`my tools:x` names no function: expected `module:name`"),
        ("../mytools:say", "`../mytools:say` names no function: expected `module:name`"),
        ("nosuch:x", "`nosuch:x`: there is no module `nosuch` in `WORKSPACE`, and none is installed"),
        ("no.such:x", "`no.such:x`: there is no module `no.such` in `WORKSPACE`, and none is installed"),
        (
            "mytools.sub:x",
            "`mytools.sub:x`: there is no module `mytools.sub` in `WORKSPACE`, and none is installed",
        ),
        ("mytools:nosuch", "`mytools:nosuch`: the module has no `nosuch`"),
        ("mytools:LIMIT", "`mytools:LIMIT` is no function, but of type `int`"),
        ("mytools:Point", "`mytools:Point` is no function, but of type `type`"),
    ],
)
def test_what_cannot_be_found_is_said_before_a_run(workspace: Path, spec: str, complaint: str) -> None:
    with pytest.raises(ToolError) as refused:
        find_function(spec, str(workspace))

    assert str(refused.value).replace(str(workspace), "WORKSPACE") == complaint


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("import nosuchmodule", "ModuleNotFoundError: No module named 'nosuchmodule'"),
        ("raise ValueError('broken')", "ValueError: broken"),
        ("import sys; sys.exit('bye')", "SystemExit: bye"),
    ],
)
def test_a_module_that_cannot_be_imported_is_said(workspace: Path, code: str, said: str) -> None:
    (workspace / "broken.py").write_text(code, encoding="utf-8")

    with pytest.raises(ToolError) as refused:
        find_function("broken:x", str(workspace))

    assert str(refused.value) == f"`broken:x`: the module `broken` cannot be imported: {said}"


def test_a_function_whose_types_have_no_schema_is_said(workspace: Path) -> None:
    with pytest.raises(ToolError, match=r"^`mytools:untyped` cannot be a tool: "):
        tool_of(workspace, "untyped")


def test_a_module_that_another_of_its_name_hides_is_said(workspace: Path) -> None:
    (workspace / "json.py").write_text("def x(): ...", encoding="utf-8")

    with pytest.raises(
        ToolError, match=r"^`json:loads`: another module of this name is loaded, from .*: rename"
    ):
        find_function("json:loads", str(workspace))


def test_an_installed_function_can_be_named() -> None:
    assert find_function("posixpath:basename", "/nowhere").name == "posixpath:basename"


def test_the_functions_of_a_plan_are_those_that_its_agents_name(workspace: Path) -> None:
    tools = ("grep", "mytools:say", "server/tool", "mytools:nosuch")
    agents = {"a": Agent(name="a", tools=tools), "b": Agent(name="b")}
    steps = (AgentStep(id="one", agent="a", prompt=""), AgentStep(id="two", agent="b", prompt=""))
    workflow = Workflow(name="w", steps=steps)
    bundle = Bundle(workflow=workflow, path="/w.yaml", shown_path="w.yaml", agents=agents)

    found = find_functions(compile_plan(bundle, inputs={}, options=RunOptions()), str(workspace))

    assert list(found) == ["mytools:say", "mytools:nosuch"]
    assert use(found["mytools:say"], context_in(workspace)) == "as \x1b it is"
    with pytest.raises(ToolError, match=r"^`mytools:nosuch`: the module has no `nosuch`$"):
        use(found["mytools:nosuch"], context_in(workspace))


def test_a_name_says_whether_it_is_one_of_a_function() -> None:
    assert is_function("a.b_c:d")
    assert not any(
        is_function(name) for name in ("grep", "server/tool", "a:b:c", "a:b-c", "a:" + "x" * 65, ":x")
    )


def test_importing_functions_imports_no_pydantic() -> None:
    code = "import sys, goflow.tools.functions; print(*{'pydantic', 'pydantic_ai'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == ""
