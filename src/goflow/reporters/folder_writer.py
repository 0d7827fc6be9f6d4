"""What a run folder holds, written from a view of the run. Synchronous, and used by one thread at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from goflow.errors import RunFolderError
from goflow.events import Event, Progress, RunClaimed, RunReopened, step_of
from goflow.projections import RunView, render_results
from goflow.reporters.file_tree import FileTree
from goflow.reporters.memory_text import MemoryText
from goflow.reporters.run_meta import make_run_meta
from goflow.reporters.step_folders import StepFolders
from goflow.reporters.step_meta import encode_text
from goflow.reporters.stream_files import StreamFiles
from goflow.scheduler.status import TRANSITIONS

if TYPE_CHECKING:
    from goflow.planning.plan import Plan


class FolderWriter:
    """Folds events, and brings the files of all that they touched up to date when told to."""

    def __init__(self, path: str, plan: Plan, *, source: bytes, keeps_streams: bool) -> None:
        self.error: RunFolderError | None = None
        self._plan = plan
        self._source = source
        self._memory = None if plan.memory is None else MemoryText(plan.memory.initial)
        self._view = RunView(plan.steps)
        self._tree = FileTree(path)
        self._folders = StepFolders(self._tree, plan)
        self._streams = StreamFiles(self._tree, self._folders) if keeps_streams else None
        self._touched: dict[str, None] = {}
        self._lacks_sources = True
        self._is_run_touched = False

    def take(self, events: Iterable[Event]) -> None:
        """Fold events that happen now."""
        for event in events:
            self._fold(event)
            if self._streams is not None:
                self._streams.take(event)

    def take_progress(self, progress: Progress, at_ms: int) -> None:
        """Gather a piece of text for its step's stream."""
        if self._streams is not None:
            self._streams.take_progress(progress, at_ms)

    def take_earlier(self, events: Iterable[Event]) -> None:
        """Fold events of earlier owners, and write what these left undone; a file that is right stays."""
        for event in events:
            self._fold(event)
        self._tree.spares_equal = True
        self.write()
        self._tree.spares_equal = False

    def _fold(self, event: Event) -> None:
        step = step_of(event.fact)
        if self._memory is not None:
            self._memory.see(event)
        if step in self._plan.steps:
            self._touched[step] = None
        elif not step:
            self._is_run_touched = True
            again = [step for step in self._put_back_by(event) if step in self._plan.steps]
            self._touched.update(dict.fromkeys(again))
        self._view.see(event)

    def _put_back_by(self, event: Event) -> Iterable[str]:
        """Return the steps that an event about the whole run puts back to pending."""
        match event.fact:
            case RunClaimed():
                stale = TRANSITIONS[RunClaimed]
                return [step.id for step in self._view.steps.values() if step.status in stale]
            case RunReopened(again=again):
                return again
            case _:
                return ()

    def write(self) -> None:
        """Write all that was touched; what cannot be written stays so, and `error` says why."""
        self.error = None
        if self._lacks_sources and self._try(self._write_sources):
            self._lacks_sources = False
        if self._memory is not None and self._memory.is_new and self._try(self._write_memory):
            self._memory.is_new = False
        self._touched = {step: None for step in self._touched if not self._try(self._write_step, step)}
        if self._streams is not None:
            for step in self._streams.waiting():
                self._try(self._streams.write, step)
        if self._is_run_touched and self._try(self._write_run):
            self._is_run_touched = False

    def close(self) -> None:
        """Let go of the folder."""
        self._tree.close()

    def _try(self, action: Callable[..., None], *given: str) -> bool:
        """Carry out an action that writes; whether it could."""
        try:
            action(*given)
        except OSError as error:
            self.error = self.error or _explain(error, self._tree.path)
            return False
        return True

    def _write_sources(self) -> None:
        """Write what no event changes."""
        self._tree.write("workflow.yaml", self._source)

    def _write_memory(self) -> None:
        """Write the whole memory: readers see all of it as it was, or all of it as it is."""
        if self._memory is not None:
            self._tree.replace("memory.md", encode_text(self._memory.text()))

    def _write_step(self, step: str) -> None:
        self._folders.write(self._view.steps[step])

    def _write_run(self) -> None:
        """Write the run's own files: the output is there only while the run has ended."""
        if self._view.ended_ms is not None:
            self._tree.replace("final_output.md", encode_text(render_results(self._view, self._plan)))
        else:
            self._tree.remove("final_output.md")
        self._tree.replace("workflow.meta.json", make_run_meta(self._view, self._source))


def _explain(error: OSError, folder: str) -> RunFolderError:
    name = str(error.filename or "").removeprefix(folder).lstrip("/")
    place = f"{folder}/{name}" if name else folder
    why = error.strerror or str(error)
    return RunFolderError(f"cannot write `{place}`: {why[:1].lower()}{why[1:]}")
