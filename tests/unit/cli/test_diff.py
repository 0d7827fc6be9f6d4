"""`goflow diff`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from goflow.cli.main import run_command
from goflow.cli.moments import local_time
from goflow.events import Fact, RunFinished, RunStatus, StepCompleted, Usage
from tests.unit.cli.kept_runs import COMPLETED, OLD_STEPS, START_MS, keep_original, keep_run
from tests.unit.projections.runs import completes, fails, runs, skipped, starts

Captured = pytest.CaptureFixture[str]

USED = Usage(requests=1, input_tokens=2000, output_tokens=452, cost_usd=0.0061)
MORE = Usage(requests=1, input_tokens=3000, output_tokens=452, cost_usd=0.0071)
HEAD = (
    f"a       r-a  {local_time(START_MS)}  w\n"
    f"b       r-b  {local_time(START_MS + 60_000)}  w\n"
    "status  completed\n"
)


def keep_two(a: tuple[Fact, ...], b: tuple[Fact, ...]) -> None:
    keep_run(*a, COMPLETED, run_id="r-a")
    keep_run(*b, COMPLETED, run_id="r-b", after_s=60)


def told(capsys: Captured, code: int, *arguments: str) -> str:
    assert run_command(["diff", *arguments]) == code
    return capsys.readouterr().out


def test_runs_that_differ_in_times_tokens_and_costs_alone_are_the_same(capsys: Captured) -> None:
    keep_two(
        (starts("a", model="m"), completes("a", usage=USED)),
        (starts("a", model="m"), skipped("z"), completes("a", usage=MORE)),
    )
    keep_run(starts("a", model="m"), completes("a", usage=MORE), COMPLETED, run_id="r-c", after_s=90)

    assert told(capsys, 0, "r-a", "r-c") == (
        f"a       r-a  {local_time(START_MS)}  w\n"
        f"b       r-c  {local_time(START_MS + 90_000)}  w\n"
        "status  completed\n"
        "time    3.0s\n"
        "spent   2.5k tok · $0.0061 -> 3.5k tok · $0.0071\n"
        "\n"
        "a  same  1.0s  2.5k tok · $0.0061 -> 3.5k tok · $0.0071\n"
    )
    assert told(capsys, 1, "r-a", "r-b").endswith("\nz  only in b\n")
    assert told(capsys, 0, "r-a", "r-b", "--step", "a").startswith("a  r-a  ")


def test_what_differs_stands_below_its_step(capsys: Captured) -> None:
    keep_two(
        (
            starts("fix", prompt="Fix\nit"),
            StepCompleted(step="fix", attempt=1, output="one\ntwo\n", model="gpt-4o"),
            *fails("test"),
        ),
        (
            starts("fix", prompt="Fix\nthat"),
            StepCompleted(step="fix", attempt=1, output="one\n\x1b[2Jthree\n", model="gpt-4o-mini"),
            *runs("test", "good"),
        ),
    )

    assert told(capsys, 1, "r-a", "r-b") == (
        f"a       r-a  {local_time(START_MS)}  w\n"
        f"b       r-b  {local_time(START_MS + 60_000)}  w\n"
        "status  completed\n"
        "time    6.0s -> 5.0s\n"
        "\n"
        "fix   model, prompt, output  1.0s\n"
        "    model: gpt-4o -> gpt-4o-mini\n"
        "    prompt:\n"
        "    @@ -1,2 +1,2 @@\n"
        "     Fix\n"
        "    -it\n"
        "    +that\n"
        "    output:\n"
        "    @@ -1,3 +1,3 @@\n"
        "     one\n"
        "    -two\n"
        "    +three\n"
        "     \n"
        "test  status, output         2.0s -> 1.0s\n"
        "    status: failed -> completed\n"
        "    output:\n"
        "    only b has one\n"
        "    @@ -0,0 +1 @@\n"
        "    +good\n"
    )


def test_long_texts_are_cut_unless_one_step_is_asked_for(capsys: Captured) -> None:
    text = "\n".join(str(number) for number in range(100))
    keep_two(runs("a", text), runs("a", "x" * 1000))

    page = told(capsys, 1, "r-a", "r-b").splitlines()
    whole = told(capsys, 1, "r-a", "r-b", "--step", "a").splitlines()

    assert page[-1] == "    … 82 more lines: `--step a` shows all"
    assert len(page) == len(HEAD.splitlines()) + 2 + 1 + 1 + 20 + 1
    assert whole[-1] == f"    +{'x' * 1000}"
    assert len(whole) == 2 + 1 + 1 + 1 + 1 + 100 + 1


def test_a_long_line_is_cut_unless_one_step_is_asked_for(capsys: Captured) -> None:
    keep_two(runs("a", "short"), runs("a", "x" * 1000))

    assert told(capsys, 1, "r-a", "r-b").endswith(f"    +{'x' * 198}…\n")


def test_runs_with_other_inputs_or_another_end_differ(capsys: Captured) -> None:
    keep_run(*runs("a"), COMPLETED, run_id="r-a", inputs={"files": "*.py", "depth": "1"})
    keep_run(*runs("a"), run_id="r-b", after_s=60, inputs={"files": "*.go"})

    page = told(capsys, 1, "r-a", "r-b")

    assert "status  completed -> interrupted\n" in page
    assert "input   files: *.py -> *.go\n" in page
    assert "input   depth: 1 -> (none)\n" in page
    assert told(capsys, 0, "r-a", "r-b", "--step", "a").endswith("a  same  1.0s\n")


def test_a_run_of_the_original_is_compared_as_any_other(capsys: Captured) -> None:
    keep_original(steps=OLD_STEPS)
    keep_run(
        starts("scan", model="gpt-4o", prompt="Scan *.go"),
        completes("scan", "ISSUES FOUND"),
        RunFinished(status=RunStatus.COMPLETED),
        run_id="r-b",
        name="old",
        inputs={"files": "*.go"},
    )

    page = told(capsys, 1, "old-1", "r-b").splitlines()

    assert [line.split()[:3] for line in page[5:]] == [
        ["scan", "same", "3.0s"],
        ["fix", "only", "in"],
        ["report", "only", "in"],
    ]


def test_programs_get_an_object(capsys: Captured) -> None:
    keep_two(runs("a", "one"), (*runs("a", "two"), *runs("b")))

    found = json.loads(told(capsys, 1, "r-a", "r-b", "--json"))

    assert (found["is_different"], found["inputs"]) == (True, {})
    assert (found["a"]["run_id"], found["b"]["status"]) == ("r-a", "completed")
    a, b = found["steps"]
    assert (a["differs"], a["output_diff"], a["prompt_diff"]) == (
        ["output"],
        ["@@ -1 +1 @@", "-one", "+two"],
        [],
    )
    assert (b["differs"], b["a"], b["b"]["status"]) == (["presence"], None, "completed")


def test_a_run_does_not_differ_from_itself(capsys: Captured) -> None:
    Path("w.yaml").write_text("name: w\nsteps: [{id: a, prompt: b}]\n", encoding="utf-8")
    assert run_command(["run", "w.yaml", "--mock"]) == 0
    assert run_command(["run", "w.yaml", "--mock"]) == 0
    capsys.readouterr()

    assert json.loads(told(capsys, 0, "@last", "@last", "--json"))["is_different"] is False
    assert "a  same  " in told(capsys, 0, "@-2", "@last")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            "",
            "error: two runs are compared\nhelp: goflow diff A B; `@last` is the newest, `@-2` the one",
        ),
        ("r-a", "error: two runs are compared\n"),
        ("r-a r-9", "error: there is no run `r-9`\n"),
        ("r-a r-b r-a", "error: unexpected argument `r-a`\n"),
        ("r-a r-b --step c", "error: neither run has a step `c`\n"),
        ("r-a r-b --step fux", "error: neither run has a step `fux`\nhelp: did you mean `fix`?\n"),
    ],
)
def test_what_cannot_be_compared_is_refused(arguments: str, message: str, capsys: Captured) -> None:
    keep_two(runs("fix"), runs("fix"))

    assert run_command(["diff", *arguments.split()]) == 2

    out, err = capsys.readouterr()
    errors = "".join(line for line in err.splitlines(keepends=True) if not line.startswith("warning: "))
    assert (out, errors.startswith(message)) == ("", True)
