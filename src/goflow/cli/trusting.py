"""Whether the folder's files may have commands and functions run unasked: settled once, before a run."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from goflow.cli.granting import is_granted
from goflow.cli.streams import say
from goflow.planning.trust import wants_trust
from goflow.reporters.sanitize import sanitize, sanitize_line
from goflow.settings.folders import state_folder
from goflow.settings.trust import is_trusted, remember_trust

if TYPE_CHECKING:
    from pathlib import Path

    from goflow.api import Prepared
    from goflow.cli.answerers import FirstOf

_YES: Final = "yes, from now on"
_USE_NO_TOOLS_OF_OURS: Final = ("cli", "replay")


def settle_trust(prepared: Prepared, answerer: FirstOf) -> Prepared:
    """Ask a person whether to trust the folder, where that makes a difference and is not settled yet."""
    host, wants = prepared.host, wants_trust(prepared.plan)
    is_settled = prepared.options.trust or prepared.options.allow_all_tools
    if not wants or is_settled or prepared.answering.backend in _USE_NO_TOOLS_OF_OURS:
        return prepared
    state = state_folder(host.environ, host.home)
    if is_trusted(host.cwd, state):
        return prepared
    if answerer.has_person and _is_granted(host.cwd, wants, answerer):
        remember_trust(host.cwd, state)
        return replace(prepared, options=replace(prepared.options, trust=True))
    say(
        "note: this folder is not trusted, so its workflow cannot "
        f"{sanitize(', '.join(wants))}; see `--trust`\n"
    )
    return prepared


def _is_granted(folder: Path, wants: tuple[str, ...], answerer: FirstOf) -> bool:
    text = "\n".join(
        (f"The workflow in {sanitize_line(str(folder))} wants to:", *wants, "Trust this folder?")
    )
    return is_granted(text, yes=_YES, answerer=answerer)
