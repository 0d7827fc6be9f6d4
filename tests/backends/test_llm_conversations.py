"""Conversations with tools, schemas and attachments, over real HTTP."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from goflow.backends.base import AttachedFile, Outcome, Request
from goflow.backends.conversation import MOST_REPAIRS, MOST_TURNS
from goflow.events import AnswerRefused, FailureKind, ToolCalled, ToolReturned, TurnTaken
from goflow.tools.permissions import Circumstances
from goflow.tools.toolbox import Toolbox
from goflow.workflow import Permissions
from goflow.workflow.permissions import read_rule
from tests.asking import Watcher, answer_in, failure_in, opened, provider, request_for
from tests.model_server import Received, Reply, calls, chat, model_server

SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {"grade": {"type": "integer"}},
    "required": ["grade"],
    "additionalProperties": False,
}
CONFINED = Circumstances(is_trusted=False, has_person=False, is_confined=True)
ATTENDED = replace(CONFINED, has_person=True)
ALONE = replace(CONFINED, is_confined=False)


@dataclass
class Talk:
    """A conversation that is over: what came of it, and what the server was sent."""

    outcome: Outcome
    bodies: list[dict[str, Any]]
    ports: Watcher

    def told(self, turn: int = -1) -> list[str]:
        """Return what the model was told of its calls, in one of the requests."""
        return [_plain(m["content"]) for m in self.bodies[turn]["messages"] if m["role"] == "tool"]


def _plain(content: str) -> str:
    """Return what a tool message says; a call that failed comes as an object."""
    return f"error: {json.loads(content)['error']}" if content.startswith('{"error":') else content


def hold(
    folder: Path,
    request: Request,
    replies: Sequence[Reply] | Callable[[Received], Reply],
    *,
    circumstances: Circumstances = CONFINED,
    ports: Watcher | None = None,
) -> Talk:
    """Hold a conversation with a server that gives the replies in turn, the last one for ever."""
    ports = ports or Watcher()
    toolbox = Toolbox(workspace=str(folder.resolve()), circumstances=circumstances)

    async def open_tools() -> Toolbox:
        return toolbox

    async def play() -> Talk:
        async with model_server() as server:
            left = list(replies) if isinstance(replies, Sequence) else []

            def reply(received: Received) -> Reply:
                if callable(replies):
                    return replies(received)
                return left.pop(0) if len(left) > 1 else left[0]

            server.reply = reply
            async with opened(provider("openai", f"{server.url}/v1"), open_tools=open_tools) as backend:
                outcome = await backend.run(request, ports)
            return Talk(outcome=outcome, bodies=[each.body for each in server.received], ports=ports)

    return asyncio.run(play())


def asking(*tools: str, **fields: Any) -> Request:  # noqa: ANN401 - fields of a request
    return replace(request_for(), tools=tools, **fields)


VIEW = calls(("c-1", "view", {"path": "notes.md"}))


def test_a_model_uses_a_tool_and_answers_from_what_it_was_told(tmp_path: Path) -> None:
    (tmp_path / "notes.md").write_text("the answer is 42", encoding="utf-8")

    talk = hold(tmp_path, asking("view"), [VIEW, chat("42")])

    assert answer_in(talk.outcome).output == "42"
    assert [tool["function"]["name"] for tool in talk.bodies[0]["tools"]] == ["view"]
    assert "the answer is 42" in talk.told()[0]
    assert [type(fact) for fact in talk.ports.facts] == [TurnTaken, ToolCalled, ToolReturned]
    assert answer_in(talk.outcome).usage.requests == 2
    assert answer_in(talk.outcome).usage.input_tokens == 14


def test_a_tool_keeps_the_name_that_the_agent_writes(tmp_path: Path) -> None:
    names = hold(tmp_path, asking("Read", "read/readFile", "search"), [chat("x")]).bodies[0]["tools"]

    assert [tool["function"]["name"] for tool in names] == [
        "Read",
        "view",
        "grep",
        "glob",
        "list_dir",
        "semantic_search",
    ]


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        (("c", "fly", {}), "error: there is no tool `fly`; tools: `view`"),
        (("c", "view", {}), "error: `path` is missing"),
        (("c", "view", {"path": 3}), "error: `path`: expected a string, got a number"),
    ],
)
def test_a_call_that_comes_to_nothing_is_told_to_the_model(
    tmp_path: Path, call: tuple[str, str, dict[str, Any]], expected: str
) -> None:
    talk = hold(tmp_path, asking("view"), [calls(call), chat("well")])

    assert talk.told() == [expected]
    assert answer_in(talk.outcome).output == "well"


def test_arguments_that_are_no_json_are_told_to_the_model(tmp_path: Path) -> None:
    broken = calls(("c", "view", {}))
    broken = replace(broken, pieces=tuple(piece.replace(b'"{}"', b'"{path"') for piece in broken.pieces))

    talk = hold(tmp_path, asking("view"), [broken, chat("well")])

    assert talk.told()[0].startswith("error: the arguments are not JSON")


def test_what_is_denied_is_not_done_and_the_model_is_told_why(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("KEY=1", encoding="utf-8")
    rules = (Permissions(deny=(read_rule("view(**/.env)"),)),)
    call = calls(("c", "view", {"path": ".env"}))

    talk = hold(tmp_path, asking("view", permissions=rules), [call, chat("ok")])

    assert talk.told()[0].startswith("error: not allowed: ")
    assert "KEY=1" not in json.dumps(talk.bodies)


WRITE = calls(("c-1", "create_file", {"path": "made.txt", "content": "made"}))


@pytest.mark.parametrize(("said", "is_made"), [("allow", True), ("deny", False), ("yes please", False)])
def test_a_person_allows_a_call_by_the_choice_that_says_so_and_by_nothing_else(
    tmp_path: Path,
    said: str,
    is_made: bool,  # noqa: FBT001 - a parameter of the table
) -> None:
    ports = Watcher(answers={"made.txt": said})

    talk = hold(tmp_path, asking("create_file"), [WRITE, chat("ok")], circumstances=ATTENDED, ports=ports)

    assert (tmp_path / "made.txt").exists() is is_made
    assert talk.ports.asked == ["agent a wants to use create_file:\nmade.txt"]
    assert talk.told()[0].startswith("error: not allowed") is not is_made


def test_what_is_allowed_from_now_on_is_not_asked_about_again(tmp_path: Path) -> None:
    again = calls(("c-2", "create_file", {"path": "made.txt", "content": "again"}))
    ports = Watcher(answers={"made.txt": "allow from now on"})

    talk = hold(
        tmp_path, asking("create_file"), [WRITE, again, chat("ok")], circumstances=ATTENDED, ports=ports
    )

    assert len(talk.ports.asked) == 1
    assert (tmp_path / "made.txt").read_text(encoding="utf-8") == "again"


def test_without_a_person_and_a_sandbox_nothing_is_written_and_the_flag_is_named(tmp_path: Path) -> None:
    talk = hold(tmp_path, asking("create_file"), [WRITE, chat("ok")], circumstances=ALONE)

    assert "`--allow-all-tools`" in talk.told()[0]
    assert not (tmp_path / "made.txt").exists()


def test_an_agent_without_a_list_is_offered_what_could_be_allowed(tmp_path: Path) -> None:
    def offered(circumstances: Circumstances) -> set[str]:
        request = replace(request_for(), tools=None)
        talk = hold(tmp_path, request, [chat("x")], circumstances=circumstances)
        return {tool["function"]["name"] for tool in talk.bodies[0]["tools"]}

    assert {"view", "bash", "create_file"} <= offered(CONFINED)
    assert {"view", "grep", "todo"} <= offered(ALONE)
    assert not {"bash", "create_file"} & offered(ALONE)
    assert not {"ask_user", "read_memory"} & offered(CONFINED)


def test_calls_that_only_read_are_made_together_and_told_in_their_order(tmp_path: Path) -> None:
    for name in "abc":
        (tmp_path / name).write_text(f"text of {name}", encoding="utf-8")
    three = calls(*((f"c-{name}", "view", {"path": name}) for name in "abc"))

    talk = hold(tmp_path, asking("view"), [three, chat("ok")])

    assert [text.split()[-1] for text in talk.told()] == ["a", "b", "c"]


def test_changes_of_one_file_in_one_turn_are_made_one_after_another(tmp_path: Path) -> None:
    (tmp_path / "n").write_text("0", encoding="utf-8")
    edits = (
        (f"c-{n}", "replace_string_in_file", {"path": "n", "old_string": str(n), "new_string": str(n + 1)})
        for n in range(5)
    )

    hold(tmp_path, asking("replace_string_in_file"), [calls(*edits), chat("ok")])

    assert (tmp_path / "n").read_text(encoding="utf-8") == "5"


def test_a_model_that_only_calls_tools_is_stopped(tmp_path: Path) -> None:
    talk = hold(tmp_path, asking("todo"), [calls(("c", "todo", {"items": []}))])

    assert failure_in(talk.outcome).kind is FailureKind.REJECTED
    assert len(talk.bodies) == MOST_TURNS


def test_an_agent_asks_a_person_and_reads_and_writes_the_memory(tmp_path: Path) -> None:
    ports = Watcher(answers={"Which?": "the second"}, memory=["[scout] a note"])
    turns = [
        calls(("c-1", "ask_user", {"question": "Which?", "choices": ["the first", "the second"]})),
        calls(("c-2", "read_memory", {}), ("c-3", "write_memory", {"text": "found"})),
        chat("done"),
    ]

    talk = hold(tmp_path, asking(interactive=True, shares_memory=True), turns, ports=ports)

    assert talk.told()[:2] == ["the second", "[scout] a note"]
    assert ports.memory == ["[scout] a note", "found"]


@pytest.mark.parametrize("cut", [1, 2, 3, 4, 5, 6])
def test_a_resumed_conversation_sends_what_an_undisturbed_one_would_have_sent(
    tmp_path: Path, cut: int
) -> None:
    for name in "ab":
        (tmp_path / name).write_text(f"text of {name}", encoding="utf-8")
    two = calls(("c-1", "view", {"path": "a"}), ("c-2", "view", {"path": "b"}))
    turns = [two, calls(("c-3", "view", {"path": "a"})), chat("done")]
    whole = hold(tmp_path, asking("view"), turns)
    kept = [fact for fact in whole.ports.facts[:cut] if not isinstance(fact, ToolCalled)]
    taken = sum(isinstance(fact, TurnTaken) for fact in kept)

    resumed = hold(tmp_path, asking("view", so_far=tuple(kept)), turns[taken:])

    assert resumed.bodies == whole.bodies[taken:]
    assert answer_in(resumed.outcome).output == "done"


GOOD, BAD = chat('{"grade": 3}'), chat('{"grade": "three"}')


def test_an_answer_is_asked_for_by_its_schema_and_kept_as_plain_json(tmp_path: Path) -> None:
    talk = hold(tmp_path, asking(output_schema=SCHEMA), [GOOD])

    assert answer_in(talk.outcome).output == '{"grade":3}'
    assert talk.bodies[0]["response_format"]["json_schema"]["schema"]["required"] == ["grade"]


def test_an_answer_that_breaks_its_schema_is_repaired_by_the_exact_complaint(tmp_path: Path) -> None:
    talk = hold(tmp_path, asking(output_schema=SCHEMA), [BAD, GOOD])

    assert answer_in(talk.outcome).output == '{"grade":3}'
    assert [m["role"] for m in talk.bodies[1]["messages"]] == ["user", "assistant", "user"]
    assert "$.grade" in talk.bodies[1]["messages"][-1]["content"]
    assert [type(fact) for fact in talk.ports.facts] == [AnswerRefused]


def test_an_answer_that_is_never_right_fails_for_good(tmp_path: Path) -> None:
    talk = hold(tmp_path, asking(output_schema=SCHEMA), [BAD])

    assert failure_in(talk.outcome).kind is FailureKind.INVALID_OUTPUT
    assert len(talk.bodies) == 1 + MOST_REPAIRS


def test_a_resumed_repair_goes_on_counting(tmp_path: Path) -> None:
    whole = hold(tmp_path, asking(output_schema=SCHEMA), [BAD])

    resumed = hold(tmp_path, asking(output_schema=SCHEMA, so_far=tuple(whole.ports.facts[:2])), [BAD])

    assert resumed.bodies == whole.bodies[2:]


def test_a_schema_that_is_no_object_is_told_in_words(tmp_path: Path) -> None:
    schema = {"type": "array", "items": {"type": "integer"}}

    talk = hold(tmp_path, asking(output_schema=schema), [chat("```json\n[1, 2]\n```")])

    assert answer_in(talk.outcome).output == "[1,2]"
    assert '"type":"array"' in talk.bodies[0]["messages"][0]["content"]


def test_an_image_and_a_text_go_with_the_prompt(tmp_path: Path) -> None:
    png = b"\x89PNG\r\n\x1a\n" + b"\0" * 8
    files = (
        AttachedFile(name="shot.png", media_type="image/png", content=png),
        AttachedFile(name="notes.md", media_type="text/markdown", content=b"# Notes {{inputs.x}}"),
    )

    talk = hold(tmp_path, asking(attachments=files), [chat("seen")])
    parts = talk.bodies[0]["messages"][0]["content"]

    sent = next(part["image_url"]["url"] for part in parts if part["type"] == "image_url")
    assert base64.b64decode(sent.removeprefix("data:image/png;base64,")) == png
    assert any("# Notes {{inputs.x}}" in part.get("text", "") for part in parts)
    assert parts[-1]["text"] == "hello"


def test_an_attachment_that_a_model_has_no_place_for_is_refused_clearly(tmp_path: Path) -> None:
    odd = AttachedFile(name="a.bin", media_type="application/octet-stream", content=b"\0\1")

    failure = failure_in(hold(tmp_path, asking(attachments=(odd,)), [chat("x")]).outcome)

    assert failure.kind is FailureKind.REJECTED
    assert "a.bin" in failure.message
    assert "application/octet-stream" in failure.message


def test_a_rule_that_denies_all_denies_people_and_the_memory_too(tmp_path: Path) -> None:
    rules = (Permissions(deny=(read_rule("*"),)),)
    request = replace(request_for(), tools=None, interactive=True, shares_memory=True, permissions=rules)

    talk = hold(tmp_path, request, [chat("x")])

    assert "tools" not in talk.bodies[0]


def test_a_rule_that_denies_a_tool_of_the_step_takes_it_away(tmp_path: Path) -> None:
    rules = (Permissions(deny=(read_rule("ask_user"),)),)
    request = replace(asking(), interactive=True, shares_memory=True, permissions=rules)

    talk = hold(tmp_path, request, [chat("x")])

    offered = [tool["function"]["name"] for tool in talk.bodies[0]["tools"]]
    assert offered == ["read_memory", "write_memory"]


def test_a_folder_elsewhere_is_opened_only_where_the_files_that_name_it_are_trusted(tmp_path: Path) -> None:
    work, other = tmp_path / "work", tmp_path / "other"
    work.mkdir()
    other.mkdir()
    call = calls(("c", "create_file", {"path": str(other / "x"), "content": "x"}))

    for circumstances in (CONFINED, replace(CONFINED, is_trusted=True)):
        request = asking("create_file", extra_dirs=(str(other),))
        hold(work, request, [call, chat("ok")], circumstances=circumstances)
        assert (other / "x").exists() is circumstances.is_trusted


def test_a_call_that_was_allowed_while_the_run_was_stopped_is_made(tmp_path: Path) -> None:
    ports = Watcher(answers={"c-1": "allow"})

    hold(tmp_path, asking("create_file"), [WRITE, chat("ok")], circumstances=ALONE, ports=ports)

    assert (tmp_path / "made.txt").exists()
    assert ports.asked == []


def test_of_two_calls_with_one_id_in_a_turn_the_first_is_made(tmp_path: Path) -> None:
    twice = calls(
        ("c", "create_file", {"path": "one", "content": "1"}),
        ("c", "create_file", {"path": "two", "content": "2"}),
    )

    talk = hold(tmp_path, asking("create_file"), [twice, chat("ok")])

    assert [path.name for path in tmp_path.iterdir()] == ["one"]
    assert len(talk.told()) == 1
