"""Runs of agents that act, killed in the midst of it: nothing is asked or remembered a second time."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

import goflow
from goflow.cli.checking import check_run
from goflow.events import QuestionAsked
from goflow.journal.seal import is_sealed
from tests.crash.acting import ANSWERS, DONE, EVERY_ENTRY, MOST_AT_ONCE, Model, workflow
from tests.crash.course import run_in, texts
from tests.crash.killer import CALM, Killer, forking
from tests.model_server import model_server

ACTING = Path("acting.yaml")


def write_files(url: str) -> None:
    ACTING.write_text(workflow(url), encoding="utf-8")
    Path("answers.yaml").write_text(ANSWERS, encoding="utf-8")
    Path("notes.md").write_text("a heron\n", encoding="utf-8")
    Path("made.txt").write_text("to be replaced, so that a call made twice says the same", encoding="utf-8")


@pytest.mark.crash
@pytest.mark.timeout(600)
def test_a_run_of_agents_killed_at_any_moment_asks_again_only_what_was_under_way(kills: int) -> None:
    begin = ("run", str(ACTING), "--model", "m", "--allow-all-tools")
    model = Model()

    async def main() -> None:
        async with model_server(model) as server, forking() as starts:
            killer = Killer(begin, always=("--answers", "answers.yaml"), starts=starts)
            server.pause_s = 0.02
            write_files(server.url)
            await killer.run_undisturbed()
            calm = model.requests.copy()
            left, number = kills, 0
            while left:
                number += 1
                DONE.unlink()
                model.watch(Path(f"runs-{number}"))
                killed = await killer.kill_until_ended(model.audit_dir, left)
                left -= killed
                assert model.requests.keys() == calm.keys()
                assert (model.requests - calm).total() <= killed * MOST_AT_ONCE
                assert model.memory == EVERY_ENTRY
                check_effects(most=1 + killed)
                check_whole(model.audit_dir)

    asyncio.run(main())
    assert model.wrong == []


def check_effects(most: int) -> None:
    """The command was run again only where its end was not kept, so at most once more a kill."""
    ends_kept_by_then = DONE.read_text(encoding="utf-8").splitlines()
    assert set(ends_kept_by_then) == {"0"}
    assert len(ends_kept_by_then) <= most


def check_whole(audit_dir: Path) -> None:
    """Every file is there as in the folder of the undisturbed run, and is what the events make of it."""
    folder, undisturbed = run_in(audit_dir), run_in(CALM)
    assert folder is not None
    assert undisturbed is not None
    assert names(folder) == names(undisturbed)
    verdict = check_run(folder)
    assert not verdict.damages.kept


def names(folder: Path) -> set[str]:
    """Return the files of a run, but for what is named by its content: moments are in that."""
    found = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    return {name for name in found if not name.startswith("blobs/")}


class Guide:
    """Somebody who knows the way."""

    async def answer(self, question: QuestionAsked) -> tuple[str, str]:
        return "to the end", "person"


def prefixes(journal: bytes) -> Iterator[bytes]:
    """Yield what may be left of a journal: the batches that were durable."""
    lines = journal.splitlines(keepends=True)
    for count, line in enumerate(lines, start=1):
        if is_sealed(line):
            yield b"".join(lines[:count])


@pytest.mark.timeout(120)
def test_a_run_of_agents_goes_on_from_every_batch_of_its_journal() -> None:
    model = Model()

    async def main() -> int:
        async with model_server(model) as server:
            write_files(server.url)
            options = goflow.RunOptions(model="m", allow_all_tools=True)
            calm = await goflow.run(
                ACTING, options=options, host=goflow.this_host(audit_dir=CALM), answerer=Guide()
            )
            assert calm.folder is not None
            number = 0
            for number, left in enumerate(prefixes((calm.folder / "events.jsonl").read_bytes())):
                audit_dir = Path(f"runs-{number}")
                shutil.copytree(calm.folder, audit_dir / calm.folder.name)
                (audit_dir / calm.folder.name / "events.jsonl").write_bytes(left)
                model.watch(audit_dir)
                host = goflow.this_host(audit_dir=audit_dir)
                done = await goflow.resume("@last", host=host, answerer=Guide())
                assert done.outputs == calm.outputs
                assert model.memory == EVERY_ENTRY, number
                assert texts(run_in(audit_dir) or CALM) == texts(calm.folder)
            return number

    assert asyncio.run(main()) > 20
    assert model.wrong == []
