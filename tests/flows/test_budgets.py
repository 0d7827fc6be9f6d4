"""Budgets over real HTTP, by whole processes: whatever is asked at once, they are not overshot."""

from __future__ import annotations

import json
import os
import random
import re
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

import pytest

from goflow.backends.prices import price_of
from goflow.journal.reader import JournalReader
from goflow.projections.run_view import RunView
from goflow.projections.spending import Spending, sum_run
from tests.copilot_stand_in import CopilotStandIn
from tests.flows.goflow_process import Done, goflow, going
from tests.flows.scripted_server import (
    KEY,
    KEY_VARIABLE,
    Scripted,
    scripted_server,
    step_of,
    streamed,
    turn_of,
)
from tests.model_server import Received, Reply, calls, chat, whole

MODEL: Final = "gpt-4o-mini"
MANY: Final = 300
MOST_OUT: Final = 100
SLACK: Final = 1e-9


@pytest.fixture(autouse=True)
def _key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(KEY_VARIABLE, KEY)
    Path("notes.md").write_text("a heron\n", encoding="utf-8")


@dataclass
class Till:
    """A provider that keeps its own count of what it is owed; some requests it refuses, or fails."""

    chance: random.Random = field(default_factory=lambda: random.Random(5))
    refuses: int = 0
    """How many requests are refused, one of twenty."""
    fails: float = 0.0
    tools: float = 0.0
    owed_usd: float = 0.0
    answered: Counter[tuple[str, int]] = field(default_factory=Counter)
    alarm_at: int = 0
    """After so many answers `alarm` is set."""
    alarm: threading.Event = field(default_factory=threading.Event)

    def __call__(self, request: Received) -> Reply:
        draw = self.chance.random()
        if self.refuses and draw > 0.95:
            self.refuses -= 1
            error = {"message": "slow down", "code": "rate_limit_exceeded"}
            return whole({"error": error}, status=429, retry_after_ms="100")
        if draw < self.fails:
            return whole({"error": {"message": "out of order"}}, status=500)
        return self.bill(request)

    def bill(self, request: Received) -> Reply:
        """Answer, and note what that costs."""
        most: int = request.body.get("max_tokens") or request.body["max_completion_tokens"]
        taken_in = len(json.dumps(request.body["messages"])) // 4
        taken_out = self.chance.randint(1, most)
        price = price_of("openai", None, MODEL, input_tokens=taken_in, output_tokens=taken_out)
        assert price is not None
        self.owed_usd += price
        self.answered[step_of(request), turn_of(request)] += 1
        if sum(self.answered.values()) == self.alarm_at:
            self.alarm.set()
        counts = {"prompt_tokens": taken_in, "completion_tokens": taken_out}
        reply = self._say(request)
        body = json.loads(reply.pieces[0]) | {"model": MODEL}
        body["usage"] = {**counts, "total_tokens": taken_in + taken_out}
        said = whole(body)
        return _streamed(said, body) if request.body.get("stream") else said

    def _say(self, request: Received) -> Reply:
        wants_tool = "tools" in request.body and turn_of(request) < 3 and self.chance.random() < self.tools
        return calls(("c-1", "view", {"path": "notes.md"})) if wants_tool else chat("done")


def _streamed(said: Reply, body: dict[str, Any]) -> Reply:
    """Say it in pieces, and the usage last."""
    reply = streamed(said)
    last = {"id": "x", "object": "chat.completion.chunk", "created": 1, "model": MODEL, "choices": []}
    usage = b"data: " + json.dumps(last | {"usage": body["usage"]}).encode() + b"\n\n"
    return replace(reply, pieces=(*reply.pieces[:-1], usage, reply.pieces[-1]))


def write(served: Scripted, budget: str, *, count: int = MANY, step: str = "", tools: str = "[]") -> None:
    lines = [
        "name: budgets",
        f"config: {{provider: {served.provider}, model: {MODEL}}}",
        f"budget: {budget}",
        f"agents: {{a: {{inline: {{prompt: Be brief., tools: {tools}}}}}}}",
        "steps:",
        *(
            f"- {{id: s{n}, agent: a, prompt: 's{n}: go', settings: {{max_tokens: {MOST_OUT}}}{step}}}"
            for n in range(count)
        ),
    ]
    Path("budgets.yaml").write_text("\n".join(lines) + "\n", encoding="utf-8")


def run(*flags: str) -> Done:
    return goflow("run", "budgets.yaml", "--audit-dir", "runs", "--format", "json", *flags)


def journaled() -> Spending:
    """Return what the run has spent, by its own events."""
    return sum_run(viewed())


def viewed() -> RunView:
    [folder] = Path("runs").glob("*_budgets")
    view = RunView()
    for event in JournalReader(folder).read_new():
        view.see(event)
    return view


def completed(done: Done) -> Sequence[str]:
    return [step for step, said in json.loads(done.stdout)["steps"].items() if said.get("output") == "done"]


def is_told_how_to_go_on(done: Done) -> bool:
    """Whether it says what a request may take, and the least budget that would allow it."""
    needed = re.search(r"\n  a request may take up to \$0\.\d{4}, \$0\.\d{4} is left\n", done.stderr)
    way_on = re.search(r"--budget cost_usd=0\.\d{1,4}\n", done.stderr)
    return "stopped by the budget with" in done.stderr and bool(needed and way_on)


def test_three_hundred_steps_at_once_spend_no_more_than_their_budget_and_a_larger_one_ends_them() -> None:
    cap, till = 0.004, Till()
    with scripted_server(till) as served:
        write(served, f"{{cost_usd: {cap}}}")
        stopped = run()
        owed, answered = till.owed_usd, till.answered.copy()
        resumed = goflow("resume", "@last", "--budget", "cost_usd=1", "--audit-dir", "runs")

    assert stopped.code == 6, stopped.stderr
    assert is_told_how_to_go_on(stopped)
    assert 0.5 * cap < owed <= cap + SLACK
    assert sorted(completed(stopped)) == sorted(step for step, _ in answered)
    assert resumed.code == 0, resumed.stderr
    assert till.answered == Counter({(f"s{n}", 0): 1 for n in range(MANY)})
    spent = journaled()
    assert spent.cost_usd == pytest.approx(till.owed_usd)
    assert spent.unpriced == 0


@pytest.mark.parametrize("flags", [(), ("--stream",)])
def test_refusals_failures_retries_and_tools_do_not_overshoot_a_budget(flags: tuple[str, ...]) -> None:
    cap = 0.003
    till = Till(refuses=3, fails=0.1, tools=0.5)
    with scripted_server(till) as served:
        write(served, f"{{cost_usd: {cap}}}", step=", retry_count: 2, on_error: continue", tools="[view]")
        stopped = run("--allow-all-tools", *flags)

    assert stopped.code == 6, stopped.stderr
    assert 0.5 * cap < till.owed_usd <= cap + SLACK
    spent = journaled()
    assert spent.cost_usd == pytest.approx(till.owed_usd)
    assert any(turn for _, turn in till.answered)
    assert completed(stopped)


def test_a_budget_of_tokens_is_not_overshot_either() -> None:
    till = Till(tools=0.5)
    with scripted_server(till) as served:
        write(served, "{tokens: 20000}", count=100, tools="[view]")
        stopped = run("--allow-all-tools")

    assert stopped.code == 6, stopped.stderr
    assert 10_000 < journaled().tokens <= 20_000


def test_a_kill_in_the_middle_loses_nothing_but_what_was_under_way() -> None:
    cap, till = 0.004, Till(tools=0.3, alarm_at=60)
    with scripted_server(till) as served:
        write(served, f"{{cost_usd: {cap}}}", tools="[view]")
        with going(
            "run", "budgets.yaml", "--audit-dir", "runs", "--allow-all-tools", "--progress", "none"
        ) as killed:
            assert till.alarm.wait(40)
            killed.process.kill()
            killed.end()
        known = journaled().cost_usd or 0.0
        ended = {name for name, step in viewed().steps.items() if step.status.has_ended}
        before, asked_before = till.owed_usd, till.answered.copy()
        again = goflow("resume", "@last", "--audit-dir", "runs")
        stopped_at, twice = till.owed_usd, [name for name in ended if till.answered[name, 0] > 1]
        rest = goflow("resume", "@last", "--budget", "cost_usd=1", "--audit-dir", "runs")

    assert 0 < known <= before
    assert asked_before
    assert again.code == 6, again.stderr
    assert twice == []
    assert stopped_at <= cap + (before - known) + SLACK
    assert rest.code == 0, rest.stderr
    assert {step for step, _ in till.answered} == {f"s{n}" for n in range(MANY)}


def test_a_model_without_a_known_price_is_outside_the_budget_and_that_is_said_once() -> None:
    with scripted_server(lambda _: chat("done", model="house-model")) as served:
        write(served, "{cost_usd: 0.0001}", count=5, step=", model: house-model")
        done = run()

    assert done.code == 0, done.stderr
    told = "note: no price is known of these models, so `cost_usd` does not bound them: openai:house-model\n"
    assert done.stderr.count(told) == 1
    assert "5 unpriced" in done.stderr
    assert "$" not in done.stderr.splitlines()[-1]


@pytest.mark.parametrize("budget", ["{tokens: 100000}", "{time: 1h}", "{cost_usd: 1}"])
def test_nothing_is_said_where_a_budget_bounds_all_that_is_asked(budget: str) -> None:
    with scripted_server(Till()) as served:
        write(served, budget, count=2)
        done = run()

    assert done.code == 0, done.stderr
    assert "note:" not in done.stderr


def test_a_step_over_its_own_budget_fails_and_the_others_go_on() -> None:
    till = Till(tools=1.0)
    with scripted_server(till) as served:
        own = ", budget: {tokens: 2500}, on_error: continue"
        write(served, "{cost_usd: 1}", count=2, step=own, tools="[view]")
        done = run("--allow-all-tools")

    assert done.code == 0, done.stderr
    failures = [viewed().steps[name].failure for name in ("s0", "s1")]
    for failure in failures:
        assert failure is not None
        assert "the step's budget allows no other request" in failure.message
        assert "are left: give at least" in failure.message


@pytest.fixture
def copilot(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[CopilotStandIn]:
    stand_in = CopilotStandIn(tmp_path)
    monkeypatch.setenv("PATH", f"{stand_in.path}{os.pathsep}{os.environ['PATH']}")
    yield stand_in
    stand_in.close()


def write_for_copilot(budget: str, count: int) -> None:
    steps = "".join(f"- {{id: s{n}, prompt: go}}\n" for n in range(count))
    Path("budgets.yaml").write_text(f"name: budgets\nbudget: {budget}\nsteps:\n{steps}", encoding="utf-8")


def test_what_the_copilot_command_takes_is_not_known_and_that_is_said_once(copilot: CopilotStandIn) -> None:
    write_for_copilot("{cost_usd: 0.0001, tokens: 1}", 3)

    done = run("--cli")

    told = (
        "note: the `copilot` command does not tell what it takes, so a budget bounds only the time of these"
    )
    assert done.code == 0, done.stderr
    assert done.stderr.count(f"{told}: s0, s1, s2\n") == 1
    assert len(copilot.calls()) == 3


def test_the_time_of_a_budget_holds_for_the_copilot_command_too(copilot: CopilotStandIn) -> None:
    write_for_copilot("{time: 200ms}", 60)

    done = run("--cli", "-j", "1")

    assert done.code == 6, done.stderr
    assert "does not tell what it takes" not in done.stderr
    assert "stopped by the budget with" in done.stderr
    assert len(copilot.calls()) < 60
