"""`goflow init`."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from goflow.cli.flags import Argument, Flag, Kind, Section
from goflow.cli.streams import say
from goflow.cli.verb import Verb
from goflow.errors import UsageError, reason

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

FILES: Final = ("workflow.yaml", "agents/editor.agent.md", "mock.yaml")
IGNORED: Final = ".workflow-runs/"


def write_starter(values: Mapping[str, Any]) -> int:
    """Write the files of a first workflow, and say how it is run."""
    folder = Path(values["dir"] or ".")
    _require_free(folder, may_replace=values["force"])
    try:
        for name in FILES:
            _write(folder / name, _text(name))
            say(f"wrote {folder / name}\n")
        _ignore_run_folders(folder / ".gitignore")
    except OSError as error:
        raise UsageError(f"cannot write `{error.filename or folder}`: {reason(error)}") from error
    say(f"next: goflow run {folder / 'workflow.yaml'} --mock={folder / 'mock.yaml'}\n")
    return 0


def _require_free(folder: Path, *, may_replace: bool) -> None:
    taken = [str(folder / name) for name in FILES if (folder / name).exists()]
    if taken and not may_replace:
        raise UsageError(
            f"`{taken[0]}` exists", help="`--force` replaces it; `goflow init DIR` writes elsewhere"
        )


def _text(name: str) -> str:
    source: Traversable = files("goflow.cli").joinpath("starter", *name.split("/"))
    return source.read_text(encoding="utf-8")


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def _ignore_run_folders(path: Path) -> None:
    """Add the run folders to `.gitignore`, unless they stand there."""
    text = path.read_text(encoding="utf-8", errors="surrogateescape") if path.exists() else ""
    if IGNORED in text.splitlines():
        return
    separator = "" if not text or text.endswith("\n") else "\n"
    path.write_text(f"{text}{separator}{IGNORED}\n", encoding="utf-8", errors="surrogateescape")
    say(f"added {IGNORED} to {path}\n")


VERB: Final = Verb(
    "init",
    write_starter,
    about="Write a small workflow to start from: it runs at once, without a key.",
    arguments=[Argument(name="DIR", help="Where to write; the current folder if not given.")],
    sections=[
        Section(
            title="Flags",
            flags=(Flag(names=("--force",), kind=Kind.SWITCH, help="Replace files that exist."),),
        )
    ],
)
