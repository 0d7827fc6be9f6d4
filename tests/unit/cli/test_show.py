"""`goflow show`."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from goflow.cli.main import run_command
from goflow.cli.moments import local_time
from goflow.events import (
    AnswerRefused,
    Fact,
    MemoryWritten,
    QuestionAnswered,
    QuestionAsked,
    RunClaimed,
    RunFinished,
    RunStatus,
    SecretInput,
    StepReused,
    StopReason,
    ToolCalled,
    ToolReturned,
    TurnTaken,
    Usage,
)
from goflow.journal.lock import hold
from tests.unit.cli.kept_runs import COMPLETED, OLD_STEPS, RUNS, START_MS, keep_original, keep_run
from tests.unit.projections.runs import (
    attempt_fails,
    completes,
    fails,
    failure,
    not_run,
    runs,
    skipped,
    starts,
)

Captured = pytest.CaptureFixture[str]
Bytes = pytest.CaptureFixture[bytes]

UNKNOWN = "warning: the run's workflow is not known any more: "
USED = Usage(requests=2, input_tokens=2000, output_tokens=452, cost_usd=0.0061)
WORKFLOW = """
name: review
inputs: {files: {default: "*.py"}, token: {secret: true, default: hush}}
steps:
  - {id: scan, prompt: "Scan {{inputs.files}}"}
  - {id: fix, prompt: "Fix it with {{inputs.token}}", depends_on: [scan]}
"""


def shown(capsys: Captured, *arguments: str) -> str:
    """Return what comes to stdout; of a run by hand, only its workflow is not known."""
    assert run_command(["show", *arguments]) == 0
    out, err = capsys.readouterr()
    assert all(line.startswith(UNKNOWN) for line in err.splitlines())
    return out


def refusal(capsys: Captured, *arguments: str) -> tuple[int, str, str]:
    code = run_command(["show", *arguments])
    out, err = capsys.readouterr()
    assert out == ""
    lines = [line for line in err.splitlines() if not line.startswith("warning: ")]
    return code, lines[0], "".join(lines[1:])


def run_really() -> None:
    Path("review.yaml").write_text(WORKFLOW, encoding="utf-8")
    Path("mock.yaml").write_text(
        'answers:\n  - {step: scan, answer: "found\\r\\n\\e[31mit"}\n'
        "  - {step: fix, fail: rejected, message: no}\n",
        encoding="utf-8",
    )
    assert run_command(["run", "review.yaml", "--mock=mock.yaml"]) == 1


@pytest.fixture
def _a_real_run(capsys: Captured) -> None:
    run_really()
    capsys.readouterr()


def test_a_page_has_the_run_a_line_a_step_and_what_to_type_next(capsys: Captured) -> None:
    folder = keep_run(
        starts("scan", model="gpt-4o"),
        completes("scan", usage=USED),
        starts("fix", model="gpt-4o-mini"),
        attempt_fails("fix", failure("busy")),
        *fails("fix", "HTTP 503\n\x1b[31mno service"),
        skipped("deploy", "condition not met: step 'fix' does not contain 'ok'"),
        not_run("report", "fix"),
        StepReused(step="kept", origin="r-0", agent="a", prompt="p", output="o", model="m"),
        StepReused(step="cached", origin="cache", agent="a", prompt="p", output="o", memory=("x",)),
        RunFinished(status=RunStatus.FAILED),
        inputs={"files": "*.py\n*.go"},
        secrets=(SecretInput(name="token", salt="1", digest="2"),),
        rerun_of="r-0",
    )

    assert shown(capsys, "r-1") == (
        "run       r-1\n"
        "workflow  w\n"
        "status    failed\n"
        f"started   {local_time(START_MS)}\n"
        "rerun of  r-0\n"
        f"ended     {local_time(START_MS + 13_000)}\n"
        "time      12.0s\n"
        "input     files = *.py *.go\n"
        "input     token = ***\n"
        "models    gpt-4o, gpt-4o-mini, m\n"
        "spent     2 requests · 2.5k tok · $0.0061\n"
        "memory    1 entry\n"
        f"folder    {folder}\n"
        "\n"
        "steps\n"
        "  scan    completed   1.0s  2.5k tok  $0.0061           gpt-4o\n"
        "  fix     failed      4.0s                     2 tries\n"
        "      HTTP 503\n"
        "      no service\n"
        "  deploy  skipped\n"
        "      condition not met: step 'fix' does not contain 'ok'\n"
        "  report  not_run\n"
        "      because fix failed\n"
        "  kept    completed  0.00s                              m\n"
        "      taken from run r-0\n"
        "  cached  completed  0.00s\n"
        "      taken from the cache\n"
        "\n"
        "next: goflow resume r-1\n"
    )


@pytest.mark.usefixtures("_a_real_run")
def test_steps_stand_in_the_order_of_the_file_and_no_secret_is_shown(capsys: Captured) -> None:
    page = shown(capsys, "@last")

    assert "input     files = *.py\ninput     token = ***\n" in page
    assert "hush" not in page
    assert [line.split()[:2] for line in page.splitlines() if line.startswith("  ")] == [
        ["scan", "completed"],
        ["fix", "failed"],
        ["no"],
    ]


def test_steps_that_have_not_begun_are_pending_and_a_run_cut_off_is_interrupted(capsys: Captured) -> None:
    Path("two.yaml").write_text(
        "name: two\nsteps:\n  - {id: a, prompt: x}\n"
        "  - {id: b, prompt: '{{steps.a.output}}', depends_on: [a]}\n",
        encoding="utf-8",
    )
    assert run_command(["run", "two.yaml", "--mock"]) == 0
    [folder] = RUNS.iterdir()
    journal = folder / "events.jsonl"
    lines = journal.read_bytes().splitlines(keepends=True)
    is_before = [index for index, line in enumerate(lines) if b'"step":"b"' in line]
    journal.write_bytes(b"".join(lines[: is_before[0]]) + b'{"v":1,"se')
    capsys.readouterr()

    page = shown(capsys, "@last")

    assert "status    interrupted\n" in page
    assert [line.split()[:2] for line in page.splitlines() if line.startswith("  ")] == [
        ["a", "completed"],
        ["b", "pending"],
    ]
    with hold(folder, "r"):
        assert shown(capsys, "@last").endswith("--follow\n")


def test_a_step_that_ran_on_an_empty_input_says_so(capsys: Captured) -> None:
    Path("s.yaml").write_text(
        "name: s\nsteps:\n  - {id: a, prompt: x, on_error: continue}\n"
        "  - {id: b, prompt: '{{steps.a.output}}', depends_on: [a]}\n",
        encoding="utf-8",
    )
    Path("m.yaml").write_text("answers: [{step: a, fail: rejected}]\n", encoding="utf-8")
    assert run_command(["run", "s.yaml", "--mock=m.yaml"]) == 0
    capsys.readouterr()

    assert "      ran on an empty input: a failed\n" in shown(capsys, "@last")


ASKED = QuestionAsked(
    step="plan", attempt=1, question_id="q-1", text="which\nway?", choices=("left", "right")
)
ALSO_ASKED = QuestionAsked(step="a", attempt=1, question_id="q-2", text="why?")


@pytest.mark.parametrize(
    ("facts", "is_owned", "following"),
    [
        ((*runs("a"), COMPLETED), False, "goflow show r-1 --step ID"),
        ((*fails("a"), COMPLETED), False, "goflow resume r-1"),
        ((starts("a"),), True, "goflow show r-1 --follow"),
        ((starts("a"),), False, "goflow resume r-1"),
        ((starts("plan"), ASKED), True, "goflow answer r-1 ANSWER"),
        ((starts("plan"), ASKED), False, "goflow answer r-1 ANSWER, then goflow resume r-1"),
        ((starts("plan"), ASKED, starts("a"), ALSO_ASKED), True, "goflow answer r-1 --step ID ANSWER"),
    ],
)
def test_what_is_to_be_typed_next_depends_on_where_the_run_stands(
    *, facts: tuple[Fact, ...], is_owned: bool, following: str, capsys: Captured
) -> None:
    folder = keep_run(*facts)
    if is_owned:
        with hold(folder, "r-1"):
            page = shown(capsys, "r-1")
    else:
        page = shown(capsys, "r-1")

    assert page.splitlines()[-1] == f"next: {following}"


def test_open_questions_are_shown_with_their_choices(capsys: Captured) -> None:
    stopped = RunFinished(status=RunStatus.WAITING, reason=StopReason.UNANSWERED)
    keep_run(
        starts("plan"), ASKED, stopped, RunClaimed(epoch=2, owner="b"), starts("plan", 2), ASKED, stopped
    )

    page = shown(capsys, "r-1")

    assert "status    waiting (unanswered)\n" in page
    assert "time      6.0s, 2 owners\n" in page
    assert "\nopen questions\n  plan asks: which\n    way?\n    1. left\n    2. right\n\nnext:" in page


def message(text: str) -> str:
    return json.dumps([{"kind": "response", "parts": [{"part_kind": "text", "content": text}]}])


TALK: tuple[Fact, ...] = (
    starts("a", model="m", prompt="Look at it\nand say"),
    attempt_fails("a", failure("connection lost"), usage=Usage(requests=1, input_tokens=10, output_tokens=2)),
    starts("a", 2, model="m", prompt="Look at it\nand say"),
    TurnTaken(step="a", attempt=2, message=message("let me look\nthere")),
    ToolCalled(step="a", attempt=2, call_id="c", tool="view", arguments='{"path": "a"}'),
    ToolReturned(step="a", attempt=2, call_id="c", tool="view", result="one\n\x1b[2Jtwo " + "x" * 200),
    ToolCalled(step="a", attempt=2, call_id="d", tool="bash", arguments='{"command": "x"}'),
    ToolReturned(step="a", attempt=2, call_id="d", tool="bash", result="denied", is_error=True),
    QuestionAsked(step="a", attempt=2, question_id="q-1", text="sure?"),
    QuestionAnswered(step="a", question_id="q-1", text="yes", by="terminal"),
    QuestionAsked(step="a", attempt=2, question_id="q-2", text="really?"),
    MemoryWritten(step="a", attempt=2, agent="agent", text="noted"),
    AnswerRefused(step="a", attempt=2, message=message("{}"), complaint="`x` is missing"),
    ToolCalled(step="a", attempt=2, call_id="e", tool="view", arguments="{}"),
    completes("a", "first\n\x1b[31msecond", attempt=2, usage=USED),
    *runs("b"),
    COMPLETED,
)


def test_a_step_has_its_attempts_with_all_that_was_said_and_its_texts(capsys: Captured) -> None:
    keep_run(*TALK)

    assert shown(capsys, "r-1", "--step", "a") == (
        "step     a\n"
        "status   completed\n"
        "agent    agent\n"
        "model    m\n"
        f"started  {local_time(START_MS + 2000)}\n"
        "time     14.0s\n"
        "spent    3 requests · 2.5k tok · $0.0061 + 1 unpriced\n"
        "\n"
        "attempt 1  failed  1.0s  m  12 tok\n"
        "  connection lost\n"
        "\n"
        "attempt 2  completed  12.0s  m  2.5k tok\n"
        "  14:32:10 said: let me look\n"
        "    there\n"
        '  14:32:11 view {"path": "a"} -> one two ' + "x" * 91 + "…\n"
        '  14:32:13 bash {"command": "x"} -> error: denied\n'
        "  14:32:15 asked: sure?\n"
        "    answered by terminal: yes\n"
        "  14:32:17 asked: really?\n"
        "    (no answer yet)\n"
        "  14:32:18 noted: noted\n"
        "  14:32:19 answered: {}\n"
        "    refused: `x` is missing\n"
        "  14:32:20 view {} -> (no end)\n"
        "\n"
        "prompt\n"
        "  Look at it\n"
        "  and say\n"
        "\n"
        "output\n"
        "  first\n"
        "  second\n"
    )


def test_a_step_that_did_not_run_says_why(capsys: Captured) -> None:
    keep_run(
        skipped("a", "condition not met"),
        not_run("b", "x"),
        *fails("c", "no"),
        StepReused(step="d", origin="cache", agent="a", prompt="p", output="o"),
    )

    assert shown(capsys, "r-1", "--step", "a") == "step     a\nstatus   skipped\nskipped  condition not met\n"
    assert shown(capsys, "r-1", "--step", "b") == "step     b\nstatus   not_run\nbecause  x failed\n"
    assert "error    no\n" in shown(capsys, "r-1", "--step", "c")
    assert "result   taken from the cache\n" in shown(capsys, "r-1", "--step", "d")


def test_calls_come_one_a_line(capsys: Captured) -> None:
    keep_run(*TALK)

    lines = shown(capsys, "r-1", "--tools").splitlines()

    assert [line[:40] for line in lines] == [
        '14:32:11 a view {"path": "a"} -> one two',
        '14:32:13 a bash {"command": "x"} -> erro',
        "14:32:20 a view {} -> (no end)",
    ]
    assert shown(capsys, "r-1", "--tools", "--step", "b") == ""


def test_calls_come_whole_for_programs(capsys: Captured) -> None:
    keep_run(*TALK)

    calls = [json.loads(line) for line in shown(capsys, "r-1", "--tools", "--json").splitlines()]

    assert calls[1] == {
        "step": "a",
        "attempt": 2,
        "call_id": "d",
        "tool": "bash",
        "arguments": '{"command": "x"}',
        "result": "denied",
        "is_error": True,
        "called_at": "2026-03-30T14:32:13.000Z",
        "returned_at": "2026-03-30T14:32:14.000Z",
    }
    assert len(calls[0]["result"]) == len("one\n\x1b[2Jtwo ") + 200


def test_a_run_and_a_step_come_as_json(capsys: Captured) -> None:
    keep_run(*TALK)

    run = json.loads(shown(capsys, "r-1", "--json"))
    step = json.loads(shown(capsys, "r-1", "--step", "a", "--json"))

    assert (run["run_id"], run["status"], run["memory_entries"], run["models"]) == (
        "r-1",
        "completed",
        1,
        ["m"],
    )
    assert [(of["step"], of["status"], of["tries"]) for of in run["steps"]] == [
        ("a", "completed", 2),
        ("b", "completed", 1),
    ]
    assert (step["prompt"], step["output"]) == ("Look at it\nand say", "first\n\x1b[31msecond")
    assert step["attempts"][0]["error"] == "connection lost"
    assert [move["type"] for move in step["attempts"][1]["moves"]] == [
        *("said", "tool", "tool", "asked", "asked", "noted", "refused", "tool")
    ]


TEXTS = ["", "plain", "ends\n", "\r\n\ttabs \x1b[31m\u2028 ünï", "a lone \ud800", "x" * 70_000]


@pytest.mark.parametrize("text", TEXTS, ids=range(len(TEXTS)))
def test_prompt_and_output_come_byte_for_byte_and_alone(text: str, capfdbinary: Bytes) -> None:
    keep_run(starts("a", prompt=text), completes("a", f"{text}!"), COMPLETED)

    assert run_command(["show", "r-1", "--prompt"]) == 0
    assert capfdbinary.readouterr().out == text.encode("utf-8", "replace")
    assert run_command(["show", "r-1", "--step", "a", "--output"]) == 0
    assert capfdbinary.readouterr().out == f"{text}!".encode("utf-8", "replace")


def test_prompt_and_output_are_what_the_files_hold(capfdbinary: Bytes) -> None:
    run_really()
    [folder] = RUNS.iterdir()
    capfdbinary.readouterr()

    for step in ("scan", "fix"):
        assert run_command(["show", "@last", "--step", step, "--prompt"]) == 0
        [kept] = folder.glob(f"steps/*_{step}/prompt.md")
        assert capfdbinary.readouterr() == (kept.read_bytes(), b"")
    assert run_command(["show", "@last", "--step", "scan", "--output"]) == 0
    assert capfdbinary.readouterr().out == b"found\r\n\x1b[31mit"


def test_events_are_the_lines_of_the_journal_without_a_torn_end(capfdbinary: Bytes) -> None:
    journal = keep_run(*TALK) / "events.jsonl"
    whole = journal.read_bytes()
    with journal.open("ab") as file:
        file.write(whole.splitlines(keepends=True)[-1].replace(b'"seq":20', b'"seq":21')[:-20])

    assert run_command(["show", "r-1", "--events"]) == 0
    assert capfdbinary.readouterr() == (whole, b"")
    assert run_command(["show", "r-1", "--events", "--step", "b"]) == 0
    assert capfdbinary.readouterr().out == b"".join(whole.splitlines(keepends=True)[-3:-1])


def test_following_a_run_that_has_ended_prints_it_and_ends(capsys: Captured) -> None:
    journal = keep_run(*TALK) / "events.jsonl"

    unsealed = re.sub(r',"crc":"[0-9a-f]{8}"}$', "}", journal.read_text(), flags=re.MULTILINE)
    assert shown(capsys, "r-1", "--follow", "--events") == unsealed
    assert [line.split()[2] for line in shown(capsys, "r-1", "--follow", "--tools").splitlines()] == [
        "view",
        "bash",
    ]


@pytest.mark.usefixtures("_a_real_run")
def test_following_says_what_the_run_said_and_sums_it_up(capsys: Captured) -> None:
    lines = [line.split()[1:3] for line in shown(capsys, "@last", "--follow").splitlines()]

    assert lines[1:6] == [
        ["scan", "started"],
        ["scan", "done"],
        ["fix", "started"],
        ["fix", "FAILED"],
        ["with", "1"],
    ]
    only = shown(capsys, "@last", "--follow", "--step", "fix").splitlines()
    assert [line.split()[1:3] for line in only[1:]] == [["fix", "started"], ["fix", "FAILED"]]


def test_following_a_run_whose_process_is_gone_ends_with_the_way_on(capsys: Captured) -> None:
    keep_run(starts("a"))

    assert run_command(["show", "r-1", "--follow", "--tools"]) == 0

    out, err = capsys.readouterr()
    assert out == ""
    assert err.endswith("nobody works on the run any more\nnext: goflow resume r-1\n")


def test_a_run_whose_workflow_is_not_known_is_followed_by_its_events_alone(capsys: Captured) -> None:
    keep_run(*runs("a"), COMPLETED)

    assert refusal(capsys, "r-1", "--follow") == (
        1,
        "error: the run's workflow is not known any more",
        "help: `--follow --events` prints its events",
    )


def test_a_run_of_the_original_is_shown(capsys: Captured) -> None:
    folder = keep_original(steps={**OLD_STEPS, "02_late": {"step_id": "late", "status": "pending"}})
    (folder / "memory.md").write_text("Seed\n[2026-03-29T10:00:02Z] [scanner] one\n  more\n[no] entry\n")

    assert shown(capsys, "old-1") == (
        "run       old-1\n"
        "workflow  old\n"
        "status    completed\n"
        f"started   {local_time(1_774_778_400_123)}\n"
        f"ended     {local_time(1_774_778_409_000)}\n"
        "time      8.9s\n"
        "input     files = *.go\n"
        "models    gpt-4o\n"
        "memory    1 entry\n"
        f"folder    {folder}\n"
        "origin    the original goflow, which keeps no journal\n"
        "\n"
        "steps\n"
        "  scan    completed  3.0s        gpt-4o\n"
        "  fix     failed     5.0s\n"
        "      no such model\n"
        "  report  skipped\n"
        "      condition not met: step 'scan' does not contain 'CLEAN'\n"
        "  late    pending\n"
        "\n"
        "next: goflow show old-1 --step ID\n"
    )
    assert "\nprompt\n  Scan *.go\n\noutput\n  ISSUES FOUND\n" in shown(capsys, "old-1", "--step", "scan")


def test_texts_of_the_original_come_byte_for_byte(capfdbinary: Bytes) -> None:
    steps = {"00_a": {**OLD_STEPS["00_scan"], "step_id": "a", "output": b"\xff\xfe not text\n"}}
    keep_original(steps=steps)

    assert run_command(["show", "old-1", "--output"]) == 0
    assert capfdbinary.readouterr() == (b"\xff\xfe not text\n", b"")


@pytest.mark.parametrize(
    ("arguments", "message", "hint"),
    [
        ("", "no run is named", "goflow show RUN; `@last` is the newest"),
        ("r-9", "there is no run `r-9`", "the newest are `r-1`, `old-1`"),
        ("r-1 --step c", "the run has no step `c`", "its steps: `a`, `b`"),
        ("r-1 --step aa", "the run has no step `aa`", "did you mean `a`?"),
        ("r-1 --output", "no step is named", "`--step ID`, of `a`, `b`"),
        ("r-1 --output --prompt", "`--prompt` and `--output` both say what is shown", "leave one out"),
        ("r-1 --tools --events", "`--tools` and `--events` both say what is shown", "leave one out"),
        ("r-1 --prompt --json", "`--prompt` prints the text itself, not JSON", "leave one out"),
        (
            "r-1 --output --follow",
            "`--output` is not followed",
            "`--follow` goes with `--tools` and `--events`",
        ),
        (
            "r-1 --json --follow",
            "`--follow` prints no JSON of its own",
            "`--follow --events` prints JSON lines",
        ),
        (
            "old-1 --events",
            f"`{RUNS}/2026-03-29T10-00-00_old-1` was made by the original goflow: it has no journal",
            "`goflow show` shows what it has kept; `goflow run` starts its workflow again",
        ),
    ],
)
def test_what_cannot_be_shown_is_refused(arguments: str, message: str, hint: str, capsys: Captured) -> None:
    keep_original()
    keep_run(*runs("a"), *runs("b"))

    assert refusal(capsys, *arguments.split()) == (2, f"error: {message}", f"help: {hint}")


def test_a_text_that_is_not_there_is_a_failure(capsys: Captured) -> None:
    keep_run(skipped("a"))

    assert refusal(capsys, "r-1", "--output")[:2] == (
        1,
        "error: step `a` has no output: its status is `skipped`",
    )


def test_a_run_without_steps_has_no_text(capsys: Captured) -> None:
    keep_run()

    assert refusal(capsys, "r-1", "--output") == (
        2,
        "error: no step is named",
        "help: `--step ID`, of none yet",
    )


@pytest.mark.parametrize("part", [(), ("--events",), ("--step", "a")])
def test_a_broken_journal_is_an_error_that_names_the_line(part: tuple[str, ...], capsys: Captured) -> None:
    journal = keep_run(*runs("a")) / "events.jsonl"
    journal.write_bytes(journal.read_bytes().replace(b'"step":"a"', b'"step":"b"', 1))

    code, message, hint = refusal(capsys, "r-1", *part)

    assert code == 1
    assert message.startswith(f"error: line 3 of `{journal}` cannot be read: ")
    assert "the 2 events before it are whole" in hint


def test_a_journal_without_events_is_an_error(capsys: Captured) -> None:
    folder = keep_run()
    (folder / "events.jsonl").write_bytes(b"")

    assert refusal(capsys, str(folder))[:2] == (1, f"error: `{folder}` holds no event of a run")
