"""`goflow version`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from goflow._version import __version__
from goflow.cli.streams import write_data
from goflow.cli.verb import Verb


def print_version(_values: Mapping[str, Any]) -> int:
    """Print the version."""
    write_data(f"goflow {__version__}\n")
    return 0


VERB: Final = Verb("version", print_version, about="Print the version.")
