"""Tools that change files: `create_file`, `replace_string_in_file` and `multi_replace_string_in_file`."""

from __future__ import annotations

from threading import Event, Lock
from typing import Any, Final

from goflow.tools.base import Arguments, Parameter, ParameterType, Tool, ToolClass, ToolContext, ToolError
from goflow.tools.file_parameters import flag, path, text
from goflow.tools.gate import MOST_FILE_BYTES, Gate
from goflow.tools.gate_paths import shown
from goflow.tools.replacing import Change, changed
from goflow.tools.text_files import EditedText, encoded
from goflow.tools.threads import in_thread

MOST_EDITS: Final = 100
_ONE_AT_A_TIME: Final = Lock()
"""Held from reading a file to writing it, so that of two edits at once neither is lost."""


async def _create_file(arguments: Arguments, context: ToolContext) -> str:
    gate, target, data = Gate.of(context), arguments["path"], encoded(arguments["content"])

    def work(stop: Event) -> str:
        with _ONE_AT_A_TIME:
            _go_on_unless(stop)
            was_there = gate.exists(target)
            place = gate.write(target, data)
        return f"{'replaced' if was_there else 'created'} `{shown(place)}` ({len(data):,} bytes)"

    return await in_thread(work)


async def _replace_string(arguments: Arguments, context: ToolContext) -> str:
    return await _edit([_change(arguments, "")], Gate.of(context))


async def _multi_replace(arguments: Arguments, context: ToolContext) -> str:
    edits = arguments["edits"]
    if not 0 < len(edits) <= MOST_EDITS:
        raise ToolError(f"`edits` has {len(edits)} items; from 1 to {MOST_EDITS} can be made in a call")
    top = arguments.get("path", "")
    return await _edit([_change(edit, top) for edit in edits], Gate.of(context))


def _change(edit: dict[str, Any] | Arguments, top: str) -> Change:
    target = edit.get("path") or top
    if not target:
        raise ToolError("`path` is missing: give it once, or in each of `edits`")
    return Change(
        path=target,
        old=edit["old_string"],
        new=edit["new_string"],
        is_everywhere=edit.get("replace_all", False),
    )


async def _edit(changes: list[Change], gate: Gate) -> str:
    def work(stop: Event) -> str:
        with _ONE_AT_A_TIME:
            return _edit_all(changes, gate, stop)

    return await in_thread(work)


def _edit_all(changes: list[Change], gate: Gate, stop: Event) -> str:
    """Make all changes in memory, then write: a change that fails leaves every file as it was."""
    edited, texts, done = dict[str, EditedText](), dict[str, str](), list[str]()
    for change in changes:
        _go_on_unless(stop)
        target = gate.resolved(change.path, writes=True)
        if target not in edited:
            edited[target] = EditedText.of(gate.read(target), shown(change.path))
            texts[target] = edited[target].text
        texts[target], said = changed(texts[target], change, edited[target])
        done.append(said)
    written = {target: edited[target].to_bytes(text) for target, text in texts.items()}
    for target, data in written.items():
        _go_on_unless(stop)
        gate.write(target, data)
    return "\n".join(done)


def _go_on_unless(stop: Event) -> None:
    if stop.is_set():
        raise ToolError("stopped before anything was written")


_OLD: Final = text(
    "old_string",
    "The text to replace, exactly as it is in the file, without line numbers, with enough lines around it "
    "to be there once.",
    "oldString",
    "old_str",
)
_NEW: Final = text("new_string", "The text to put in its place.", "newString", "new_str")
_ALL: Final = flag("replace_all", "Replace every match, not exactly one.", "replaceAll")

CREATE_FILE: Final = Tool(
    name="create_file",
    kind=ToolClass.WRITE,
    description="Write a whole text file, with the folders above it; a file that exists is replaced.",
    parameters=(
        path("The file, relative to the workspace or absolute.", is_required=True),
        text("content", "All that the file shall hold.", "file_text", "contents", "file_content"),
    ),
    use=_create_file,
    subject="path",
    bounds=f"files up to {MOST_FILE_BYTES // 1024**2} MiB",
)
REPLACE_STRING: Final = Tool(
    name="replace_string_in_file",
    kind=ToolClass.WRITE,
    description="Replace text in a file. The text must be there exactly once, unless `replace_all` is set.",
    parameters=(
        path("The file, relative to the workspace or absolute.", is_required=True),
        _OLD,
        _NEW,
        _ALL,
    ),
    use=_replace_string,
    subject="path",
    bounds=f"UTF-8 files up to {MOST_FILE_BYTES // 1024**2} MiB",
)
MULTI_REPLACE: Final = Tool(
    name="multi_replace_string_in_file",
    kind=ToolClass.WRITE,
    description=(
        "Replace several texts in one or more files, one after the other; if one of them cannot be replaced, "
        "no file is changed."
    ),
    parameters=(
        path("The file of all edits that name none."),
        Parameter(
            name="edits",
            type=ParameterType.OBJECTS,
            description="The replacements, in order.",
            is_required=True,
            aliases=("replacements",),
            fields=(path("The file, if not the one named for all."), _OLD, _NEW, _ALL),
        ),
    ),
    use=_multi_replace,
    subject="path",
    bounds=f"{MOST_EDITS} edits a call; UTF-8 files up to {MOST_FILE_BYTES // 1024**2} MiB",
)
EDIT_TOOLS: Final = (CREATE_FILE, REPLACE_STRING, MULTI_REPLACE)
