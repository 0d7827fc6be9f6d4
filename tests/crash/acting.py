"""The workflow of agents that act, and a model that holds each request against the journal of its run."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from goflow.events import AnswerRefused, Event, MemoryWritten, RunClaimed, TurnTaken
from goflow.journal.reader import read_events
from tests.crash.course import run_in
from tests.crash.killer import CALM
from tests.flows.scripted_server import Script, Turn, step_of, told, turn_of
from tests.model_server import Received, Reply, calls, chat
from tests.properties.drive import STEP_ENDS

SCOUTS: Final = tuple(f"scout{number}" for number in range(3))
ANSWERS: Final = "guide: to the end\n"
MOST_AT_ONCE: Final = 3
SCHEMA: Final = {"type": "object", "properties": {"grade": {"type": "integer"}}, "required": ["grade"]}


def workflow(url: str) -> str:
    """Return a fan-out with tools and a memory, a question, a change of a file, and a report on all that."""
    provider = {"type": "openai", "base_url": f"{url}/v1", "api_key_env": ""}
    config = {"max_concurrency": MOST_AT_ONCE, "provider": provider, "shared_memory": {"enabled": True}}
    scouts: list[dict[str, object]] = [{"id": scout, "prompt": f"{scout}: look around"} for scout in SCOUTS]
    steps: list[dict[str, object]] = [
        *scouts,
        {"id": "guide", "prompt": "guide: ask the way", "interactive": True},
        {"id": "grade", "prompt": "grade: how is it?", "output_schema": SCHEMA},
        {"id": "writer", "prompt": "writer: write it down", "depends_on": [*SCOUTS]},
        {"id": "doer", "prompt": "doer: do it", "depends_on": ["scout0"]},
        {"id": "report", "prompt": report(), "depends_on": ["writer", "doer", "guide", "grade"]},
    ]
    agents = {"worker": {"inline": {"prompt": "You work.", "tools": ["view", "grep", "create_file", "bash"]}}}
    return json.dumps({"name": "acting", "config": config, "agents": agents, "steps": steps})


def report() -> str:
    read = (f"{{{{steps.{step}.output}}}}" for step in ("writer", "doer", "guide", "grade"))
    return f"report: {' '.join(read)}"


def conclude(request: Received) -> Reply:
    """Answer with what the model was told, but for the memory, whose order is chance."""
    return chat(" / ".join(text for text in told(request) if "was here" not in text))


DONE: Final = Path("done.log")
_NEWEST: Final = "$(ls -d runs-*/ 2> /dev/null | sort -V | tail -n 1)"
_ITS_END: Final = '"type":"tool.returned","step":"doer","attempt":[0-9]*,"call_id":"c-1"'
DO: Final = f"cat {_NEWEST}*/events.jsonl 2> /dev/null | grep -c '{_ITS_END}' >> {DONE}; echo did it"
"""Has an effect each time that it is run: it notes how often its own end is in the journal by then."""


def _scouting(step: str) -> list[Turn]:
    return [
        calls(
            ("c-1", "view", {"path": "notes.md"}), ("c-2", "grep", {"pattern": "heron", "path": "notes.md"})
        ),
        calls(("c-1", "write_memory", {"text": f"{step} was here\nand went on"})),
        conclude,
    ]


TURNS: Final[Mapping[str, Sequence[Turn]]] = {
    **{scout: _scouting(scout) for scout in SCOUTS},
    "guide": [calls(("c-1", "ask_user", {"question": "Which way?"})), conclude],
    "grade": [chat('{"grade": "good"}'), chat('{"grade": 2}')],
    "writer": [
        calls(("c-1", "create_file", {"path": "made.txt", "content": "made"})),
        calls(("c-1", "read_memory", {}), ("c-2", "view", {"path": "made.txt"})),
        conclude,
    ],
    "doer": [
        calls(("c-1", "bash", {"command": DO})),
        calls(("c-2", "bash", {"command": "echo done"}), ("c-3", "write_memory", {"text": "doer did it"})),
        conclude,
    ],
    "report": [lambda request: chat(request.body["messages"][-1]["content"])],
}


@dataclass
class Model:
    """A model that is asked by one run at a time, perhaps by several owners of it in turn."""

    audit_dir: Path = CALM
    script: Script = field(default_factory=lambda: Script(turns=TURNS))
    requests: Counter[tuple[str, int]] = field(default_factory=Counter)
    by_owner: Counter[tuple[int, str, int]] = field(default_factory=Counter)
    bodies: dict[tuple[str, int], Any] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)

    def __call__(self, request: Received) -> Reply:
        step, turn = step_of(request), turn_of(request)
        self.requests[step, turn] += 1
        self.look_up(step, turn)
        if self.bodies.setdefault((step, turn), request.body) != request.body:
            self.wrong.append(f"turn {turn} of {step} was asked for in other words")
        reply = self.script(request)
        assert isinstance(reply, Reply)
        return reply

    def look_up(self, step: str, turn: int) -> None:
        facts = [event.fact for event in self.events]
        kept = sum(isinstance(fact, TurnTaken | AnswerRefused) and fact.step == step for fact in facts)
        if turn != kept:
            self.wrong.append(f"turn {turn} of {step} was asked for where {kept} were kept")
        if any(isinstance(fact, STEP_ENDS) and fact.step == step for fact in facts):
            self.wrong.append(f"{step} was asked after its end was kept")
        owner = sum(isinstance(fact, RunClaimed) for fact in facts)
        self.by_owner[owner, step, turn] += 1
        if self.by_owner[owner, step, turn] > 1:
            self.wrong.append(f"turn {turn} of {step} was asked for twice by one owner")

    def watch(self, audit_dir: Path) -> None:
        """Begin with a run of which nothing is known."""
        self.audit_dir = audit_dir
        for known in (self.requests, self.by_owner, self.bodies):
            known.clear()

    @property
    def events(self) -> list[Event]:
        folder = run_in(self.audit_dir)
        return [] if folder is None else read_events(folder)

    @property
    def memory(self) -> Counter[str]:
        """Return the entries of the memory, however often each is there."""
        return Counter(event.fact.text for event in self.events if isinstance(event.fact, MemoryWritten))


EVERY_ENTRY: Final = Counter([*(f"{scout} was here\nand went on" for scout in SCOUTS), "doer did it"])
