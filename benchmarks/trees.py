"""Compare the tree of the floor with the one goflow leaves: the floor must write as much."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

KEPT_BY_THE_JOURNAL = ("events.jsonl", "blobs/", "sources/", "inbox/", "lock")
METADATA = ".meta.json"
SLACK_BYTES = 12
"""Durations and run ids differ in length."""


def differences(goflow: Path, floor: Path) -> list[str]:
    """Say which files of the run below each folder differ in name or size (metadata: more than the slack)."""
    ours, theirs = _sizes(goflow), _sizes(floor)
    names = [f"{name} is in one of them alone" for name in sorted(ours.keys() ^ theirs.keys())]
    both = sorted(ours.keys() & theirs.keys())
    sizes = [
        f"{name} has {ours[name]} bytes of goflow's and {theirs[name]} of the floor's"
        for name in both
        if abs(ours[name] - theirs[name]) > (SLACK_BYTES if name.endswith(METADATA) else 0)
    ]
    return names + sizes


def _sizes(audit: Path) -> dict[str, int]:
    run = max(path for path in audit.iterdir() if path.is_dir())
    files = {
        path.relative_to(run).as_posix(): path.stat().st_size for path in run.rglob("*") if path.is_file()
    }
    return {name: size for name, size in files.items() if not name.startswith(KEPT_BY_THE_JOURNAL)}
