"""The forecast of `goflow plan`, `--confirm-over`, and `goflow stats`, as they are told."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from goflow.api import Prepared, RunOptions, prepare, this_host
from goflow.api.learning import open_history
from goflow.cli.answerers import FirstOf, Terminal
from goflow.cli.confirming import confirm_cost, read_confirm_over
from goflow.cli.line_reader import LineReader
from goflow.cli.main import run_command
from goflow.cli.plan_ranges import money, short, times, tokens, whole
from goflow.cli.plan_what_if import WhatIf, read_what_if
from goflow.errors import UsageError
from goflow.projections.forecast_values import Range
from tests.unit.projections.earlier import run_of, sample

Captured = pytest.CaptureFixture[str]

WORKFLOW = """
name: w
config: {model: gpt-5-mini, max_concurrency: 2}
limits: {gpt-5-mini: {rpm: 60, concurrency: 3}}
budget: {cost_usd: 0.001, tokens: 500, time: 1h}
steps:
  - {id: a, prompt: Go, settings: {max_tokens: 100}, budget: {tokens: 9000}}
  - {id: b, prompt: "Then {{steps.a.output}}", depends_on: [a], condition: {step: a, contains: x}}
"""


def leave_runs(count: int, **fields: object) -> None:
    """Leave runs of `w.yaml` that a mock answered."""
    for number in range(count):
        run = run_of(
            replace(sample("a"), **fields),  # type: ignore[arg-type]
            replace(sample("b"), **fields),  # type: ignore[arg-type]
            run_id=f"r-{number}",
            backend="mock",
            path=str(Path("w.yaml").absolute()),
        )
        open_history(this_host()).append(run)


def planned(capsys: Captured, *flags: str, workflow: str = WORKFLOW) -> str:
    Path("w.yaml").write_text(workflow, encoding="utf-8")
    assert run_command(["plan", "w.yaml", *flags]) == 0
    return capsys.readouterr().out


def document(capsys: Captured, *flags: str, workflow: str = WORKFLOW) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(planned(capsys, "--format", "json", *flags, workflow=workflow))
    return found


def test_a_guess_is_called_one_and_tells_the_missing_key(capsys: Captured) -> None:
    page = planned(capsys).partition("\nforecast\n")[2]

    assert "a guess: no earlier run\n" in page
    assert "openai:gpt-5-mini: 2 steps, at most 60 requests a minute, 3 at a time\n" in page
    assert "gpt-5-mini: the key `OPENAI_API_KEY` is not set; the run would not start\n" in page
    assert "guess, may be left out\n" in page
    assert "`?`: an estimate, four bytes to a token\n" in page


def test_budgets_are_judged(capsys: Captured) -> None:
    leave_runs(4)

    page = planned(capsys, "--backend", "mock")

    assert "  budget       $0.0010 may be exceeded\n" in page
    assert "  budget       500 tok is kept\n" in page
    assert "  budget       1h 00m is kept\n" in page
    assert "  budget       9.0k tok of a is kept\n" in page
    leave_runs(4, cost_usd=1.0)
    assert "$0.0010 will be exceeded\n" in planned(capsys, "--backend", "mock")


BUDGETED = """
name: w
config: {model: gpt-5-mini}
budget: BUDGET
steps:
  - {id: a, prompt: Go}
  - {id: b, prompt: Go on}
"""


@pytest.mark.parametrize(
    ("budget", "told"),
    [
        ("{cost_usd: 0.006}", "$0.0060 is too little: $0.0082 or more is reserved for a request"),
        ("{cost_usd: 0.0083}", "$0.0083 is too little: $0.0082 or more is reserved for a request"),
        ("{cost_usd: 0.0088}", "$0.0088 may be too little: $0.0082 or more is reserved for a request"),
        ("{cost_usd: 0.05}", "$0.0500 is kept"),
        ("{cost_usd: 0.0001}", "$0.0001 will be exceeded"),
    ],
)
def test_a_budget_has_to_have_room_for_what_is_reserved_for_the_last_request(
    capsys: Captured, budget: str, told: str
) -> None:
    path = str(Path("w.yaml").absolute())
    for number in range(4):
        steps = [replace(sample(name), model="gpt-5-mini", cost_usd=0.0005) for name in "ab"]
        open_history(this_host()).append(run_of(*steps, run_id=f"r-{number}", backend="llm", path=path))

    page = planned(capsys, workflow=BUDGETED.replace("BUDGET", budget))

    assert f"  budget       {told}\n" in page


def test_the_tools_that_are_offered_are_reserved_for_too(capsys: Captured) -> None:
    step = "{id: a, prompt: Go, agent: x, settings: {max_tokens: 100}, budget: {tokens: 1000}}"
    agent = "agents: {x: {inline: {prompt: Be brief., tools: TOOLS}}}"
    workflow = f"name: w\nconfig: {{model: gpt-5-mini}}\n{agent}\nsteps: [{step}]\n"

    assert "1.0k tok of a is too little: " in planned(capsys, workflow=workflow.replace("TOOLS", "[view]"))
    found = document(capsys, workflow=workflow.replace("TOOLS", "[view]"))["forecast"]["budget"]
    assert found == [{"step": "a", "what": "tokens", "amount": 1000, "verdict": "too small"}]


def test_earlier_runs_of_others_are_pointed_at(capsys: Captured) -> None:
    leave_runs(1)

    assert "no earlier run, but 1 of `--backend mock`\n" in planned(capsys)
    assert "4 earlier runs" not in planned(capsys)


def test_a_step_that_no_run_had_is_said_to_be_guessed(capsys: Captured) -> None:
    leave_runs(4)
    more = WORKFLOW + "  - {id: c, prompt: New}\n"

    page = planned(capsys, "--backend", "mock", workflow=more)

    assert "4 earlier runs (`mock`); a guess for 1 step that none of them completed\n" in page
    assert "nobody: a mock answers\n" in page
    assert "4 earlier runs in other words or of another model\n" in page


def test_whole_agents_are_said_to_be_bounded_in_concurrency_only(capsys: Captured) -> None:
    page = planned(capsys, "--backend", "cli")

    told = "2 steps; it asks by itself: bounded is how many whole agents run at a time, not what they ask; "
    assert told in page
    assert "it may use all of its tools in a, b\n" in page
    assert "unpriced: no price is known of the `copilot` command\n" in page


def test_what_is_said_of_whole_agents_holds_in_the_forecast_too(capsys: Captured) -> None:
    written = FAN_OUT.replace("{gpt-5-mini: {concurrency: 1}}", "{copilot: {concurrency: 1, tpm: 9}}")
    as_whole = ("--backend", "cli")

    page = planned(capsys, *as_whole, workflow=written)
    found = document(capsys, *as_whole, "--what-if", "rpm=5", workflow=written)

    assert "the `copilot` command: 3 steps, at most 1 at a time; it asks by itself" in page
    assert "bound by     limits: the `copilot` command\n" in page
    one_by_one = {"rpm": None, "tpm": None, "concurrency": 1.0}
    assert found["forecast"]["limits"] == {"the `copilot` command": one_by_one}
    assert found["what_if"]["forecast"]["limits"] == {"the `copilot` command": one_by_one | {"rpm": 5.0}}
    told = planned(capsys, *as_whole, "--what-if", "rpm=5", workflow=written).partition("what if")[2]
    assert "limits: the `copilot` command" in told


def test_a_model_without_a_price_is_named_beside_the_cost_of_others(
    capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "key-1")
    more = WORKFLOW + "  - {id: c, prompt: New, model: 'openai:nobody-knows-1'}\n"

    page = planned(capsys, workflow=more)

    assert " + 1 step unpriced (openai:nobody-knows-1)\n" in page
    assert "missing" not in page


def test_another_model_is_asked_in_place_of_one_without_a_key(
    capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "key-1")
    page = planned(capsys, workflow="name: w\nsteps: [{id: a, prompt: Go, model: claude-sonnet-5-5}]\n")

    assert "the key `ANTHROPIC_API_KEY` is not set; in its place: openai:" in page


FAN_OUT = """
name: w
config: {model: gpt-5-mini}
limits: {gpt-5-mini: {concurrency: 1}}
steps:
  - {id: a, prompt: Go}
  - {id: b, prompt: Go on}
  - {id: c, prompt: And on}
"""


def test_what_would_shorten_the_run_is_named(capsys: Captured) -> None:
    assert "bound by     limits: openai:gpt-5-mini\n" in planned(capsys, workflow=FAN_OUT)
    slots = planned(capsys, "-j", "1", workflow=FAN_OUT.replace("concurrency: 1", "rpm: 100000"))
    assert "bound by     max_concurrency: 1\n" in slots


def test_how_often_a_step_was_left_out_is_told(capsys: Captured) -> None:
    leave_runs(1)
    path = str(Path("w.yaml").absolute())
    for number in range(3):
        run = run_of(sample("a"), run_id=f"without-{number}", backend="mock", path=path)
        open_history(this_host()).append(run)

    assert "another model, left out in 75%\n" in planned(capsys, "--backend", "mock")


def test_what_if_stands_beside_what_is(capsys: Captured) -> None:
    page = planned(capsys, "--what-if", "max_concurrency=8,model=gpt-5,rpm=6")
    found = document(capsys, "--what-if", "model=gpt-5, rpm=6")

    assert "max_concurrency=8,model=gpt-5,rpm=6\n" in page.partition("\nwhat if\n")[2]
    assert found["what_if"]["changes"] == {"model": "gpt-5", "rpm": 6}
    other = found["what_if"]["forecast"]
    assert other["steps"][0]["asks"] == "openai:gpt-5"
    assert other["limits"]["openai:gpt-5"]["rpm"] == 6
    assert other["cost_usd"]["low"] > found["forecast"]["cost_usd"]["low"]


def test_programs_find_the_same_in_json(capsys: Captured) -> None:
    leave_runs(4)

    found = document(capsys, "--backend", "mock")["forecast"]

    assert (found["earlier_runs"], found["is_guess"], found["bound_by"]) == (4, False, "critical path")
    assert found["critical_path"]["steps"] == ["a", "b"]
    assert found["seconds"]["low"] < 2 < found["seconds"]["high"]
    assert [each["verdict"] for each in found["budget"]] == ["may exceed", "within", "within", "within"]
    assert found["steps"][1]["cost_usd"]["middle"] == pytest.approx(0.001, rel=0.2)
    model = document(capsys)["forecast"]["models"][0]
    assert (model["missing"], model["is_priced"]) == ("the key `OPENAI_API_KEY` is not set", True)
    assert model["is_asked_by"] == ["a", "b"]


def test_without_a_forecast_nothing_of_one_is_told(capsys: Captured) -> None:
    assert "forecast" not in planned(capsys, "--no-forecast")
    assert "forecast" not in document(capsys, "--no-forecast")


@pytest.mark.parametrize(
    ("flags", "told"),
    [
        (("--what-if", "slots=3"), "`--what-if` does not know `slots`"),
        (("--what-if", "model="), "`--what-if model` has no value"),
        (("--what-if", "rpm=1,rpm=2"), "`--what-if rpm` is given twice"),
        (("--what-if", "rpm=1", "--what-if", "rpm=1"), "`--what-if rpm` is given twice"),
        (("--what-if", ""), "`--what-if` does not know ``"),
        (("--what-if", "rpm=many"), "`--what-if rpm` takes a whole number"),
        (("--what-if", "rpm=3", "--simulate"), "`--what-if` is for a forecast, not for a simulation"),
        (("--backend", "mock", "--no-forecast"), "`--backend` is for the forecast that `--no-forecast`"),
        (("--backend", "replay"), "`--backend` does not know `replay`"),
    ],
)
def test_mistakes_in_flags_are_said(capsys: Captured, flags: tuple[str, ...], told: str) -> None:
    Path("w.yaml").write_text(WORKFLOW, encoding="utf-8")

    assert run_command(["plan", "w.yaml", *flags]) == 2
    assert told in capsys.readouterr().err


def test_what_if_reads_each_of_its_changes() -> None:
    assert read_what_if(["max_concurrency=0"]) == WhatIf(written="max_concurrency=0", max_concurrency=0)
    together = read_what_if(["max_concurrency=8", "model=gpt-5,rpm=6"])
    assert (together.max_concurrency, together.model, together.rpm) == (8, "gpt-5", 6)
    assert together.written == "max_concurrency=8,model=gpt-5,rpm=6"


def test_ranges_are_written_short_where_they_are_one_figure() -> None:
    wide, narrow = Range(low=0.01, middle=0.2, high=3), Range(low=2, middle=2, high=2)

    assert whole(wide, money) == "$0.0100 to $3.00, about $0.20"
    assert short(wide, money) == "$0.0100..$3.00"
    assert (whole(narrow, tokens), short(narrow, tokens)) == ("2 tok", "2 tok")
    assert (money(0.00001), money(0), times(1500.4)) == ("<$0.0001", "$0.0000", "1.5s")


def prepared(backend: str = "mock") -> Prepared:
    Path("w.yaml").write_text(WORKFLOW.replace("cost_usd: 0.001, ", ""), encoding="utf-8")
    return prepare("w.yaml", {}, options=RunOptions(backend=backend), host=this_host())


@pytest.fixture
def says() -> Iterator[Callable[[str], FirstOf]]:
    """Return what makes an answerer with somebody who types a line at a terminal."""
    opened: list[int] = []

    def answerer(line: str) -> FirstOf:
        reading, writing = os.pipe()
        opened.append(reading)
        os.write(writing, line.encode())
        os.close(writing)
        return FirstOf([Terminal(LineReader(reading), shown.append)])

    shown: list[str] = []
    answerer.shown = shown  # type: ignore[attr-defined]
    yield answerer
    for descriptor in opened:
        os.close(descriptor)


def test_a_person_is_asked_before_a_dear_run_begins(says: Callable[[str], FirstOf]) -> None:
    leave_runs(4, cost_usd=1.0)

    confirm_cost(prepared(), 1.5, says("2\n"))

    asked = "".join(says.shown)  # type: ignore[attr-defined]
    assert "The run may cost up to $" in asked
    assert "4 earlier runs" in asked


def test_who_says_no_or_nothing_begins_nothing(says: Callable[[str], FirstOf]) -> None:
    leave_runs(4, cost_usd=1.0)

    for line in ("1\n", ""):
        with pytest.raises(UsageError, match="nothing was begun"):
            confirm_cost(prepared(), 1.5, says(line))


def test_where_nobody_is_there_the_figure_and_the_way_on_are_told() -> None:
    leave_runs(4, cost_usd=1.0)

    with pytest.raises(UsageError, match=r"may cost up to \$\d") as caught:
        confirm_cost(prepared(), 1.5, FirstOf([]))

    assert "`--budget cost_usd=1.5`" in (caught.value.help or "")
    amount = (caught.value.help or "").partition("--confirm-over ")[2].partition("`")[0]
    confirm_cost(prepared(), read_confirm_over(amount), FirstOf([]))


@pytest.mark.parametrize(
    ("amount", "told", "bounds"),
    [(0.0, "`--confirm-over 0`", False), (1e-7, "`--confirm-over 0.0000001`", True)],
)
def test_amounts_are_told_as_flags_take_them_and_no_budget_is_offered_that_would_bound_nothing(
    amount: float, told: str, *, bounds: bool
) -> None:
    leave_runs(4, cost_usd=1.0)

    with pytest.raises(UsageError) as caught:
        confirm_cost(prepared(), amount, FirstOf([]))

    assert told in caught.value.message
    assert ("`--budget cost_usd=0.0000001`" in (caught.value.help or "")) is bounds
    assert ("--budget" in (caught.value.help or "")) is bounds


def test_below_the_amount_nobody_is_asked_and_a_wrong_one_is_refused() -> None:
    leave_runs(4, cost_usd=1.0)

    confirm_cost(prepared(), None, FirstOf([]))
    confirm_cost(prepared(), 100.0, FirstOf([]))
    with pytest.raises(UsageError, match="takes US dollars"):
        read_confirm_over("much")
    assert read_confirm_over("$2") == 2.0


def test_a_budget_is_the_most_that_a_run_can_cost() -> None:
    leave_runs(4, cost_usd=1.0)
    Path("w.yaml").write_text(WORKFLOW, encoding="utf-8")
    bounded = prepare("w.yaml", {}, options=RunOptions(backend="mock"), host=this_host())

    confirm_cost(bounded, 0.002, FirstOf([]))
    with pytest.raises(UsageError, match=r"may cost up to \$0\.0010? "):
        confirm_cost(bounded, 0.0005, FirstOf([]))
    with pytest.raises(UsageError, match=r"may cost up to \$\d"):
        confirm_cost(prepared(), 0.002, FirstOf([]))


def test_unpriced_models_are_said_to_be_outside_the_amount(capsys: Captured) -> None:
    leave_runs(3, cost_usd=None)

    confirm_cost(prepared(), 0.5, FirstOf([]))

    assert capsys.readouterr().err == ""  # a mock's cost is what its script says: nothing
    folder = Path("bin")
    folder.mkdir()
    (folder / "copilot").write_text("#!/bin/sh\n")
    (folder / "copilot").chmod(0o755)
    host = this_host(environ={"PATH": str(folder.absolute())})
    whole_agent = prepare("w.yaml", {}, options=RunOptions(backend="cli"), host=host)
    confirm_cost(whole_agent, 0.5, FirstOf([]))
    told = "no price is known of the `copilot` command: what it costs is outside `--confirm-over`"
    assert told in capsys.readouterr().err


def stats(capsys: Captured, *flags: str) -> tuple[str, str]:
    assert run_command(["stats", *flags]) == 0
    told = capsys.readouterr()
    return told.out, told.err


def test_statistics_are_a_table_of_workflows_and_of_the_steps_of_one(capsys: Captured) -> None:
    leave_runs(3, throttled_ms=2000, repairs=1)

    alone, _ = stats(capsys)
    of_one, _ = stats(capsys, "w")

    assert alone.splitlines()[1].split()[:4] == ["w", "mock", "3", "100%"]
    assert len(alone.splitlines()) == 2
    assert of_one.startswith(alone)
    row = of_one.splitlines()[5].split()
    assert (row[0], row[1], row[2], row[-1]) == ("a", "m", "3", "100%")
    assert "2.0s" in row


def test_statistics_never_show_an_unknown_cost_as_nothing(capsys: Captured) -> None:
    leave_runs(1, cost_usd=None)

    assert "unpriced" in stats(capsys)[0]
    leave_runs(2)
    open_history(this_host()).append(
        run_of(
            sample("a", cost_usd=None, model="n"),
            backend="mock",
            run_id="r-x",
            path=str(Path("w.yaml").absolute()),
        )
    )
    table = stats(capsys, "w.yaml")[0]
    assert "+ 1 unpriced" in table
    assert "m + 1 more" in table


def test_statistics_for_programs_hold_the_same(capsys: Captured) -> None:
    leave_runs(3)

    found = json.loads(stats(capsys, "w", "--format", "json", "--last", "2", "--backend", "mock")[0])

    [workflow] = found["workflows"]
    assert (workflow["runs"], workflow["success_rate"]) == (2, 1.0)
    assert workflow["seconds"] == {"p50": 2.0, "p95": 2.0}
    assert [step["step"] for step in workflow["steps"]] == ["a", "b"]
    assert "steps" not in json.loads(stats(capsys, "--format", "json")[0])["workflows"][0]


def test_without_a_history_it_is_said_how_it_comes_about(
    capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert stats(capsys) == (
        "",
        "no earlier runs are remembered\nhelp: each run leaves what its steps took: `goflow run FILE`\n",
    )
    assert "no earlier runs of `w` that `llm` answered" in stats(capsys, "w", "--backend", "llm")[1]
    assert json.loads(stats(capsys, "--format", "json")[0]) == {"workflows": []}
    monkeypatch.setenv("GOFLOW_HISTORY", "0")
    assert "GOFLOW_HISTORY=0" in stats(capsys)[1]


def test_two_workflows_cannot_be_named_at_once(capsys: Captured) -> None:
    assert run_command(["stats", "a", "-w", "b"]) == 2
    assert "both name a workflow" in capsys.readouterr().err
