"""What there is on this machine to ask a model with."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from goflow.backends.llm import missing_packages
from goflow.backends.providers import Surroundings

if TYPE_CHECKING:
    from collections.abc import Mapping

    from goflow.workflow import ProviderSpec


def look_around(environ: Mapping[str, str], preferred: ProviderSpec | None) -> Surroundings:
    """Find what the choice of a provider depends on; `preferred` is the user's own."""
    return Surroundings(
        environ=environ,
        preferred=preferred,
        copilot_is_installed=shutil.which("copilot", path=environ.get("PATH")) is not None,
        missing_packages=missing_packages(),
    )
