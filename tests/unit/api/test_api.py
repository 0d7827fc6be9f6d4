from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

import goflow
from goflow import RunOptions
from goflow.events import Event, Failure, FailureKind, RunClaimed, RunCreated, RunStatus, StepCompleted
from goflow.journal.commands import CancelRun
from goflow.journal.inbox import leave
from goflow.testing import AutojumpClock, MemoryJournal, ScriptedBackend

MOCK = RunOptions(backend="mock")
LASTING = Failure(kind=FailureKind.REJECTED, message="no")

WORKFLOW = """
name: pair
inputs:
  topic: {default: ships}
  token: {secret: true, default: hidden-canary}
agents:
  writer: {file: writer.agent.md}
steps:
  - {id: draft, agent: writer, prompt: "Write about {{inputs.topic}} with {{inputs.token}}"}
  - {id: aside, agent: writer, prompt: "Something else"}
  - {id: final, agent: writer, prompt: "Polish {{steps.draft.output}}", depends_on: [draft]}
"""


@pytest.fixture
def workflow() -> Path:
    Path("writer.agent.md").write_text("---\nname: writer\n---\nYou write.\n", encoding="utf-8")
    path = Path("pair.yaml")
    path.write_text(WORKFLOW, encoding="utf-8")
    return path


def run(workflow: Path, backend: ScriptedBackend, inputs: dict[str, str] | None = None) -> goflow.Run:
    return asyncio.run(goflow.run(workflow, inputs, host=goflow.this_host(backend=backend.open())))


def resume(backend: ScriptedBackend, **given: object) -> goflow.Run:
    host = goflow.this_host(backend=backend.open())
    return asyncio.run(goflow.resume("@last", host=host, **given))  # type: ignore[arg-type]


def journal_of(run: goflow.Run) -> str:
    assert run.folder is not None
    return (run.folder / "events.jsonl").read_text(encoding="utf-8")


def test_a_run_returns_outputs_and_leaves_a_folder(workflow: Path) -> None:
    done = asyncio.run(goflow.run(workflow, {"topic": "sails"}, options=MOCK))

    assert done.status is RunStatus.COMPLETED
    assert done.outputs == dict.fromkeys(("draft", "aside", "final"), "mock output")
    assert done.folder is not None
    assert done.folder.parent.name == ".workflow-runs"
    assert (done.folder / "steps/01_final/prompt.md").read_text(encoding="utf-8") == "Polish mock output"
    assert [event.seq for event in done.events] == list(range(1, len(done.events) + 1))


def test_a_run_with_a_journal_in_memory_leaves_nothing(workflow: Path) -> None:
    host = goflow.this_host(journal=MemoryJournal(), clock=AutojumpClock())
    before = sorted(Path.cwd().iterdir())
    done = asyncio.run(goflow.run(workflow, options=MOCK, host=host))

    assert done.folder is None
    assert done.outputs["final"] == "mock output"
    assert sorted(Path.cwd().iterdir()) == before


def test_the_first_events_say_everything_the_run_is_made_from(workflow: Path) -> None:
    done = run(workflow, ScriptedBackend())
    created, claimed = done.events[0].fact, done.events[1].fact

    assert isinstance(created, RunCreated)
    assert isinstance(claimed, RunClaimed)
    assert claimed.epoch == 1
    assert [(source.role, Path(source.path).name) for source in created.sources] == [
        ("workflow", "pair.yaml"),
        ("agent", "writer.agent.md"),
    ]
    assert done.folder is not None
    assert all((done.folder / "sources" / source.digest).is_file() for source in created.sources)


def test_a_secret_input_reaches_the_model_and_no_file(workflow: Path) -> None:
    backend = ScriptedBackend({"draft": ["I was told sk-canary-1234"]})
    done = run(workflow, backend, {"token": "sk-canary-1234"})

    assert "sk-canary-1234" in backend.requests[0].prompt
    assert done.outputs["draft"] == "I was told ***"
    assert done.folder is not None
    for path in done.folder.rglob("*"):
        assert path.is_dir() or b"sk-canary-1234" not in path.read_bytes(), path


def test_a_secret_is_supplied_again_on_resume_and_must_be_the_same(workflow: Path) -> None:
    run(workflow, ScriptedBackend({"draft": [LASTING]}), {"token": "sk-canary-1234"})
    with pytest.raises(goflow.UsageError, match="`token` is not the one that the run began with"):
        resume(ScriptedBackend())
    with pytest.raises(goflow.UsageError, match="`token` is not the one that the run began with"):
        resume(ScriptedBackend(), secrets={"token": "sk-another-1234"})
    backend = ScriptedBackend()
    resume(backend, secrets={"token": "sk-canary-1234"})

    assert [request.prompt for request in backend.requests] == [
        "Write about ships with sk-canary-1234",
        "Polish ok",
    ]


def test_resume_does_what_failed_and_asks_no_finished_step_again(workflow: Path) -> None:
    first = run(workflow, ScriptedBackend({"draft": [LASTING]}))
    assert first.status is RunStatus.COMPLETED
    backend = ScriptedBackend()
    again = resume(backend)

    assert [request.step for request in backend.requests] == ["draft", "final"]
    assert again.run_id == first.run_id
    assert again.outputs["draft"] == "ok"


def test_the_folder_of_a_run_can_be_resumed_as_the_path_that_it_is(workflow: Path) -> None:
    first = run(workflow, ScriptedBackend({"draft": [LASTING]}))
    assert first.folder is not None
    host = goflow.this_host(backend=ScriptedBackend().open())

    assert asyncio.run(goflow.resume(first.folder, host=host)).outputs["draft"] == "ok"


def test_resuming_a_finished_run_asks_nobody_and_writes_nothing(workflow: Path) -> None:
    first = run(workflow, ScriptedBackend())
    before = journal_of(first)
    backend = ScriptedBackend()

    assert resume(backend).outputs == first.outputs
    assert backend.requests == []
    assert journal_of(first) == before


def test_resume_says_which_files_have_changed(workflow: Path) -> None:
    run(workflow, ScriptedBackend({"draft": [LASTING]}))
    Path("writer.agent.md").write_text("You write well.", encoding="utf-8")
    workflow.unlink()

    with pytest.raises(goflow.UsageError) as caught:
        resume(ScriptedBackend())
    assert "pair.yaml` is gone; " in caught.value.message
    assert "writer.agent.md` is different" in caught.value.message
    assert caught.value.help is not None
    assert caught.value.help.startswith("put it back, or ")


def test_changed_files_are_used_when_they_are_allowed_and_then_kept(workflow: Path) -> None:
    run(workflow, ScriptedBackend({"draft": [LASTING], "final": [LASTING]}))
    renamed = WORKFLOW.replace("Polish", "Shorten").replace("  - {id: aside", "  - {id: other")
    changed = renamed + '  - {id: new, agent: writer, prompt: "Something new"}\n'
    workflow.write_text(changed, encoding="utf-8")
    backend = ScriptedBackend({"final": [LASTING]})
    done = resume(backend, allow_changed=True)
    assert sorted(request.step for request in backend.requests) == ["draft", "final", "new"]
    assert done.outputs["other"] == "ok"  # the step was only given another name
    later = ScriptedBackend()
    resume(later)

    assert [request.prompt for request in later.requests] == ["Shorten ok"]


def test_a_changed_script_counts_like_other_changed_files(workflow: Path) -> None:
    script = Path("script.yaml")
    script.write_text("answers: [{step: draft, fail: rejected}]", encoding="utf-8")
    host = goflow.this_host(mock_script=script)
    asyncio.run(goflow.run(workflow, options=MOCK, host=host))
    script.write_text("answers: [{step: draft, answer: mended}]", encoding="utf-8")

    with pytest.raises(goflow.UsageError, match=r"script\.yaml` is different"):
        asyncio.run(goflow.resume("@last"))
    again = asyncio.run(goflow.resume("@last", allow_changed=True))

    assert again.outputs["draft"] == "mended"


def test_a_run_cut_off_goes_on_and_keeps_the_failure_it_had(workflow: Path) -> None:
    done = run(workflow, ScriptedBackend({"draft": [LASTING]}))
    assert done.folder is not None
    journal = done.folder / "events.jsonl"
    lines = journal_of(done).splitlines(keepends=True)
    journal.write_text("".join(lines[:-1]), encoding="utf-8")
    backend = ScriptedBackend()
    again = resume(backend)

    assert backend.requests == []
    assert again.status is RunStatus.COMPLETED
    assert "draft" not in again.outputs


def test_two_owners_at_once_are_refused(workflow: Path) -> None:
    run(workflow, ScriptedBackend({"draft": [LASTING]}))

    class Nested(ScriptedBackend):
        async def run(self, request: object, ports: object) -> object:  # type: ignore[override]
            host = goflow.this_host(backend=ScriptedBackend().open())
            with pytest.raises(goflow.RunLocked):
                await goflow.resume("@last", host=host)
            return await super().run(request, ports)  # type: ignore[arg-type]

    assert resume(Nested()).outputs["draft"] == "ok"


def test_mistakes_are_raised_together_and_nothing_is_written(workflow: Path) -> None:
    workflow.write_text("steps:\n  - {id: a}\n  - {id: a, prompt: x, depends_on: [b]}\n", encoding="utf-8")

    with pytest.raises(goflow.InvalidWorkflow) as caught:
        asyncio.run(goflow.run(workflow, options=MOCK))
    assert len([p for p in caught.value.problems if p.severity is goflow.Severity.ERROR]) >= 3
    assert not Path(".workflow-runs").exists()


def test_an_unknown_step_is_refused_with_a_suggestion(workflow: Path) -> None:
    with pytest.raises(goflow.UsageError, match="has no step `finl`") as caught:
        asyncio.run(goflow.run(workflow, options=RunOptions(backend="mock", only_steps=("finl",))))
    assert caught.value.help == "did you mean `final`?"


def test_only_the_steps_asked_for_and_what_they_need_are_run(workflow: Path) -> None:
    done = asyncio.run(goflow.run(workflow, options=RunOptions(backend="mock", only_steps=("final",))))

    assert set(done.outputs) == {"draft", "final"}


def test_check_and_plan_ask_nobody_and_write_nothing(workflow: Path) -> None:
    assert [problem.code for problem in goflow.check(workflow)] == ["GF118"]
    plan = goflow.plan(workflow, {"topic": "x"})

    assert plan.levels == (("draft", "aside"), ("final",))
    assert not Path(".workflow-runs").exists()


def test_every_line_of_the_journal_is_json_with_the_same_run(workflow: Path) -> None:
    done = run(workflow, ScriptedBackend())
    lines = [json.loads(line) for line in journal_of(done).splitlines()]

    assert {line["run"] for line in lines} == {done.run_id}
    assert lines[0]["type"] == "run.created"
    assert [line["seq"] for line in lines] == list(range(1, len(lines) + 1))


def test_old_runs_are_removed_as_the_workflow_says(workflow: Path) -> None:
    workflow.write_text("config: {audit_retention: 2}\n" + WORKFLOW, encoding="utf-8")
    for _ in range(4):
        run(workflow, ScriptedBackend())

    assert len(list(Path(".workflow-runs").iterdir())) == 2


def test_an_event_is_what_a_reporter_sees(workflow: Path) -> None:
    seen: list[Event] = []

    class Seeing:
        def on_events(self, batch: object) -> None:
            seen.extend(batch)  # type: ignore[arg-type]

        def on_progress(self, progress: object) -> None:
            raise AssertionError

        async def close(self) -> None:
            return

    done = asyncio.run(goflow.run(workflow, options=MOCK, reporters=[Seeing()]))

    assert tuple(seen) == done.events
    assert sum(isinstance(event.fact, StepCompleted) for event in seen) == 3


def test_a_secret_from_a_file_is_masked_without_its_last_newline_and_line_by_line(workflow: Path) -> None:
    secret = "first-line-of-it\nsecond-line-of-it\n"
    backend = ScriptedBackend({"draft": ["the second is second-line-of-it, said first-line-of-it"]})
    done = run(workflow, backend, {"token": secret})

    assert done.outputs["draft"] == "the second is ***, said ***"


def test_a_cancellation_that_was_left_for_an_earlier_owner_stops_no_later_one(workflow: Path) -> None:
    first = run(workflow, ScriptedBackend({"draft": [LASTING]}))
    assert first.folder is not None
    leave(first.folder, CancelRun(run_id=first.run_id))

    assert resume(ScriptedBackend()).outputs["final"] == "ok"
    assert list((first.folder / "inbox").iterdir()) == []
