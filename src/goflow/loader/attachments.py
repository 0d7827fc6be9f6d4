"""Files that go with prompts: read once, at the start of a run."""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Final

from goflow.errors import UsageError
from goflow.loader.media_types import media_type_of
from goflow.loader.paths import absolute, shown_from
from goflow.loader.reader import MEGABYTE, DiskReader, RecordedReader, Unreadable
from goflow.loader.sources import source_file
from goflow.planning.rules.attachments import MOST_ATTACHED
from goflow.problems import Problem, shown
from goflow.templating import Scope, parse
from goflow.values import dataclass
from goflow.workflow import Attachment, Bundle, SourceFile, SourceRole, Step, Workflow

if TYPE_CHECKING:
    from collections.abc import Iterable

    from goflow.loader.agents import Folders
    from goflow.loader.reader import Reader
    from goflow.loader.sources import Sources
    from goflow.problems import Locator

FILE_LIMIT: Final = 20 * MEGABYTE
STEP_LIMIT: Final = 50 * MEGABYTE


class NotAttached(UsageError):
    """A file cannot go with a prompt; `code` is that of the problem where the path stands in the workflow."""

    def __init__(self, code: str, message: str, *, help: str | None = None) -> None:  # noqa: A002 - as users see
        super().__init__(message, help=help)
        self.code = code


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenAttachments:
    """The files that go with the prompts, by step, and those of them that the bundle does not have."""

    by_step: Mapping[str, tuple[Attachment, ...]]
    sources: tuple[SourceFile, ...] = ()


def read_attachments(
    bundle: Bundle,
    inputs: Mapping[str, str],
    *,
    cwd: Path,
    recorded: Iterable[SourceFile] | None = None,
) -> GivenAttachments:
    """Return the files that steps attach; raise `NotAttached` for one that cannot be.

    The bundle is sound and `inputs` are complete. A run that goes on with what it has `recorded` reads
    nothing else.
    """
    reader = DiskReader() if recorded is None else RecordedReader(recorded)
    shelf = _Shelf(Path(bundle.path).parent, cwd, reader, bundle.sources)
    scope = Scope(inputs=inputs, outputs={})
    by_step: dict[str, tuple[Attachment, ...]] = {}
    for step in bundle.workflow.steps:
        paths = [path for text in step.attach if (path := parse(text).render(scope).strip())]
        if paths:
            pile = _Pile(step, shelf)
            by_step[step.id] = tuple([_attachment(pile.take(path)) for path in paths])
    return GivenAttachments(by_step=by_step, sources=tuple(shelf.added.values()))


def check_attachments(
    workflow: Workflow, *, folders: Folders, reader: Reader, locator: Locator, sources: Sources
) -> None:
    """Read the files whose paths are known without inputs; `sources` gets each, and what is wrong."""
    shelf = _Shelf(folders.workflow, folders.cwd, reader, sources.files.values())
    for number, step in enumerate(workflow.steps):
        pile = _Pile(step, shelf)
        for index, text in enumerate(step.attach[:MOST_ATTACHED]):
            path = text.strip()
            try:
                if path and "{{" not in path:
                    pile.take(path)
            except NotAttached as error:
                span = locator.span(("steps", number, "attach", index))
                sources.report([Problem(code=error.code, message=error.message, span=span, help=error.help)])
    sources.files.update(shelf.added)


class _Pile:
    """The files of one step, which are not too large together."""

    def __init__(self, step: Step, shelf: _Shelf) -> None:
        self._step = step
        self._shelf = shelf
        self._size = 0

    def take(self, written: str) -> SourceFile:
        """Return a file that is written so; raise `NotAttached` where it cannot go with the others."""
        what = f"the attached file {shown(written)} of step {shown(self._step.id)}"
        file = self._shelf.read(written, what)
        self._size += len(file.content)
        if self._size > STEP_LIMIT:
            told = f"the files of one step have at most {STEP_LIMIT // MEGABYTE} MB together"
            raise NotAttached("GF127", f"{what} is too much", help=told)
        return file


class _Shelf:
    """Reads files, each once; from the disk only those below the workflow's folder and the current one."""

    def __init__(self, folder: Path, cwd: Path, reader: Reader, known: Iterable[SourceFile]) -> None:
        self._folder = folder
        self._cwd = cwd
        self._reader = reader
        self._is_disk = isinstance(reader, DiskReader)
        self._known = {Path(file.path): file for file in known}
        self.added: dict[Path, SourceFile] = {}

    def read(self, written: str, what: str) -> SourceFile:
        """Return a file; `what` names it in the message of `NotAttached`."""
        path = absolute(written, self._folder)
        real = self._inside(path, what) if self._is_disk else path
        file = self._known.get(path)
        if file is None:
            file = source_file(SourceRole.ATTACHMENT, path, self._content(path, real, what))
            self._known[path] = self.added[path] = file
        return file

    def _content(self, path: Path, real: Path, what: str) -> bytes:
        try:
            content = self._reader.read(real, limit=FILE_LIMIT)
        except Unreadable as error:
            told = f"tried {shown(shown_from(path, self._cwd))}"
            raise NotAttached("GF127", f"{what} {error.reason}", help=told) from error
        if self._is_disk and self._inside(path, what) != real:
            raise NotAttached("GF127", f"{what} was moved while it was read")
        return content

    def _inside(self, path: Path, what: str) -> Path:
        """Return where a path leads, all links followed, if that is where files may be attached from."""
        try:
            real = Path(os.path.realpath(path))
        except (OSError, ValueError) as error:
            raise NotAttached("GF127", f"{what} cannot be read: the name is not valid") from error
        if not any(real.is_relative_to(root) for root in self._roots):
            told = "only files below the workflow's folder or the current one are attached"
            raise NotAttached("GF128", f"{what} stands elsewhere", help=told)
        return real

    @cached_property
    def _roots(self) -> tuple[Path, ...]:
        return tuple([Path(os.path.realpath(folder)) for folder in (self._folder, self._cwd)])


def _attachment(file: SourceFile) -> Attachment:
    media_type = media_type_of(file.path, file.content)
    return Attachment(name=Path(file.path).name, media_type=media_type, digest=file.digest)
