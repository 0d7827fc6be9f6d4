from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from goflow.tools.sandbox import complaint_about, sandboxes
from tests.escape.cells import Cell, Leash, new_cell, new_top

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from goflow.tools.confinement import Confinement


def sandbox_or_skip(name: str) -> Confinement | None:
    """Return a sandbox by its name, None for none; skip the test where this machine has it not."""
    if name == "none":
        return None
    found = sandboxes(os.environ["PATH"], os.path.realpath(os.curdir)).get(name)
    if found is None:
        pytest.skip(f"{name}: this machine has none")
    complaint = complaint_about(found)
    if complaint is not None:
        pytest.skip(f"{name}: {complaint}")
    return found


@pytest.fixture
def top() -> Iterator[Path]:
    yield from new_top()


@pytest.fixture(params=["bubblewrap", "landlock"])
def cell(request: pytest.FixtureRequest, top: Path) -> Cell:
    """Give a cell that is a sandbox's."""
    return new_cell(top, sandbox_or_skip(request.param))


@pytest.fixture(params=["bubblewrap", "landlock", "none"])
def any_cell(request: pytest.FixtureRequest, top: Path) -> Cell:
    """Give a cell that may be no sandbox's: for what must hold everywhere."""
    return new_cell(top, sandbox_or_skip(request.param))


@pytest.fixture
def open_cell(top: Path) -> Cell:
    """Give a cell without a sandbox: it shows that an attempt would have succeeded."""
    return new_cell(top, None)


@pytest.fixture
def leash(top: Path, request: pytest.FixtureRequest) -> Iterator[Leash]:
    cells = ("cell", "any_cell", "open_cell")
    name = next(name for name in cells if name in request.fixturenames)
    leash = Leash(request.getfixturevalue(name).workspace)
    yield leash
    leash.close()
