"""The user's own choices, as values. Each field's words are also its line in the reference."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from goflow.values import dataclass

if TYPE_CHECKING:
    from goflow.projections import FailOn
    from goflow.workflow import ProviderSpec


class ProgressMode(StrEnum):
    """What is told of a run on stderr."""

    PLAIN = "plain"
    """One line a change of state."""
    NONE = "none"
    """Warnings, failures, and the end of a run that did not go well."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Flags win over all of them, a workflow's `config` over those that it has too."""

    provider: ProviderSpec | None = None
    """The service that is asked where neither the model's name nor `config.provider` of the workflow says."""
    model: str | None = None
    """The model that is tried after all that the workflow names, before the provider's default."""
    audit_dir: Path = Path(".workflow-runs")
    """Where run folders are made; relative to the current folder."""
    max_concurrency: int = 0
    """How many steps of a run are under way at a time; 0 means unlimited."""
    progress: ProgressMode = ProgressMode.PLAIN
    """On stderr: `plain` tells every change, `none` warnings, failures and an end that went wrong."""
    fail_on: FailOn | None = None
    """Which failures the exit code tells of, as with `--fail-on`: `run`, `any` or `never`."""
    cache_size: int = 500_000_000
    """How many bytes of answers the cache keeps, the least recently used ones removed first; 0 keeps none."""
    history: bool = True
    """Whether runs leave how long their steps took to later ones, which start the longest way first."""
    notices: tuple[str, ...] = ()
    """What the user should be told: variables that look like misspelt settings."""
