"""What a person is shown of a run: how much is said on stderr, and what comes to stdout."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from goflow.cli.result_file import require_writable
from goflow.cli.streams import say
from goflow.cli.values import one_of
from goflow.projections import FailOn
from goflow.settings import ProgressMode
from goflow.values import dataclass
from goflow.workflow import OutputFormat

if TYPE_CHECKING:
    from goflow.settings import Settings
    from goflow.workflow import Bundle


@dataclass(frozen=True, slots=True, kw_only=True)
class Volume:
    """How much is said on stderr; failures always are."""

    has_lines: bool = True
    is_verbose: bool = False
    has_warnings: bool = True
    sums_up_success: bool = True


LOG_LEVELS: Final[Mapping[str, Volume]] = {
    "debug": Volume(is_verbose=True),
    "info": Volume(),
    "warn": Volume(has_lines=False),
    "error": Volume(has_lines=False, has_warnings=False, sums_up_success=False),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Showing:
    """What the flags say, and where they say nothing the user's settings."""

    is_verbose: bool = False
    streams: bool = False
    prints_events: bool = False
    progress: ProgressMode = ProgressMode.PLAIN
    output: Path | None = None
    format: OutputFormat | None = None
    fail_on: FailOn | None = None

    def volume(self, bundle: Bundle) -> Volume:
        """Return how much is said; the flag wins over the workflow's `log_level`."""
        level = "debug" if self.is_verbose else bundle.workflow.config.log_level or "info"
        volume = LOG_LEVELS.get(level, LOG_LEVELS["info"])
        if self.progress is ProgressMode.PLAIN:
            return volume
        return Volume(has_lines=False, has_warnings=volume.has_warnings, sums_up_success=False)


def read_showing(values: Mapping[str, Any], settings: Settings) -> Showing:
    """Read the flags of `RESULTS` and `TALK`; raise UsageError for values that do not fit."""
    output = None if values["output"] is None else Path(values["output"])
    if output is not None:
        require_writable(output)
    progress, form, fail_on = (values[name] for name in ("progress", "format", "fail_on"))
    return Showing(
        is_verbose=values["verbose"],
        streams=values["stream"],
        prints_events=values["json"],
        progress=one_of(ProgressMode, "--progress", progress) if progress else settings.progress,
        output=output,
        format=one_of(OutputFormat, "--format", form) if form else None,
        fail_on=one_of(FailOn, "--fail-on", fail_on) if fail_on else settings.fail_on,
    )


def announce(bundle: Bundle, showing: Showing) -> None:
    """Say which file was read, before its mistakes are told."""
    volume = showing.volume(bundle)
    if volume.is_verbose and volume.has_lines:
        from goflow.reporters.verbose import say_loading

        say(say_loading(bundle.shown_path))
