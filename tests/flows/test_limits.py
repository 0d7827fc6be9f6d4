"""Limits of providers over real HTTP, by whole processes: nothing fails, and little is asked in vain.

The figures of large runs are measured in `benchmarks`; these are small ones that hold by far.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.flows.goflow_process import GOFLOW, Done, goflow
from tests.flows.quotas import Allowance, Quota, Telling, by_model, refuse_for, steps
from tests.flows.scripted_server import KEY, KEY_VARIABLE, Scripted, scripted_server
from tests.model_server import Received, chat

ENVIRON = {KEY_VARIABLE: KEY}


def write(folder: Path, served: Scripted, lines: Sequence[str], top: str = "") -> str:
    path = folder / "workflow.yaml"
    head = ["name: limits", f"config: {{provider: {served.provider}}}", *([top] if top else []), "steps:"]
    path.write_text("\n".join([*head, *lines]) + "\n")
    return str(path)


def run(folder: Path, workflow: str, *flags: str) -> Done:
    return goflow("run", workflow, "--audit-dir", str(folder / "runs"), *flags, environ=ENVIRON)


def events(folder: Path) -> list[dict[str, Any]]:
    [journal] = (folder / "runs").glob("*/events.jsonl")
    return [json.loads(line) for line in journal.read_text().splitlines()]


@pytest.mark.parametrize("telling", Telling)
def test_a_wide_fan_out_keeps_to_a_quota_that_it_learns(tmp_path: Path, telling: Telling) -> None:
    quota = Quota(Allowance(per_s=30, at_once=30), telling=telling)
    with scripted_server(quota.answer) as served:
        done = run(tmp_path, write(tmp_path, served, steps(90, "m")))

    assert done.code == 0, done.stderr
    assert len(quota.taken) == 90
    assert len(quota.refused) <= 2 * 30


def test_limits_that_are_given_are_kept_from_the_first_request(tmp_path: Path) -> None:
    quota = Quota(Allowance(per_s=1000, at_once=1000), telling=Telling.NOTHING)
    with scripted_server(quota.answer) as served:
        workflow = write(tmp_path, served, steps(40, "m"), "limits: {openai: {rpm: 1200, concurrency: 4}}")
        done = run(tmp_path, workflow)

    assert done.code == 0, done.stderr
    assert quota.refused == []
    gaps = sorted(quota.taken)
    assert gaps[-1] - gaps[0] >= 40 / 20 - 1.5


def test_a_wait_is_told_journaled_and_takes_nothing_from_a_timeout(tmp_path: Path) -> None:
    lines = steps(3, "m", more=", timeout: 1500ms")
    with scripted_server(Quota(Allowance(per_s=0.5, at_once=1)).answer) as served:
        done = run(tmp_path, write(tmp_path, served, lines))

    assert done.code == 0, done.stderr
    assert "throttled" in done.stderr
    assert "openai:m: " in done.stderr
    assert "goes on   after" in done.stderr
    waits = [event["waited_ms"] for event in events(tmp_path) if event["type"] == "call.admitted"]
    assert max(waits) > 1500
    assert not [event for event in events(tmp_path) if event["type"] == "attempt.failed"]


def test_a_long_wait_lets_another_model_answer_at_once(tmp_path: Path) -> None:
    def answer(request: Received) -> object:
        return refuse_for(30) if request.body["model"] == "first" else chat("from the second")

    with scripted_server(answer) as served:  # type: ignore[arg-type]
        agents = "agents: {a: {inline: {prompt: x, model: [first, second], tools: []}}}"
        lines = [f"- {{id: s{n}, prompt: 'say {n}', agent: a}}" for n in range(20)]
        done = run(tmp_path, write(tmp_path, served, lines, agents))
        asked = [request.body["model"] for request in served.server.received]

    assert done.code == 0, done.stderr
    assert done.stdout.count(b"from the second") == 20
    assert asked.count("second") == 20
    assert asked.count("first") <= 16


def test_a_throttled_model_does_not_slow_another(tmp_path: Path) -> None:
    quotas = {
        "slow": Quota(Allowance(per_s=2, at_once=2)),
        "quick": Quota(Allowance(per_s=1000, at_once=1000)),
    }
    with scripted_server(by_model(quotas)) as served:  # type: ignore[arg-type]
        lines = [*steps(8, "slow", name="slow"), *steps(8, "quick", name="quick")]
        done = run(tmp_path, write(tmp_path, served, lines))

    assert done.code == 0, done.stderr
    assert max(quotas["quick"].taken) < sorted(quotas["slow"].taken)[4]


def test_two_processes_with_one_key_share_what_they_know(tmp_path: Path) -> None:
    quota = Quota(Allowance(per_s=30, at_once=30))
    with scripted_server(quota.answer) as served:
        workflow = write(tmp_path, served, steps(45, "m"))
        command = [GOFLOW, "run", workflow, "--audit-dir", str(tmp_path / "runs")]
        going = [
            subprocess.Popen(
                command, env=os.environ | ENVIRON, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
            )
            for _ in range(2)
        ]
        said = [process.communicate(timeout=50)[1].decode() for process in going]

    assert [process.returncode for process in going] == [0, 0], said
    assert len(quota.taken) == 90
    assert len(quota.refused) <= 2 * 30


def test_a_run_that_a_quota_stops_for_long_is_laid_aside_and_goes_on_when_it_is_there_again(
    tmp_path: Path,
) -> None:
    is_there = False

    def answer(request: Received) -> object:
        asks_b = "say b" in request.body["messages"][-1]["content"]
        return chat("fine") if is_there or not asks_b else refuse_for(4000)

    with scripted_server(answer) as served:  # type: ignore[arg-type]
        lines = ["- {id: a, prompt: say a, model: one}", "- {id: b, prompt: say b, model: two}"]
        lines.append(
            "- {id: c, prompt: '{{steps.a.output}} {{steps.b.output}}', model: one, depends_on: [a, b]}"
        )
        workflow = write(tmp_path, served, lines)
        stopped = run(tmp_path, workflow)
        [folder] = (tmp_path / "runs").iterdir()
        is_there = True
        served.server.received.clear()
        # What is remembered of the model would still refuse it: the time until then is skipped.
        later = {"XDG_STATE_HOME": str(tmp_path / "later")}
        resumed = goflow("resume", str(folder), environ=ENVIRON | later)
        asked = [request.body["model"] for request in served.server.received]

    assert stopped.code == 6, stopped.stderr
    assert "laid aside until providers take requests again with 1 of 3 steps done" in stopped.stderr
    assert "goflow resume" in stopped.stderr
    assert resumed.code == 0, resumed.stderr
    assert asked == ["two", "one"]


def test_who_resumes_a_run_that_was_laid_aside_has_its_model_asked_once_whatever_it_said(
    tmp_path: Path,
) -> None:
    is_there = False

    def answer(_: Received) -> object:
        return chat("fine") if is_there else refuse_for(4000)

    with scripted_server(answer) as served:  # type: ignore[arg-type]
        lines = ["- {id: a, prompt: say a, model: m}", "- {id: b, prompt: say b, model: m, depends_on: [a]}"]
        workflow = write(tmp_path, served, lines)
        codes = [run(tmp_path, workflow).code]
        [folder] = (tmp_path / "runs").iterdir()
        codes += [goflow("resume", str(folder), environ=ENVIRON).code, run(tmp_path, workflow).code]
        asked_in_vain = len(served.server.received)
        is_there = True
        codes += [goflow("resume", str(folder), environ=ENVIRON).code, run(tmp_path, workflow).code]

    assert codes == [6, 6, 6, 0, 0]
    assert asked_in_vain == 2  # by the first run and by who resumed it; the other runs believe what was said


def test_where_requests_wait_the_longest_way_goes_first(tmp_path: Path) -> None:
    quota = Quota(Allowance(per_s=1000, at_once=1000))
    with scripted_server(quota.answer) as served:
        long_way = ["- {id: z1, prompt: 'say z1', model: m}"]
        long_way += [
            f"- {{id: z{n}, prompt: 'say z{n}', model: m, depends_on: [z{n - 1}]}}" for n in range(2, 5)
        ]
        done = run(tmp_path, write(tmp_path, served, [*steps(8, "m"), *long_way], "limits: {m: {rpm: 120}}"))
        asked = [request.body["messages"][-1]["content"] for request in served.server.received]

    assert done.code == 0, done.stderr
    assert asked[5:8] == [
        "say z1",
        "say z2",
        "say z3",
    ]  # the way of the last is as long as that of the others
