"""A run's folder: what has to be waited for there holds nobody else up."""

from __future__ import annotations

import asyncio
import errno
import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

import goflow
from goflow import ProviderUnavailable, RunFolderError, RunOptions
from goflow.api import execute, prepare, this_host
from goflow.backends.base import OpenBackend
from goflow.events import Failure, FailureKind
from goflow.journal.lock import NAME, hold
from goflow.testing import DroppingFiles, ScriptedBackend

if sys.platform != "win32":
    import fcntl

LASTING = Failure(kind=FailureKind.REJECTED, message="no")
WORKFLOW = """
name: letter
config: {audit_retention: 1}
steps: [{id: write, prompt: Write}]
"""


@pytest.fixture(autouse=True)
def workflow() -> None:
    Path("letter.yaml").write_text(WORKFLOW, encoding="utf-8")


def run(**host: object) -> Path:
    """Return the folder of a run that has ended."""
    given = {"backend": ScriptedBackend().open(), **host}
    done = asyncio.run(goflow.run("letter.yaml", host=this_host(**given)))
    assert done.folder is not None
    return done.folder


def run_again(folder: Path, **host: object) -> None:
    given = {"backend": ScriptedBackend().open(), **host}
    asyncio.run(goflow.resume(str(folder), host=this_host(**given)))


@contextmanager
def looked_at(folder: Path) -> Iterator[None]:
    """Keep the lock of a run busy, as somebody does who looks whether it has an owner."""
    with (folder / NAME).open("rb") as file:
        fcntl.flock(file, fcntl.LOCK_SH)
        yield


async def begun(folder: Path) -> asyncio.Task[goflow.Run]:
    """Begin to go on with a run, and return when that has come to its lock."""
    task = asyncio.create_task(goflow.resume(str(folder), host=this_host(backend=ScriptedBackend().open())))
    await asyncio.sleep(0)
    return task


@pytest.mark.skipif(sys.platform == "win32", reason="the lock is another there")
def test_a_run_that_somebody_looks_at_holds_up_nobodys_event_loop() -> None:
    folder = run()

    async def resume() -> goflow.Run:
        with looked_at(folder):
            resuming = await begun(folder)
        return await resuming

    assert asyncio.run(resume()).folder == folder


@pytest.mark.skipif(sys.platform == "win32", reason="the lock is another there")
def test_who_gives_up_while_the_lock_is_waited_for_does_not_keep_it() -> None:
    folder = run()

    async def give_up() -> None:
        with looked_at(folder):
            resuming = await begun(folder)
            resuming.cancel()
            await asyncio.wait({resuming}, timeout=0)
            assert not resuming.done()
        with pytest.raises(asyncio.CancelledError):
            await resuming

    asyncio.run(give_up())
    with hold(folder, "r-1"):
        """It is free."""


class Unwritable(DroppingFiles):
    """A disk that takes everything but a journal."""

    def open_to_append(self, path: Path) -> int:
        raise OSError(errno.EIO, os.strerror(errno.EIO), str(path))


def fails_to_open(_: object) -> OpenBackend:
    raise ProviderUnavailable("an extra is missing")


def test_a_run_that_has_not_begun_leaves_no_folder() -> None:
    prepared = prepare("letter.yaml", {}, options=RunOptions(backend="mock"), host=this_host())
    unopened = replace(prepared, answering=replace(prepared.answering, open=fails_to_open))

    with pytest.raises(ProviderUnavailable):
        asyncio.run(execute(unopened))
    with pytest.raises(RunFolderError):
        run(files=Unwritable())
    assert list(Path(".workflow-runs").iterdir()) == []


def test_a_run_that_has_begun_keeps_its_folder_whatever_fails_later() -> None:
    folder = run(backend=ScriptedBackend({"write": [LASTING]}).open())
    before = sorted(path.name for path in folder.iterdir())

    with pytest.raises(RunFolderError):
        run_again(folder, files=Unwritable())
    assert sorted(path.name for path in folder.iterdir()) == before


def test_what_kept_an_old_run_from_being_removed_is_told_where_the_run_is() -> None:
    old = run()
    (old / NAME).unlink()
    (old / NAME).mkdir()
    told: list[tuple[str, int]] = []
    run(warn=lambda problem: told.append((problem, threading.get_ident())))

    [(problem, thread)] = told
    assert str(old / NAME) in problem
    assert thread == threading.get_ident()
