"""Run multi-agent LLM workflows from YAML.

run = await goflow.run("review.yaml", {"files": "*.py"}, options=goflow.RunOptions(backend="mock"))
print(run.outputs["review"])
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from goflow._version import __version__

if TYPE_CHECKING:
    from goflow.api import Host, Run, RunOptions, check, load, plan, resume, run, this_host
    from goflow.errors import (
        Fenced,
        GoflowError,
        JournalCorrupt,
        ProviderUnavailable,
        RunFolderError,
        RunLocked,
        UsageError,
    )
    from goflow.planning.plan import Plan
    from goflow.problems import InvalidWorkflow, Problem, Severity
    from goflow.workflow import Bundle

__all__ = [
    "Bundle",
    "Fenced",
    "GoflowError",
    "Host",
    "InvalidWorkflow",
    "JournalCorrupt",
    "Plan",
    "Problem",
    "ProviderUnavailable",
    "Run",
    "RunFolderError",
    "RunLocked",
    "RunOptions",
    "Severity",
    "UsageError",
    "__version__",
    "check",
    "load",
    "plan",
    "resume",
    "run",
    "this_host",
]

_HOMES = {
    **dict.fromkeys(
        ("Host", "Run", "RunOptions", "check", "load", "plan", "resume", "run", "this_host"), "goflow.api"
    ),
    **dict.fromkeys(
        (
            "Fenced",
            "GoflowError",
            "JournalCorrupt",
            "ProviderUnavailable",
            "RunFolderError",
            "RunLocked",
            "UsageError",
        ),
        "goflow.errors",
    ),
    **dict.fromkeys(("InvalidWorkflow", "Problem", "Severity"), "goflow.problems"),
    "Bundle": "goflow.workflow",
    "Plan": "goflow.planning.plan",
}


def __getattr__(name: str) -> object:
    """Import what is asked for when it is asked for: `goflow --help` needs none of it."""
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module `goflow` has no attribute `{name}`")
    return getattr(import_module(home), name)


def __dir__() -> list[str]:
    return sorted(__all__)
