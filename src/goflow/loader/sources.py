"""What a run is made from: the files that are used, each once."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from goflow.workflow import SourceFile, SourceRole

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from goflow.problems import Locator, Problem


class Sources:
    """Collects the files that a bundle uses, the places of their fields, and the problems in them."""

    def __init__(self) -> None:
        self.files: dict[Path, SourceFile] = {}
        self.locators: dict[str, Locator] = {}
        self.problems: list[Problem] = []

    def add(self, role: SourceRole, path: Path, content: bytes) -> None:
        """Add a file, unless it is known."""
        if path not in self.files:
            self.files[path] = source_file(role, path, content)

    def report(self, problems: Iterable[Problem]) -> None:
        """Add problems."""
        self.problems.extend(problems)


def source_file(role: SourceRole, path: Path, content: bytes) -> SourceFile:
    """Return a file as it is recorded with a run."""
    return SourceFile(role=role, path=str(path), digest=hashlib.sha256(content).hexdigest(), content=content)
