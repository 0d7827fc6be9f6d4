"""Where a run of this process lives, as its flags say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from goflow.cli.flags import pick
from goflow.cli.streams import say
from goflow.cli.values import switch_or_file
from goflow.reporters.sanitize import sanitize

if TYPE_CHECKING:
    from goflow.api import Host


@dataclass(frozen=True, slots=True, kw_only=True)
class _Flags:
    audit_dir: str | None
    mock: str | None
    verbose: bool


def is_mock(values: Mapping[str, Any]) -> bool:
    """Say whether no model is asked."""
    return bool(switch_or_file("--mock", pick(_Flags, values).mock))


def find_host(values: Mapping[str, Any]) -> Host:
    """Return the surroundings of a run."""
    from goflow.api import this_host

    flags = pick(_Flags, values)
    mock = switch_or_file("--mock", flags.mock)
    return this_host(
        audit_dir=Path(flags.audit_dir) if flags.audit_dir else None,
        mock_script=Path(mock) if isinstance(mock, str) else None,
        keeps_streams=flags.verbose,
        warn=lambda problem: say(f"warning: {sanitize(problem)}\n"),
    )
