"""What is left of a defect of ours: a file that can be sent to us."""

from __future__ import annotations

import os
import platform
import tempfile
import traceback
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Final

from goflow._version import __version__
from goflow.settings import state_folder

if TYPE_CHECKING:
    from collections.abc import Sequence

_PACKAGES: Final = ("click", "httpx2", "openai", "pydantic", "pydantic-ai-slim", "pyyaml")


def write_bug_report(error: BaseException, arguments: Sequence[str]) -> Path | None:
    """Keep what is needed to find a defect, readable by the user alone; None if it cannot be written.

    Of the arguments, only the verb and the names of flags are kept: values may be secret.
    """
    text = _report(error, arguments)
    name = f"bug-{datetime.now(UTC):%Y-%m-%dT%H-%M-%S}-{os.getpid()}.txt"
    for folder in (state_folder(os.environ, Path.home()), Path(tempfile.gettempdir())):
        try:
            folder.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(folder / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with open(descriptor, "w", encoding="utf-8", errors="backslashreplace") as file:  # noqa: PTH123 - of a descriptor
                file.write(text)
        except OSError:
            continue
        return folder / name
    return None


def _report(error: BaseException, arguments: Sequence[str]) -> str:
    lines = [
        f"goflow {__version__}, Python {platform.python_version()}, {platform.platform()}",
        ", ".join(f"{package} {_version_of(package)}" for package in _PACKAGES),
        " ".join(["goflow", *_without_values(arguments)]),
        "",
        "".join(traceback.format_exception(error)),
    ]
    return "\n".join(lines)


def _without_values(arguments: Sequence[str]) -> list[str]:
    flags = [word.partition("=")[0] for word in arguments if word.startswith("--")]
    return [*(word for word in arguments[:1] if not word.startswith("-")), *flags]


def _version_of(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"
