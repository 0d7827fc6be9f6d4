"""The folders of steps: which files a step's view calls for, and which of them are there already."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from goflow.reporters.step_meta import encode_text, make_step_meta

if TYPE_CHECKING:
    from goflow.planning.plan import Plan, PlannedStep
    from goflow.projections import StepView
    from goflow.reporters.file_tree import FileTree


def folder_name(planned: PlannedStep) -> str:
    """Name a step's folder: its level, at least two digits, and its id."""
    return f"steps/{planned.level:02}_{planned.id}"


@dataclass(slots=True)
class _Written:
    """The texts that a step's files hold."""

    folder: str
    prompt: str | None = None
    output: str | None = None
    has_meta: bool = False


class StepFolders:
    """Writes the files of steps, each text once."""

    def __init__(self, tree: FileTree, plan: Plan) -> None:
        self._tree = tree
        self._plan = plan
        self._written: dict[str, _Written] = {}

    def folder_of(self, step: str) -> str:
        """Return the name of a step's folder, which is there when this returns."""
        return self._take(step).folder

    def write(self, step: StepView) -> None:
        """Bring a step's files up to date: the texts first, then what says that they are there."""
        tree, written = self._tree, self._take(step.id)
        if step.prompt is not None and step.prompt is not written.prompt:
            tree.write(f"{written.folder}/prompt.md", encode_text(step.prompt))
            written.prompt = step.prompt
        if step.output is not None and step.output is not written.output:
            tree.write(f"{written.folder}/output.md", encode_text(step.output))
        elif step.output is None and (written.output is not None or tree.spares_equal):
            tree.remove(f"{written.folder}/output.md")
        written.output = step.output
        # The first of its kind is written in place: a draft and its renaming would cost a tenth of the whole.
        keep = tree.replace if written.has_meta or tree.spares_equal else tree.write
        keep(f"{written.folder}/step.meta.json", make_step_meta(self._plan.steps[step.id], step))
        written.has_meta = True

    def _take(self, step: str) -> _Written:
        written = self._written.get(step)
        if written is None:
            written = _Written(folder_name(self._plan.steps[step]))
            if not self._written:
                self._tree.make_folder("steps")
            self._tree.make_folder(written.folder)
            self._written[step] = written
        return written
