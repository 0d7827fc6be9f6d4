"""Patterns of hosts: a name, `*.example.org` for the hosts below one, or `*`."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import urlsplit

_AMBIGUOUS: Final = re.compile(r"[\s\\\x00-\x1f\x7f]|^[^/?#]*%|^\w+://[^/?#]*%")
_ADDRESS: Final = re.compile(r"https?://", re.IGNORECASE)
_BARE: Final = re.compile(r"[\w.-]+(:\d+)?([/?#]|$)")


def host_of(address: str) -> str | None:
    """Return the host of an address as it is looked up; None where readers may differ about it."""
    is_whole = _ADDRESS.match(address) is not None
    if _AMBIGUOUS.search(address) or not (is_whole or _BARE.match(address)):
        return None
    try:
        host = urlsplit(address if is_whole else f"https://{address}").hostname
    except ValueError:
        return None
    return _canonical(host) if host else None


def fits_host(pattern: str, host: str) -> bool:
    """Return whether a host fits a pattern."""
    if pattern == "*":
        return True
    if pattern.startswith("*."):
        return host.endswith("." + _canonical(pattern[2:]))
    return host == _canonical(pattern.strip("[]"))


def _canonical(host: str) -> str:
    try:
        return host.encode("idna").decode("ascii").lower().rstrip(".")
    except UnicodeError:
        return host.lower().rstrip(".")
