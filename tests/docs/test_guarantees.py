"""Every promise names a test that holds it, and that test is there."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).parents[2]
PAGE: Final = (ROOT / "docs" / "guarantees.md").read_text(encoding="utf-8")
NAMED: Final = sorted(set(re.findall(r"`(tests/[\w/]+\.py::\w+)`", PAGE)))
ROWS: Final = [line for line in PAGE.splitlines() if line.startswith("|") and not line.startswith("|---")]
HEADS: Final = ("| what happens |", "| what |")


def defined_in(path: Path) -> set[str]:
    """Return the names of a file's tests that are collected: its functions at the top."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


@pytest.mark.parametrize("named", NAMED)
def test_a_named_test_is_there(named: str) -> None:
    path, _, name = named.partition("::")
    assert name.startswith("test_")
    assert Path(path).name.startswith("test_")
    assert name in defined_in(ROOT / path)


@pytest.mark.parametrize("row", [row for row in ROWS if not row.startswith(HEADS)])
def test_every_promise_of_a_table_names_a_test(row: str) -> None:
    *_, held_by, _ = row.split("|")
    assert re.findall(r"`(tests/[\w/]+\.py::\w+)`", held_by), row


def test_there_are_promises() -> None:
    assert len(ROWS) > 20
    assert len(NAMED) > 20
