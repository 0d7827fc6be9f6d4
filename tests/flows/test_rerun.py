"""Runs that take results from earlier ones: by `rerun`, and by `resume --allow-changed`."""

from __future__ import annotations

import json
import re
from hashlib import sha256
from pathlib import Path

import pytest

from tests.flows.goflow_process import Done, goflow

SCRIPT = """
answers:
  - {step: plan, answer: the plan}
  - {step: b, prompt: {contains: ships}, fail: rejected, message: no ships}
default: "{{step}} of {{prompt}}"
"""
AGENT = "---\nname: worker\n---\nYou work.\n"


@pytest.fixture(autouse=True)
def _files() -> None:
    write()
    Path("mock.yaml").write_text(SCRIPT, encoding="utf-8")
    Path("worker.md").write_text(AGENT, encoding="utf-8")


def write(*, topic: str = "boats", of_a: str = "A {{steps.plan.output}}", more: str = "") -> None:
    Path("w.yaml").write_text(
        f"""
name: chain
{more}
inputs: {{topic: {{default: {topic}}}}}
agents: {{worker: {{file: worker.md}}, other: {{inline: {{prompt: You help.}}}}}}
steps:
  - {{id: plan, agent: other, prompt: "Plan {{{{inputs.topic}}}}"}}
  - {{id: a, agent: worker, prompt: "{of_a}", depends_on: [plan]}}
  - {{id: b, agent: other, prompt: "B {{{{steps.plan.output}}}} {{{{inputs.topic}}}}", depends_on: [plan]}}
  - {{id: sum, agent: other, prompt: "Sum {{{{steps.a.output}}}} {{{{steps.b.output}}}}", depends_on: [a, b]}}
output: {{steps: [sum], format: plain}}
""",
        encoding="utf-8",
    )


def run(*arguments: str) -> Done:
    return goflow(*arguments, "--mock=mock.yaml", "--json")


def asked_in(done: Done) -> list[str]:
    """Return the steps that somebody was asked for, in order."""
    assert done.code in {0, 3}, done.stderr
    return [event["step"] for event in events_of(done) if event["type"] == "attempt.started"]


def events_of(done: Done) -> list[dict[str, str]]:
    return [json.loads(line) for line in done.stdout.splitlines()]


def reused_in(done: Done) -> dict[str, str]:
    return {event["step"]: event["origin"] for event in events_of(done) if event["type"] == "step.reused"}


def run_of(done: Done) -> str:
    return events_of(done)[0]["run"]


def test_alone_it_asks_everything_again_in_a_new_run() -> None:
    first = run("run", "w.yaml")

    again = run("rerun", "@last")

    assert asked_in(again) == asked_in(first) == ["plan", "a", "b", "sum"]
    assert run_of(again) != run_of(first)


def test_from_a_step_on_it_asks_that_and_what_comes_after() -> None:
    first = run("run", "w.yaml")

    again = run("rerun", "@last", "--from", "a")

    assert asked_in(again) == ["a", "sum"]
    assert reused_in(again) == {"plan": run_of(first), "b": run_of(first)}


def test_a_single_step_leaves_all_others_as_they_were() -> None:
    run("run", "w.yaml")

    again = run("rerun", "@last", "--only", "plan")

    assert asked_in(again) == ["plan"]
    assert sorted(reused_in(again)) == ["a", "b", "sum"]


def test_what_had_failed_is_asked_again_with_what_read_its_empty_output() -> None:
    write(topic="ships")
    failed = run("run", "w.yaml")
    Path("mock.yaml").write_text(
        SCRIPT.replace("fail: rejected, message: no ships", "answer: now"), encoding="utf-8"
    )

    again = run("rerun", "@last", "--failed")

    assert failed.code == 3
    assert asked_in(again) == ["b", "sum"]
    assert again.code == 0


def test_other_inputs_ask_only_what_says_something_else_because_of_them() -> None:
    run("run", "w.yaml")

    again = run("rerun", "@last", "-i", "topic=planes")

    assert asked_in(again) == ["plan", "b", "sum"]


def test_all_asks_everything_again_with_other_inputs_too() -> None:
    run("run", "w.yaml")

    assert asked_in(run("rerun", "@last", "--all", "-i", "topic=docks")) == ["plan", "a", "b", "sum"]


def test_another_model_is_asked_everything() -> None:
    run("run", "w.yaml")

    assert asked_in(run("rerun", "@last", "-m", "big")) == ["plan", "a", "b", "sum"]


def test_a_rerun_that_is_cut_off_takes_the_rest_when_it_goes_on() -> None:
    first = run("run", "w.yaml")
    Path("mock.yaml").write_text(SCRIPT + "# slower\n", encoding="utf-8")
    again = goflow("rerun", "@last", "--from", "a", "--mock=mock.yaml", "--json", "--timeout", "1ms")
    assert again.code == 6, again.stderr

    done = goflow("resume", "@last", "--json", "--timeout", "1m")

    steps = [event["step"] for event in events_of(again) + events_of(done) if event["type"] == "step.reused"]
    assert sorted(steps) == ["b", "plan"]
    assert run_of(done) == run_of(again) != run_of(first)
    assert done.code == 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--from", "pln"), "error: the workflow has no step `pln`\nhelp: did you mean `plan`?\n"),
        (
            ("--from", "a", "--failed"),
            "error: `--all`, `--from`, `--only`, `--failed` each say what runs again\n",
        ),
    ],
)
def test_what_cannot_be_meant_is_said(arguments: tuple[str, ...], message: str) -> None:
    run("run", "w.yaml")

    done = goflow("rerun", "@last", *arguments)

    assert done.code == 2
    assert done.stderr.startswith(message)


def test_a_step_without_a_result_cannot_be_kept() -> None:
    write(topic="ships")
    run("run", "w.yaml")

    done = goflow("rerun", "@last", "--only", "a")

    assert done.code == 2
    assert done.stderr.startswith("error: the earlier run has no result of `b`, so it cannot be kept\n")


def test_a_resumed_run_asks_what_is_written_differently_and_what_follows_from_it() -> None:
    run("run", "w.yaml")
    write(of_a="AA {{steps.plan.output}}")

    refused = goflow("resume", "@last")
    resumed = goflow("resume", "@last", "--allow-changed", "--json")

    assert refused.code == 2
    assert asked_in(resumed) == ["a", "sum"]


def test_a_comment_asks_nothing_and_an_agent_file_its_users() -> None:
    run("run", "w.yaml")
    write(more="# a comment\ndescription: another one")
    after_a_comment = goflow("resume", "@last", "--allow-changed", "--json")
    Path("worker.md").write_text(AGENT + "And well.\n", encoding="utf-8")
    after_the_agent = goflow("resume", "@last", "--allow-changed", "--json")

    assert asked_in(after_a_comment) == []
    assert asked_in(after_the_agent) == ["a"]
    assert reused_in(after_the_agent) == {"sum": run_of(after_the_agent)}


def wide(*, edited: str) -> None:
    """Write a hundred steps: a row of fifty pairs, each of which reads the one before it."""
    steps = ['  - {id: s0, prompt: "begin"}']
    for number in range(1, 100):
        before = number - 2 if number > 1 else 0
        words = edited if number == 49 else "go on from"
        text = f'"{words} {{{{steps.s{before}.output}}}}"'
        steps.append(f"  - {{id: s{number}, prompt: {text}, depends_on: [s{before}]}}")
    Path("w.yaml").write_text("name: wide\nsteps:\n" + "\n".join(steps) + "\n", encoding="utf-8")


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ("{{step}} of {{prompt}}", ["s49", *(f"s{number}" for number in range(51, 100, 2))]),
        ("the same", ["s49"]),
    ],
    ids=["outputs change", "outputs are the same"],
)
def test_one_edited_prompt_of_a_hundred_asks_what_it_must(answer: str, expected: list[str]) -> None:
    wide(edited="go on from")
    Path("mock.yaml").write_text(f'default: "{answer}"\n', encoding="utf-8")
    run("run", "w.yaml")
    wide(edited="now go on from")

    resumed = goflow("resume", "@last", "--allow-changed", "--json")

    assert asked_in(resumed) == expected


def test_a_file_given_as_an_input_is_relative_to_the_workflow_in_every_verb() -> None:
    folder = Path("flows")
    folder.mkdir()
    (folder / "s.yaml").write_text(
        "name: s\ninputs: {key: {secret: true}}\nsteps: [{id: only, prompt: 'Use {{inputs.key}}'}]\n",
        encoding="utf-8",
    )
    (folder / "key.txt").write_text("the key", encoding="utf-8")
    given = ("--mock", "-i", "key=@key.txt", "--progress", "none", "-o", "out.md")

    done = [
        goflow(*verb, *given) for verb in (("run", "flows/s.yaml"), ("resume", "@last"), ("rerun", "@last"))
    ]
    lost = [
        goflow(*verb, "--mock", "-i", "key=@no.txt") for verb in (("resume", "@last"), ("rerun", "@last"))
    ]

    assert [each.code for each in done] == [0, 0, 0], [each.stderr for each in done]
    told = (
        "error: the file `no.txt` of the input `key` does not exist\n"
        "help: a value that begins with `@` names a file, relative to the workflow file\n"
    )
    assert [each.stderr for each in lost] == [told, told]


@pytest.fixture
def given_by_file() -> None:
    """Run a workflow with an input from a file, which is then another one."""
    Path("i.yaml").write_text(
        "name: i\ninputs: {f: {}, g: {default: x}}\nsteps:\n"
        '  - {id: a, prompt: "{{inputs.f}}"}\n  - {id: b, prompt: "{{steps.a.output}}", depends_on: [a]}\n',
        encoding="utf-8",
    )
    Path("in.txt").write_text("one", encoding="utf-8")
    Path("other.txt").write_text("three", encoding="utf-8")
    assert run("run", "i.yaml", "-i", "f=@in.txt").code == 0
    Path("in.txt").write_text("two", encoding="utf-8")


def sources_of(done: Done) -> list[str]:
    return [Path(source["path"]).name for source in json.loads(done.stdout.splitlines()[0])["sources"]]


@pytest.mark.usefixtures("given_by_file")
def test_a_rerun_with_a_kept_input_does_not_look_at_the_file_that_it_came_from() -> None:
    again = run("rerun", "@last", "--from", "b")
    resumed = goflow("resume", "@last", "--json")

    assert "in.txt" not in sources_of(again)
    assert resumed.code == 0, resumed.stderr


@pytest.mark.usefixtures("given_by_file")
def test_a_rerun_is_made_from_the_file_of_a_new_input() -> None:
    again = run("rerun", "@last", "-i", "f=@other.txt")
    resumed = goflow("resume", "@last", "--json")
    Path("other.txt").write_text("four", encoding="utf-8")
    refused = goflow("resume", "@last", "--json")

    assert sources_of(again) == ["i.yaml", "other.txt", "mock.yaml"]
    assert resumed.code == 0, resumed.stderr
    assert refused.code == 2
    assert "other.txt` is different" in refused.stderr


@pytest.mark.usefixtures("given_by_file")
def test_a_run_that_goes_on_without_a_changed_input_file_is_made_from_it_no_more() -> None:
    refused = goflow("resume", "@last")
    allowed = goflow("resume", "@last", "--allow-changed", "--json")
    resumed = goflow("resume", "@last")

    assert (refused.code, allowed.code, resumed.code) == (2, 0, 0), resumed.stderr
    assert asked_in(allowed) == []


@pytest.mark.usefixtures("given_by_file")
def test_an_input_that_the_workflow_does_not_declare_is_warned_of_or_changes_nothing() -> None:
    alone = goflow("rerun", "@last", "-i", "ff=x")
    beside_another = goflow("rerun", "@last", "-i", "ff=x", "-i", "g=y")
    from_a_step = goflow("rerun", "@last", "-i", "ff=x", "--from", "b")

    told = "the workflow declares no input `ff`"
    assert (alone.code, alone.stderr) == (2, f"error: {told}\nhelp: did you mean `f`?\n")
    assert (beside_another.code, from_a_step.code) == (0, 0)
    for done in (beside_another, from_a_step):
        assert f"warning[GF130]: {told}\n" in done.stderr


def test_a_rerun_of_a_run_that_a_link_names_stands_beside_the_run() -> None:
    run("run", "w.yaml")
    (first,) = Path(".workflow-runs").iterdir()
    links = Path("links")
    links.mkdir()
    (links / "nightly").symlink_to(first.resolve())

    again = run("rerun", "links/nightly", "--from", "a")

    assert again.code == 0, again.stderr
    assert len(list(Path(".workflow-runs").iterdir())) == 2
    assert [path.name for path in links.iterdir()] == ["nightly"]


def test_a_step_that_the_earlier_run_left_out_is_told_from_one_that_there_is_not() -> None:
    run("run", "w.yaml", "--step", "a")

    left_out = run("rerun", "@last", "--from", "sum")
    unknown = run("rerun", "@last", "--only", "summ")

    assert (left_out.code, unknown.code) == (2, 2)
    told, help_line = left_out.stderr.splitlines()
    assert told == "error: the earlier run was narrowed by `--step a`, which leaves the step `sum` out"
    assert re.fullmatch("help: `goflow run .*w.yaml` runs it", help_line)
    assert unknown.stderr.startswith("error: the workflow has no step `summ`\n")


def test_a_replay_is_explained_by_the_name_of_its_recording_and_explains_no_other_run() -> None:
    run("run", "w.yaml", "--record", "w.jsonl")
    goflow("run", "w.yaml", "--replay", "w.jsonl")
    of_the_replay = goflow("explain-step", "@last", "a")
    write(of_a="AA {{steps.plan.output}}")
    run("run", "w.yaml")
    after_a_replay = goflow("explain-step", "@last", "a")

    digest = sha256(Path("w.jsonl").read_bytes()).hexdigest()
    [told] = [line for line in of_the_replay.stdout.decode().splitlines() if "w.jsonl" in line]
    assert told.startswith("  +")
    assert digest in told
    assert len(of_the_replay.stdout) < 2000
    assert " run.created" not in of_the_replay.stdout.decode()
    assert "not what it was in run" in after_a_replay.stdout.decode()
    assert ": prompt\n" in after_a_replay.stdout.decode()


@pytest.mark.parametrize("verb", ["resume", "rerun"])
def test_without_a_file_the_script_that_a_run_began_with_answers_again(verb: str) -> None:
    run("run", "w.yaml")

    help_text = " ".join(goflow(verb, "--help").stdout.decode().split())
    again = goflow("rerun", "@last", "--mock", "--json")

    assert "the script FILE answers, else the one that the run began with" in help_text
    assert next(event for event in events_of(again) if "output" in event)["output"] == "the plan"
