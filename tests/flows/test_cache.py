"""Answers across runs: a second run asks nobody, and an edit asks what it touches and no more."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

import pytest

from goflow.events import AttemptStarted
from goflow.journal.finding import runs_in
from goflow.journal.reader import read_events
from tests.flows.goflow_process import Done, goflow, made_equal

FLOW: Final = Path("flow.yaml")
SCRIPT: Final = Path("answers.yaml")
CONSTANT: Final = "default: {answer: the same}\n"
ECHO: Final = 'default: {answer: "{{prompt}}!"}\n'
CHAIN: Final = """\
name: chain
steps:
  - {id: draft, prompt: Write}
  - {id: check, prompt: "Check {{steps.draft.output}}", depends_on: [draft]}
"""


def run(*flags: str, script: str = CONSTANT, environ: Mapping[str, str] | None = None) -> Done:
    SCRIPT.write_text(script, encoding="utf-8")
    done = goflow("run", str(FLOW), f"--mock={SCRIPT}", *flags, environ=environ)
    assert done.code == 0, done.stderr
    return done


def asked() -> list[str]:
    """Return the steps that the newest run asked, in order."""
    facts = (event.fact for event in read_events(next(runs_in(Path(".workflow-runs")))))
    return [fact.step for fact in facts if isinstance(fact, AttemptStarted)]


def explained(step: str, *flags: str) -> str:
    done = goflow("explain-step", "@last", step, *flags)
    assert (done.code, done.stderr) == (0, "")
    return made_equal(done.stdout.decode(), Path.cwd())


def tree_of_steps(changed: Mapping[int, str] | None = None) -> str:
    """Return a workflow of 100 steps, each of which reads the one at half its number."""
    steps = []
    for number in range(100):
        own = (changed or {}).get(number, f"Do {number}.")
        if number == 0:
            steps.append(f"  - {{id: s0, prompt: '{own}'}}")
        else:
            above = f"s{(number - 1) // 2}"
            steps.append(
                f"  - {{id: s{number}, depends_on: [{above}], prompt: '{own} {{{{steps.{above}.output}}}}'}}"
            )
    return "name: tree\nsteps:\n" + "\n".join(steps) + "\n"


def below(number: int) -> set[str]:
    found = {f"s{number}"}
    for child in (2 * number + 1, 2 * number + 2):
        if child < 100:
            found |= below(child)
    return found


def test_a_second_run_asks_nobody_and_says_the_same() -> None:
    FLOW.write_text(CHAIN)
    first = run("--cache")
    assert asked() == ["draft", "check"]

    second = run("--cache")

    assert asked() == []
    assert second.stdout == first.stdout
    assert "reused    from cache" in second.stderr


def test_without_the_flag_nothing_is_kept_and_nothing_taken() -> None:
    FLOW.write_text(CHAIN)
    run()
    run("--cache")
    assert asked() == ["draft", "check"]
    run()
    assert asked() == ["draft", "check"]


@pytest.mark.parametrize(("script", "again"), [(ECHO, below(3)), (CONSTANT, {"s3"})])
def test_an_edited_prompt_of_a_hundred_steps_asks_it_and_what_its_answer_changes(
    script: str, again: set[str]
) -> None:
    FLOW.write_text(tree_of_steps())
    run("--cache", script=script)
    assert len(asked()) == 100

    FLOW.write_text(tree_of_steps({3: "Do it otherwise."}))
    run("--cache", script=script)

    assert sorted(asked()) == sorted(again)


def test_a_comment_and_an_order_of_keys_ask_nobody() -> None:
    FLOW.write_text(CHAIN)
    run("--cache")
    FLOW.write_text(
        f"# new\n{CHAIN}".replace("{id: draft, prompt: Write}", "{prompt: Write, id: draft} # so")
    )

    run("--cache")

    assert asked() == []


def test_a_changed_agent_file_asks_those_who_use_it() -> None:
    for name in ("one", "two"):
        Path(f"{name}.agent.md").write_text(f"---\nname: {name}\ntools: [view]\n---\nYou are {name}.\n")
    FLOW.write_text(
        "name: x\nagents: {one: {file: one.agent.md}, two: {file: two.agent.md}}\nsteps:\n"
        "  - {id: a, agent: one, prompt: p}\n  - {id: b, agent: two, prompt: p}\n"
        "  - {id: c, agent: one, prompt: q}\n"
    )
    run("--cache")
    Path("one.agent.md").write_text("---\nname: one\ntools: [view]\n---\nYou are another one.\n")

    run("--cache")

    assert sorted(asked()) == ["a", "c"]


def test_an_answer_of_one_script_or_backend_is_none_of_another() -> None:
    FLOW.write_text(CHAIN)
    run("--cache")
    run("--cache", script=ECHO)
    assert asked() == ["draft", "check"]


def test_a_step_keeps_what_it_says_whatever_the_flag_says() -> None:
    FLOW.write_text(
        "name: x\nconfig: {cache: true}\nagents: {one: {inline: {prompt: p, tools: [view], cache: false}}}\n"
        "steps:\n  - {id: plain, agent: assistant, prompt: a}\n  - {id: never, agent: one, prompt: b}\n"
        "  - {id: own, agent: one, prompt: c, cache: {ttl: 24h, scope: workflow}}\n"
        "  - {id: off, agent: assistant, prompt: d, cache: false}\n".replace("agent: assistant, ", "")
    )
    run("--cache")
    run("--cache")
    with_flag = sorted(asked())
    run()
    without_flag = sorted(asked())
    run("--no-cache")

    assert with_flag == without_flag == ["never", "off", "plain"]
    assert sorted(asked()) == ["never", "off", "own", "plain"]


def test_the_scope_of_a_workflow_is_its_file() -> None:
    FLOW.write_text("name: x\nconfig: {cache: {scope: workflow}}\nsteps:\n  - {id: a, prompt: p}\n")
    run()
    other = Path("other.yaml")
    other.write_text(FLOW.read_text())
    assert goflow("run", str(other), f"--mock={SCRIPT}").code == 0
    assert asked() == ["a"]
    run()
    assert asked() == []


TOOLS: Final = """\
name: tools
agents:
  one: {inline: {prompt: p, tools: [view, create_file]}}
steps:
  - {id: reads, agent: one, prompt: Look}
  - {id: writes, agent: one, prompt: Write}
  - {id: wants, agent: one, prompt: Write too, cache: true}
"""
CALLS: Final = """\
answers:
  - {step: reads, calls: [{tool: view, arguments: {path: note.txt}}], answer: seen}
  - {step: writes, calls: [{tool: create_file, arguments: {path: a.txt, content: x}}], answer: written}
  - {step: wants, calls: [{tool: create_file, arguments: {path: b.txt, content: x}}], answer: written}
"""


def test_what_may_have_changed_the_world_is_kept_only_when_asked() -> None:
    FLOW.write_text(TOOLS)
    Path("note.txt").write_text("a note")
    run("--cache", "--allow-all-tools", script=CALLS)

    run("--cache", "--allow-all-tools", script=CALLS)

    assert asked() == ["writes"]
    assert explained("writes") == (
        "writes was asked\n  because run r-RUN asked the same, and its answer was not kept: "
        "the tool `create_file` may have changed the world\n"
    )


def test_another_folder_is_another_question_to_an_agent_with_tools() -> None:
    FLOW.write_text(TOOLS)
    Path("note.txt").write_text("a note")
    SCRIPT.write_text(CALLS)
    run("--cache", script=CALLS)
    Path("elsewhere").mkdir()
    files = [f"--mock={SCRIPT.absolute()}", "--cache", "--audit-dir", str(Path(".workflow-runs").absolute())]

    assert goflow("run", str(FLOW.absolute()), *files, "--step", "reads", cwd=Path("elsewhere")).code == 0

    assert asked() == ["reads"]


def test_a_step_that_asked_a_person_is_never_kept() -> None:
    FLOW.write_text(
        "name: x\nagents: {one: {inline: {prompt: p, tools: [view], cache: true}}}\n"
        "steps:\n  - {id: a, agent: one, prompt: p, interactive: true}\n"
    )
    script = "answers: [{step: a, calls: [{tool: ask_user, arguments: {question: Which?}}], answer: so}]\n"
    Path("said.yaml").write_text("a: this\n")
    run("--answers", "said.yaml", script=script)
    run("--answers", "said.yaml", script=script)

    assert asked() == ["a"]


def test_an_answer_from_the_cache_writes_its_memory_again() -> None:
    FLOW.write_text(
        "name: x\nconfig: {shared_memory: {enabled: true, inject_into_prompt: true}}\n"
        "agents: {one: {inline: {prompt: p, tools: [view]}}}\n"
        "steps:\n  - {id: a, agent: one, prompt: p}\n"
        "  - {id: b, agent: one, prompt: q, depends_on: [a], cache: false}\n"
    )
    script = (
        "answers:\n  - {step: a, calls: [{tool: write_memory, arguments: {text: found it}}], answer: noted}\n"
        '  - {step: b, answer: "{{prompt}}"}\n'
    )
    first = run("--cache", script=script)
    second = run("--cache", script=script)

    assert asked() == ["b"]
    assert second.stdout == first.stdout
    assert b"[one] found it" in second.stdout


def test_a_secret_in_a_prompt_is_asked_about_every_time() -> None:
    FLOW.write_text(
        "name: x\ninputs: {token: {secret: true}}\nsteps:\n"
        "  - {id: a, prompt: 'Use {{inputs.token}}'}\n  - {id: b, prompt: Use nothing}\n"
    )
    run("--cache", "-i", "token=first-secret")
    run("--cache", "-i", "token=second-secret")

    assert asked() == ["a"]
    assert "a secret may stand in what is asked" in explained("a")
    cached = [path.read_text() for path in (Path.home() / "cache").rglob("*.json")]
    assert len(cached) == 1
    assert "secret" not in cached[0]


def test_a_torn_entry_is_asked_for_again_and_a_cache_that_cannot_be_written_stops_nothing() -> None:
    FLOW.write_text(CHAIN)
    run("--cache")
    for path in (Path.home() / "cache").rglob("*.json"):
        path.write_bytes(path.read_bytes()[:-5])
    run("--cache")
    assert asked() == ["draft", "check"]

    Path("no-folder").write_text("")
    done = run("--cache", environ={"XDG_CACHE_HOME": str(Path("no-folder").absolute())})

    assert done.stderr.count("warning: the cache cannot be written") == 1


def test_a_small_cache_forgets() -> None:
    FLOW.write_text(CHAIN)
    run("--cache", environ={"GOFLOW_CACHE_SIZE": "900"})

    assert len(list((Path.home() / "cache").rglob("*.json"))) == 1


def test_a_rerun_and_a_resumed_run_use_the_cache_too() -> None:
    FLOW.write_text(CHAIN)
    run("--cache")
    run()
    assert goflow("rerun", "@last", "--cache", "--from", "check").code == 0
    assert asked() == ["check"]

    Path("later.yaml").write_text(f"# later\n{CONSTANT}")
    SCRIPT.write_text("answers: [{step: check, fail: rejected}]\ndefault: {answer: the same}\n")
    assert goflow("run", str(FLOW), f"--mock={SCRIPT}").code != 0
    done = goflow("resume", "@last", "--cache", "--mock=later.yaml")
    assert done.code == 0, done.stderr
    assert goflow("run", str(FLOW), "--mock=later.yaml", "--cache").code == 0
    assert asked() == ["draft"]


def test_it_is_explained_why_a_step_was_asked() -> None:
    FLOW.write_text(CHAIN)
    run("--cache", script=ECHO)
    assert explained("draft") == ("draft was asked\n  because no earlier run of this workflow is here\n")
    run("--cache", script=ECHO)
    assert explained("draft") == (
        "draft was not asked: its answer is from the cache, where the same was asked\n"
    )
    FLOW.write_text(CHAIN.replace("prompt: Write", "prompt: Write well"))
    run("--cache", script=ECHO)

    assert explained("draft") == (
        "draft was asked\n  because what it follows from is not what it was in run r-RUN: prompt\n\n"
        "prompt:\n  @@ -1 +1 @@\n  -Write\n  +Write well\n"
    )
    assert explained("check") == (
        "check was asked\n  because what it follows from is not what it was in run r-RUN: prompt, "
        "output of draft\n\n"
        "prompt:\n  @@ -1 +1 @@\n  -Check Write!\n  +Check Write well!\n\n"
        "output of draft:\n  @@ -1 +1 @@\n  -Write!\n  +Write well!\n"
    )


def test_it_is_explained_against_the_run_that_is_named_and_the_one_that_is_done_again() -> None:
    FLOW.write_text(CHAIN)
    run()
    run(script=ECHO)
    goflow("rerun", "@-2", "--from", "check")

    assert (
        explained("draft") == "draft was not asked: its answer is from run r-RUN, where the same was asked\n"
    )
    assert explained("check") == (
        "check was asked\n  because `goflow rerun` was told to ask it\n\n"
        "mock script:\n  @@ -1,2 +1,2 @@\n  -default: {answer: the same}\n"
        '  +default: {answer: "{{prompt}}!"}\n   \n'
    )
    assert "mock script" not in explained("check", "--against", "@-2")
    assert goflow("explain-step", "@last", "chek").code == 2
    assert goflow("explain-step", "@last").code == 2


def test_what_a_model_said_reaches_no_terminal_raw() -> None:
    FLOW.write_text(CHAIN)
    run(script='answers: [{step: draft, answer: "one\\e[31m"}]\ndefault: {answer: x}\n')
    run(script='answers: [{step: draft, answer: "two\\e[31m\\a"}]\ndefault: {answer: x}\n')

    told = explained("check")
    assert "two" in told
    assert not set(told) & {"\x1b", "\a"}
