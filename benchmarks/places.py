"""Where files are written: a memory file system, a disk; and what machine this is."""

from __future__ import annotations

import os
import platform
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

ROOM_BYTES = 3_000_000_000
"""What 100,000 steps take in a memory file system, with some to spare."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A folder to write in, and the kind of its file system."""

    name: str
    path: Path
    kind: str


def find_places() -> dict[str, Place]:
    """Find a folder on tmpfs and one on disk; the first is missing where there is none with room."""
    candidates = [Path("/dev/shm"), Path("/var/tmp"), Path(tempfile.gettempdir()), Path.cwd()]
    found: dict[str, Place] = {}
    for folder in candidates:
        kind = file_system_of(folder)
        name = "tmpfs" if kind == "tmpfs" else "disk"
        if name not in found and _has_room(folder):
            path = Path(tempfile.mkdtemp(prefix="goflow-bench-", dir=folder))
            found[name] = Place(name=name, path=path, kind=kind)
    return found


def file_system_of(folder: Path) -> str:
    """Name the file system that holds `folder`."""
    mounts = Path("/proc/mounts")
    if not mounts.exists():
        return "unknown"
    lines = [line.split() for line in mounts.read_text().splitlines()]
    holding = [fields for fields in lines if folder.resolve().is_relative_to(fields[1])]
    return max(holding, key=lambda fields: len(fields[1]))[2]


def _has_room(folder: Path) -> bool:
    return folder.is_dir() and os.access(folder, os.W_OK) and shutil.disk_usage(folder).free > ROOM_BYTES


def machine_facts(places: dict[str, Place]) -> list[str]:
    """Say what the figures depend on."""
    load = " ".join(f"{value:.1f}" for value in os.getloadavg())
    lines = [
        f"{platform.system()} {platform.release()} {platform.machine()}, {os.cpu_count()} cores, load {load}",
        f"Python {platform.python_version()} ({platform.python_implementation()})",
    ]
    lines += [f"{place.name}: {place.path.parent} ({place.kind})" for place in places.values()]
    if "tmpfs" not in places:
        lines.append(f"tmpfs: none with {ROOM_BYTES // 10**9} GB free, so its rows are left out")
    return lines
