"""Real processes, really killed, at moments that nobody chose; then resumed until their run has ended."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from goflow.events import Event
from goflow.journal.reader import read_events
from tests.crash.course import SCRIPT, run_in, starts, workflow
from tests.crash.killer import CALM, Killer, working_s
from tests.model_server import Received, Reply, chat, model_server, whole
from tests.properties.drive import STEP_ENDS


def write_course(provider: str) -> None:
    Path("course.yaml").write_text(workflow(provider), encoding="utf-8")
    Path("mock.yaml").write_text(SCRIPT, encoding="utf-8")


@pytest.mark.crash
@pytest.mark.timeout(600)
def test_a_run_killed_at_any_moment_ends_as_if_it_had_not_been(kills: int) -> None:
    write_course("type: openai")
    killer = Killer(("run", "course.yaml", "--mock=mock.yaml"))

    async def main() -> None:
        await killer.run_undisturbed()
        left, number = kills, 0
        while left:
            number += 1
            left -= await killer.kill_until_ended(Path(f"runs-{number}"), left)

    asyncio.run(main())


@dataclass
class Model:
    """A model behind a server that holds every request against the journal of the run it comes from."""

    audit_dir: Path = CALM
    requests: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)

    def reply(self, request: Received) -> Reply:
        prompt: str = request.body["messages"][-1]["content"]
        step = prompt.partition(":")[0]
        self.requests[step] += 1
        self.look_up(step)
        if step == "flaky":
            return whole({"error": {"message": "never"}}, status=400)
        if step == "part-3" and self.requests[step] == 1:
            return whole({"error": {"message": "busy"}}, status=503, retry_after="0")
        return chat(f"answer to {prompt}")

    def look_up(self, step: str) -> None:
        events = self.events
        if self.requests[step] > starts(events)[step]:
            self.wrong.append(f"{step} was asked before its start was kept")
        if any(isinstance(event.fact, STEP_ENDS) and event.fact.step == step for event in events):
            self.wrong.append(f"{step} was asked after its end was kept")

    @property
    def events(self) -> list[Event]:
        folder = run_in(self.audit_dir)
        return [] if folder is None else read_events(folder)


@pytest.mark.crash
@pytest.mark.timeout(600)
def test_a_run_killed_while_models_answer_asks_them_again_only_what_was_under_way(
    kills: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "none")
    killer = Killer(("run", "course.yaml", "--model", "m"))
    model = Model()

    async def main() -> None:
        async with model_server(model.reply) as server:
            server.pause_s = 0.1
            write_course(f"type: openai, base_url: {server.url}/v1")
            await killer.run_undisturbed()
            killer.earliest_s = killer.latest_s - working_s(model.events)
            left, number = max(3, kills // 10), 0
            while left:
                number += 1
                model.audit_dir, model.requests = Path(f"runs-{number}"), Counter()
                left -= await killer.kill_until_ended(model.audit_dir, left)
                assert model.requests <= starts(model.events)
            asked = model.requests.copy()
            assert await killer.start(model.audit_dir, None) == killer.calm
            assert model.requests == asked

    asyncio.run(main())
    assert model.wrong == []
