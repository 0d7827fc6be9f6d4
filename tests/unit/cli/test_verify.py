"""Real runs, and what `goflow verify` says of them when they were changed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from goflow.cli.checking import check_file
from goflow.cli.main import run_command
from goflow.cli.verify import told
from goflow.events import AttemptStarted, Event, RunClaimed, RunCreated, StepCompleted, TimerFired, TimerKind
from goflow.journal.file import FileJournal
from goflow.journal.lock import hold
from goflow.journal.reader import read_events
from tests.unit.journal.whole_runs import keep

WORKFLOW = """
name: two
config: {shared_memory: {enabled: true, initial_content: "Begin."}}
inputs:
  token: {secret: true, default: s3cret}
steps:
  - {id: first, prompt: "one {{inputs.token}}"}
  - id: second
    prompt: "two, after {{steps.first.output}}"
    depends_on: [first]
    condition: {step: first, not_contains: "{{inputs.token}}"}
  - {id: third, prompt: three, depends_on: [second], condition: {step: second, equals: nothing}}
"""
RUN = Path("run")


@pytest.fixture(autouse=True)
def _a_run(capsys: pytest.CaptureFixture[str]) -> None:
    Path("two.yaml").write_text(WORKFLOW, encoding="utf-8")
    Path("mock.yaml").write_text('default: "{{prompt}}"\n', encoding="utf-8")
    assert run_command(["run", "two.yaml", "--mock=mock.yaml"]) == 0
    [folder] = Path(".workflow-runs").iterdir()
    folder.rename(RUN)
    capsys.readouterr()


def names_here() -> list[str]:
    return sorted(path.name for path in Path().iterdir())


def verified(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, list[str]]:
    code = run_command(["verify", *(arguments or ["run"])])
    said = capsys.readouterr()
    assert "bug" not in said.err
    return code, said.out.splitlines()


def test_a_whole_run_takes_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    run_id = read_events(RUN)[0].fact.run_id  # type: ignore[union-attr]
    before = {path: path.read_bytes() for path in RUN.rglob("*") if path.is_file()}

    assert verified(capsys) == (0, [f"✓ run: run {run_id}, completed: 8 events, 2 sources"])

    assert {path: path.read_bytes() for path in RUN.rglob("*") if path.is_file()} == before


def test_a_whole_export_takes_one_line_and_gives_its_last_hash(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(["export", "run", "-o", "run.jsonl"]) == 0
    capsys.readouterr()
    digest = check_file(Path("run.jsonl")).facts[-64:]

    code, [line] = verified(capsys, "run.jsonl")

    assert code == 0
    assert line.endswith(f", completed: 8 events, 2 sources, last hash {digest}")
    assert digest in Path("run.jsonl").read_text()


def edit(name: str) -> Callable[[], None]:
    def change() -> None:
        (RUN / name).write_text("edited")

    return change


def remove(name: str) -> Callable[[], None]:
    return (RUN / name).unlink


def add_output() -> None:
    (RUN / "steps/02_third/output.md").write_text("made up")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (edit("steps/00_first/output.md"), "`steps/00_first/output.md`: it is not what the events say"),
        (edit("steps/01_second/prompt.md"), "`steps/01_second/prompt.md`: it is not what the events say"),
        (
            edit("steps/02_third/step.meta.json"),
            "`steps/02_third/step.meta.json`: it is not what the events say",
        ),
        (edit("workflow.yaml"), "`workflow.yaml`: it is not what the events say"),
        (edit("memory.md"), "`memory.md`: it is not what the events say"),
        (remove("final_output.md"), "`final_output.md`: it is missing"),
        (remove("workflow.meta.json"), "`workflow.meta.json`: it is missing"),
        (add_output, "`steps/02_third/output.md`: it should not be there: no event gives it"),
    ],
)
def test_an_edited_file_is_told_and_resume_makes_it_again(
    change: Callable[[], None], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    change()

    assert verified(capsys) == (
        1,
        [said, "✗ run: 1 thing is wrong; `goflow resume run` makes its files from the events again"],
    )

    assert run_command(["resume", "run", "-i", "token=s3cret"]) == 0
    capsys.readouterr()
    assert verified(capsys)[0] == 0


def test_files_of_a_run_that_goes_on_or_was_broken_off_are_not_judged(
    capsys: pytest.CaptureFixture[str],
) -> None:
    edit("final_output.md")()
    with hold(RUN, "r"):
        assert verified(capsys)[0] == 0
    lines = (RUN / "events.jsonl").read_bytes().splitlines(keepends=True)
    (RUN / "events.jsonl").write_bytes(b"".join(lines[:-1]))

    code, [line] = verified(capsys)

    assert code == 0
    assert ", interrupted: 7 events" in line
    with hold(RUN, "r"):
        assert ", running: 7 events" in verified(capsys)[1][0]


def broken_journal() -> None:
    path = RUN / "events.jsonl"
    path.write_bytes(path.read_bytes().replace(b'"output":"two, after', b'"output":"two, before'))


def test_an_edited_event_is_told_and_what_is_whole_can_be_gone_on_with(
    capsys: pytest.CaptureFixture[str],
) -> None:
    whole = (RUN / "final_output.md").read_bytes()
    broken_journal()

    code, lines = verified(capsys)

    assert code == 1
    assert lines[0].startswith("line 6 of `events.jsonl`: ")
    assert lines[1] == (
        "✗ run: 1 thing is wrong; its first 5 events are whole: `goflow verify run --salvage DIR` keeps them"
    )
    assert run_command(["verify", "run", "--salvage", "saved"]) == 1
    assert capsys.readouterr().err == "saved 5 events in `saved`\nnext: goflow resume saved\n"
    assert run_command(["resume", "saved", "-i", "token=s3cret"]) == 0
    capsys.readouterr()
    assert (Path("saved") / "final_output.md").read_bytes() == whole
    assert verified(capsys, "saved")[0] == 0
    assert len(read_events(Path("saved"))) == 10


def test_a_resume_of_a_broken_run_names_the_line_and_the_way_on(capsys: pytest.CaptureFixture[str]) -> None:
    broken_journal()

    assert run_command(["resume", "run", "-i", "token=s3cret"]) == 1

    assert capsys.readouterr().err == (
        "error: line 6 of `run/events.jsonl` cannot be read: it was changed, "
        "for its checksum does not match\n"
        "help: the 5 events before it are whole: `goflow verify run --salvage DIR` keeps them\n"
    )


def test_a_source_that_is_missing_is_told_by_verify_and_by_resume(
    capsys: pytest.CaptureFixture[str],
) -> None:
    source = next(path for path in (RUN / "sources").iterdir() if path.read_text() == WORKFLOW)
    source.unlink()
    path = Path("two.yaml").absolute()

    assert verified(capsys)[1][0] == f"the source `{path}`: `{source}` is missing"

    assert run_command(["resume", "run"]) == 1
    assert capsys.readouterr().err == (
        f"error: `{source}` is missing\n"
        f"help: it held `{path}` as it was: put a copy of that file in its place\n"
    )
    assert run_command(["verify", "run", "--salvage", "saved"]) == 1
    assert f"warning: not saved: `{source}` is missing\n" in capsys.readouterr().err


def rewritten(change: Callable[[Event], Event]) -> None:
    """Write the journal once more, well formed, with other events."""
    import asyncio

    events = [change(event) for event in read_events(RUN)]
    (RUN / "events.jsonl").unlink()

    async def main() -> None:
        async with FileJournal(RUN) as journal:
            await journal.append(events, expected_seq=0, epoch=0)

    asyncio.run(main())


def test_events_that_cannot_follow_each_other_are_told(capsys: pytest.CaptureFixture[str]) -> None:
    rewritten(
        lambda event: (
            replace(event, fact=replace(event.fact, step="second"))
            if isinstance(event.fact, StepCompleted) and event.fact.step == "first"
            else event
        )
    )

    code, lines = verified(capsys)

    assert code == 1
    assert lines[0] == (
        "line 4 of `events.jsonl`: its event cannot follow those before it: "
        "StepCompleted cannot meet step 'second', which is pending"
    )
    assert run_command(["export", "run", "-o", "run.jsonl"]) == 0
    capsys.readouterr()
    assert verified(capsys, "run.jsonl")[1][0].startswith("line 7: its event cannot follow")


def test_a_timer_of_no_step_is_told_and_not_raised(capsys: pytest.CaptureFixture[str]) -> None:
    rewritten(
        lambda event: (
            replace(event, fact=TimerFired(timer=TimerKind.RETRY))
            if isinstance(event.fact, AttemptStarted)
            else event
        )
    )

    lines = verified(capsys)[1]

    assert lines[0].startswith("line 3 of `events.jsonl`: its event cannot follow those before it: ")


def test_sources_that_make_no_plan_are_told(capsys: pytest.CaptureFixture[str]) -> None:
    from hashlib import sha256

    content = b"name: two\nsteps: [{id: first, depends_on: [first]}]\n"
    digest = sha256(content).hexdigest()
    (RUN / "sources" / digest).write_bytes(content)

    def change(event: Event) -> Event:
        if not isinstance(event.fact, RunCreated):
            return event
        first, *rest = event.fact.sources
        return replace(event, fact=replace(event.fact, sources=(replace(first, digest=digest), *rest)))

    rewritten(change)

    assert (
        verified(capsys)[1][0]
        == f"the sources: they make no plan: `{Path('two.yaml').absolute()}`, as it was kept, holds mistakes"
    )


def test_a_damaged_export_says_what_is_whole(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(["export", "run", "-o", "run.jsonl"]) == 0
    capsys.readouterr()
    content = Path("run.jsonl").read_bytes()
    Path("run.jsonl").write_bytes(content[:-300])

    code, lines = verified(capsys, "run.jsonl")

    assert code == 1
    assert lines[-1] == "✗ run.jsonl: 1 thing is wrong; its first 7 events are whole"
    Path("run.jsonl").write_bytes(b"not ours")
    assert verified(capsys, "run.jsonl")[1] == [
        "line 1: this is no export of goflow: it has no end: the file was cut off",
        "✗ run.jsonl: 1 thing is wrong",
    ]


def test_names_that_lead_elsewhere_lead_nowhere(capsys: pytest.CaptureFixture[str]) -> None:
    keep(Path("other"))
    assert run_command(["export", "other", "-o", "run.jsonl"]) == 0
    Path("run.jsonl").write_text(
        Path("run.jsonl").read_text().replace("/w/../w/", "/w/../../../../tmp/"), encoding="utf-8"
    )
    capsys.readouterr()
    before = names_here()

    code, lines = verified(capsys, "run.jsonl")

    assert code == 1
    assert "\x1b" not in "".join(lines)
    assert names_here() == before


def test_more_damage_than_is_kept_is_counted() -> None:
    lines = ["x\n"] * 150
    Path("run.jsonl").write_text(
        '{"kind":"header","format":"goflow-export","v":1,"run":"r-1","goflow_version":"0"}\n' + "".join(lines)
    )

    said = told(check_file(Path("run.jsonl")), has_unicode=False).splitlines()

    assert len(said) == 102
    assert said[-2:] == [
        "... and 51 more",
        "x run.jsonl: 151 things are wrong; none of its events is whole",
    ]


REFUSED = [
    ("", "no run is named", "goflow verify RUN, or goflow verify FILE; `@last` is the newest"),
    ("no.jsonl", "`no.jsonl` does not exist", None),
    (
        "two.yaml --salvage saved",
        "`--salvage` takes a run, not an export",
        "usage: goflow verify RUN, or goflow verify FILE",
    ),
    ("run --salvage two.yaml", "`two.yaml` is there already", "`--salvage` names a folder to be made"),
]


@pytest.mark.parametrize(("arguments", "message", "help_text"), REFUSED)
def test_what_cannot_be_checked_is_refused(
    arguments: str, message: str, help_text: str | None, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_command(["verify", *arguments.split()]) == 2

    help_line = f"help: {help_text}\n" if help_text is not None else ""
    assert capsys.readouterr().err == f"error: {message}\n{help_line}"


def test_a_whole_run_can_be_copied_too(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(["verify", "run", "--salvage", "copy"]) == 0
    capsys.readouterr()

    assert [event.fact for event in read_events(Path("copy"))] == [event.fact for event in read_events(RUN)]
    assert not any(isinstance(event.fact, RunClaimed) and event.fact.epoch > 1 for event in read_events(RUN))
