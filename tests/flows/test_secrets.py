"""Secrets, wherever they turn up: sent to the model that is meant to have them, and written nowhere."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Final

import pytest

from goflow.events import TurnTaken
from tests.flows.goflow_process import Done, goflow, going
from tests.flows.scripted_server import (
    KEY,
    KEY_VARIABLE,
    Gate,
    Said,
    Script,
    Scripted,
    Turn,
    scripted_server,
    step_of,
    streamed,
    turn_of,
)
from tests.flows.the_run import facts, run_folder
from tests.model_server import Received, Reply, calls, chat, whole

TOKEN: Final = 'canary-tökén "7\\f2"'
"""A secret that JSON writes otherwise than people do."""
GIVEN: Final = ("--inputs", f"token={TOKEN}")
RUN: Final = ("run", "secret.yaml", "-m", "scripted", "--allow-all-tools")
WORKFLOW: Final = """
name: secret
config: {provider: PROVIDER, shared_memory: {enabled: true}}
inputs: {token: {secret: true}}
agents: {worker: {inline: {prompt: "You know {{inputs.token}}.", tools: [view, grep, create_file, todo]}}}
steps:
  - {id: a, prompt: "a: use {{inputs.token}}"}
  - {id: b, prompt: "b: {{steps.a.output}}", depends_on: [a], output_schema: SCHEMA}
  - {id: c, prompt: "c: {{steps.b.json.said}}", depends_on: [b], interactive: true}
  - {id: d, prompt: "d: fail", on_error: continue}
"""
SCHEMA: Final = {"type": "object", "properties": {"said": {"type": "string"}, "n": {"type": "integer"}}}


@pytest.fixture(autouse=True)
def _files(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(KEY_VARIABLE, KEY)
    Path("notes.md").write_text(f"the key is {KEY}, the token {TOKEN}\n", encoding="utf-8")
    Path("notes.json").write_text(json.dumps([KEY, TOKEN]), encoding="utf-8")


def write_workflow(served: Scripted) -> None:
    text = WORKFLOW.replace("PROVIDER", served.provider).replace("SCHEMA", json.dumps(SCHEMA))
    Path("secret.yaml").write_text(text, encoding="utf-8")


def broken(reply: Reply) -> Reply:
    """Cut the arguments of the last call off, as a provider does that runs out of tokens."""
    return replace(reply, pieces=tuple(piece.replace(b'\\"}"', b'"') for piece in reply.pieces))


BOTH: Final = f"{KEY} and {TOKEN}"
TURNS: Final[dict[str, list[Turn]]] = {
    "a": [
        calls(
            ("c-1", "view", {"path": "notes.md"}),
            ("c-2", "view", {"path": "notes.json"}),
            ("c-3", "grep", {"pattern": "canary", "path": "notes.md"}),
            text=f"I look for {BOTH}",
        ),
        calls(("c-4", "create_file", {"path": "made.txt", "content": BOTH})),
        calls(("c-5", "write_memory", {"text": BOTH}), ("c-6", "todo", {"items": [{"title": BOTH}]})),
        broken(calls(("c-7", "create_file", {"path": "made.txt", "content": BOTH}))),
        calls(("c-8", BOTH, {BOTH: BOTH})),
        calls(("c-9", "read_memory", {})),
        chat(f"so it is {BOTH}"),
    ],
    "b": [
        chat(json.dumps({"said": BOTH, "n": BOTH})),
        chat(json.dumps({"said": BOTH, "n": 1}, ensure_ascii=False)),
    ],
    "c": [calls(("c-1", "ask_user", {"question": BOTH, "choices": [BOTH, "no"]})), chat(f"{BOTH} it is")],
    "d": [whole({"error": {"message": f"not with {BOTH}"}}, status=400)],
}


def say(request: Received) -> Reply:
    said = Script(turns=TURNS)(request)
    assert isinstance(said, Reply)
    return streamed(said) if request.body.get("stream") and said.status == 200 else said


def spellings(secret: str) -> Iterator[bytes]:
    """Yield a secret as people write it, and as JSON does, once and inside of other JSON."""
    for ensure_ascii in (True, False):
        text = secret
        for _ in range(3):
            yield text.encode()
            text = json.dumps(text, ensure_ascii=ensure_ascii)[1:-1]


def leaks(done: Done) -> list[str]:
    """Return where a secret stands that should not."""
    written = {str(path): path.read_bytes() for path in run_folder().rglob("*") if path.is_file()}
    texts = written | {"stdout": done.stdout, "stderr": done.stderr.encode()}
    found = [*spellings(KEY), *spellings(TOKEN)]
    return [f"{name}: {secret!r}" for name, text in texts.items() for secret in found if secret in text]


@pytest.mark.parametrize("flags", [("--verbose", "--stream"), ("--json",)], ids=["stream", "json"])
def test_a_secret_is_written_nowhere_whoever_says_it(flags: tuple[str, ...]) -> None:
    with scripted_server(say) as served:
        write_workflow(served)
        done = goflow(*RUN, *flags, *GIVEN, stdin=f"{BOTH}\n".encode())

    assert done.code == 0, done.stderr
    assert leaks(done) == []
    assert Path("made.txt").read_text(encoding="utf-8") == BOTH
    assert len(facts(TurnTaken)) == 7
    assert served.bodies("a")[0]["messages"][-1]["content"] == f"a: use {TOKEN}"


@pytest.mark.timeout(180)
def test_a_run_killed_and_given_its_secret_again_sends_what_it_would_have_sent() -> None:
    gates = {2: Gate(), 5: Gate()}

    def say_until(request: Received) -> Said:
        gate = gates.get(turn_of(request)) if step_of(request) == "a" else None
        return say(request) if gate is None else gate.hold(say(request))

    with scripted_server(say_until) as served:
        write_workflow(served)
        whole_run = undisturbed(served, gates)
        for turn, gate in gates.items():
            where = ("--audit-dir", f".killed-in-{turn}")
            Path("made.txt").unlink()
            gate.close()
            with going(*RUN, *GIVEN, *where, "--step", "a", "--json") as run:
                gate.wait_until_reached()
                run.process.kill()
                run.end()
            cut_off = sent(served)
            served.release(gate)
            refused = goflow("resume", "@last", *where)
            resumed = goflow("resume", "@last", *where, *GIVEN)
            after = sent(served)

            assert (refused.code, resumed.code) == (2, 0), resumed.stderr
            assert cut_off == whole_run[: turn + 1]
            assert after == whole_run[turn:]


def undisturbed(served: Scripted, gates: Mapping[int, Gate]) -> list[str]:
    """Return what a run sends that nothing happens to."""
    for gate in gates.values():
        served.release(gate)
    done = goflow(*RUN, *GIVEN, "--step", "a", "--audit-dir", ".calm")
    assert done.code == 0, done.stderr
    return sent(served)


def sent(served: Scripted) -> list[str]:
    """Take what the server was sent, in the order of its keys."""
    taken = [json.dumps(request.body) for request in served.server.received]
    served.server.received.clear()
    return taken
