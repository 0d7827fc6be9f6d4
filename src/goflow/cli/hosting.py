"""Where a run of this process lives, as its flags say."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from goflow.cli.streams import say
from goflow.cli.values import switch_or_file
from goflow.reporters.sanitize import sanitize

if TYPE_CHECKING:
    from goflow.api import Host


def is_mock(values: Mapping[str, Any]) -> bool:
    """Say whether no model is asked."""
    return bool(switch_or_file("--mock", values["mock"]))


def find_host(values: Mapping[str, Any]) -> Host:
    """Return the surroundings of a run."""
    from goflow.api import this_host

    mock = switch_or_file("--mock", values["mock"])
    return this_host(
        audit_dir=Path(values["audit_dir"]) if values["audit_dir"] else None,
        mock_script=Path(mock) if isinstance(mock, str) else None,
        keeps_streams=values["verbose"],
        warn=lambda problem: say(f"warning: {sanitize(problem)}\n"),
    )
