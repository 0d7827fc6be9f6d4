from __future__ import annotations

import gc
import hashlib
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from goflow.loader.load import load_bundle
from goflow.loader.reader import MEGABYTE, RecordedReader
from goflow.workflow import Bundle, SourceRole

WHOLE = """\
name: whole
agents:
  own: {file: ../agents/own.agent.md}
  unused: {file: unused.md}
  looked-up:
skills: [skills/a/SKILL.md]
config:
  shared_memory: {enabled: true, initial_content: first, initial_file: seed.md}
steps:
  - {id: a, prompt: b, agent: own, skills: [../b.md, skills/a/SKILL.md]}
  - {id: b, prompt: c, agent: found}
"""

FILES = {
    "flows/w.yaml": WHOLE,
    "agents/own.agent.md": "---\nname: x\n---\nmine",
    "flows/unused.md": "unused",
    ".claude/agents/looked.md": "---\nname: looked-up\n---\nhi",
    ".github/agents/found.md": "---\ncolor: red\n---\nhi",
    ".github/agents/idle.md": "idle",
    "flows/skills/a/SKILL.md": "---\nname: a\ndescription: does\nlicense: x\n---\nDo a.",
    "b.md": "Do b.",
    "flows/seed.md": "second\n",
    "flows/other.md": "not named",
}


def test_what_a_run_uses_is_recorded_and_nothing_else(
    write: Callable[..., None], load_from: Callable[..., Bundle], tmp_path: Path
) -> None:
    write(FILES)

    bundle = load_from("flows/w.yaml")

    assert {source.path: source.role for source in bundle.sources} == {
        str(tmp_path / "flows/w.yaml"): SourceRole.WORKFLOW,
        str(tmp_path / "agents/own.agent.md"): SourceRole.AGENT,
        str(tmp_path / "flows/unused.md"): SourceRole.AGENT,
        str(tmp_path / ".claude/agents/looked.md"): SourceRole.AGENT,
        str(tmp_path / ".github/agents/found.md"): SourceRole.AGENT,
        str(tmp_path / "flows/skills/a/SKILL.md"): SourceRole.SKILL,
        str(tmp_path / "b.md"): SourceRole.SKILL,
        str(tmp_path / "flows/seed.md"): SourceRole.MEMORY,
    }
    for source in bundle.sources:
        content = Path(source.path).read_bytes()
        assert (source.content, source.digest) == (content, hashlib.sha256(content).hexdigest())


def test_what_was_recorded_loads_like_the_disk_did(
    write: Callable[..., None], load_from: Callable[..., Bundle], tmp_path: Path
) -> None:
    write(FILES)
    bundle = load_from("flows/w.yaml")
    for name in FILES:
        (tmp_path / name).unlink()

    again = load_bundle(
        "flows/w.yaml", cwd=tmp_path, home=tmp_path / "home", reader=RecordedReader(bundle.sources)
    )

    assert again.workflow == bundle.workflow
    assert again.problems == bundle.problems
    assert again.memory_text == bundle.memory_text == "first\nsecond\n"
    assert again.sources == bundle.sources
    assert again.agents == {name: agent for name, agent in bundle.agents.items() if name != "idle"}


def test_paths_are_told_as_they_were_given(
    write: Callable[..., None], load_from: Callable[..., Bundle]
) -> None:
    write(FILES)

    bundle = load_from("./flows/../flows/w.yaml")

    assert bundle.shown_path == "./flows/../flows/w.yaml"
    assert Path(bundle.path).parts[-2:] == ("flows", "w.yaml")


def test_missing_files_are_told_where_they_are_named(
    load: Callable[..., Bundle], told: Callable[[Bundle], list[str]]
) -> None:
    bundle = load("""\
name: x
skills: [a.md]
config: {shared_memory: {initial_file: ../m.md}}
steps:
- {id: a, prompt: b, skills: [~, b.md, agents]}
""", {"agents/x": ""})  # fmt: skip

    assert told(bundle) == [
        "workflow.yaml:2:10: error[GF123] the skill file `a.md` does not exist",
        "workflow.yaml:5:34: error[GF123] the skill file `b.md` does not exist",
        "workflow.yaml:5:40: error[GF123] the skill file `agents` is a folder",
        "workflow.yaml:3:40: error[GF123] the memory file `../m.md` does not exist",
    ]
    assert bundle.problems[0].help == "tried `a.md`"


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("---\nname: [a]\n---\n", "skill.md:2:7: error[GF102] expected a text, found a list"),
        ("---\nname: a\n", "skill.md:1:1: error[GF017] the front matter has no end"),
        (b"\xff", "skill.md:1:1: error[GF004] not UTF-8: the byte 0xff at offset 0"),
    ],
)
def test_a_broken_skill_is_told_once(
    content: str | bytes, expected: str, load: Callable[..., Bundle], told: Callable[[Bundle], list[str]]
) -> None:
    bundle = load(
        "name: x\nskills: [skill.md]\nsteps: [{id: a, prompt: b, skills: [./skill.md]}]",
        {"skill.md": content},
    )

    assert told(bundle) == [expected]


def test_a_memory_may_have_content_alone(load: Callable[..., Bundle]) -> None:
    workflow = "name: x\nconfig: {shared_memory: {initial_content: hi}}\nsteps: [{id: a, prompt: b}]"

    assert load(workflow).memory_text == "hi"


def test_a_memory_that_is_not_text_is_a_mistake(
    load: Callable[..., Bundle], told: Callable[[Bundle], list[str]]
) -> None:
    workflow = "name: x\nconfig: {shared_memory: {initial_file: m}}\nsteps: [{id: a, prompt: b}]"

    assert told(load(workflow, {"m": b"a\nb\xfe"})) == [
        "m:2:2: error[GF004] not UTF-8: the byte 0xfe at offset 3"
    ]


def test_a_workflow_that_does_not_exist_is_a_problem_without_a_place(
    load_from: Callable[..., Bundle], told: Callable[[Bundle], list[str]]
) -> None:
    bundle = load_from("nothing.yaml")

    assert told(bundle) == ["error[GF001] `nothing.yaml` does not exist"]
    assert (bundle.sources, bundle.locators, bundle.workflow.name) == ((), {}, "nothing")


def test_a_folder_is_no_workflow(
    load_from: Callable[..., Bundle], told: Callable[[Bundle], list[str]], tmp_path: Path
) -> None:
    (tmp_path / "flows").mkdir()

    assert told(load_from("flows")) == ["error[GF001] `flows` is a folder"]


def test_a_file_of_50_mb_is_refused_with_the_limit(
    load_from: Callable[..., Bundle], told: Callable[[Bundle], list[str]], tmp_path: Path
) -> None:
    with (tmp_path / "big.yaml").open("wb") as file:
        file.truncate(50 * MEGABYTE)

    assert told(load_from("big.yaml")) == ["error[GF001] `big.yaml` is larger than 32 MB"]


def test_what_a_workflow_is_called_names_no_place_outside(load: Callable[..., Bundle]) -> None:
    bundle = load("name: ../../etc\nsteps: [{id: a, prompt: b}]")

    assert bundle.problems == ()
    assert bundle.workflow.name == "../../etc"


@pytest.mark.parametrize("was_enabled", [True, False])
def test_the_collector_is_left_as_it_was(was_enabled: bool, load: Callable[..., Bundle]) -> None:  # noqa: FBT001
    assert gc.isenabled()
    try:
        if not was_enabled:
            gc.disable()
        load("name: x\nsteps: [")
        assert gc.isenabled() is was_enabled
    finally:
        gc.enable()


def test_a_relative_path_does_not_depend_on_the_process(
    write: Callable[..., None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write({"here/w.yaml": "name: x\nsteps: [{id: a, prompt: b}]"})
    monkeypatch.chdir(os.sep)

    assert load_bundle("w.yaml", cwd=tmp_path / "here").problems == ()
