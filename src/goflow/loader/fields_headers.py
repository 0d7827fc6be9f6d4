"""HTTP headers: their names, and their values, which may be keys and are shown to nobody."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from goflow.loader.decode import named
from goflow.loader.scalars import text
from goflow.problems import shown

if TYPE_CHECKING:
    from yaml import Node

    from goflow.loader.findings import Findings

_NAME: Final = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_VALUE: Final = re.compile(r"([!-~]([ -~\t]*[!-~])?)?")
_OF_EACH_REQUEST: Final = frozenset({"content-length", "transfer-encoding"})


def _header(at: Findings, name: str, key: Node, node: Node) -> str | None:
    value = text(at, node)
    if not _NAME.fullmatch(name):
        at.error("GF119", f"{shown(name)} is no name of a header", key, help="write one as in `X-Team`")
        return None
    if name.lower() in _OF_EACH_REQUEST:
        at.error("GF119", f"the header {shown(name)} is that of each request", key, help="leave it out")
        return None
    if value is None or _VALUE.fullmatch(value):
        return value
    at.hide(node)
    at.error(
        "GF119",
        f"the header {shown(name)} cannot be sent",
        node,
        help="write it in one line of ASCII, without blanks around it",
    )
    return None


headers = named(_header, "texts")
"""A mapping of names of headers to their values."""
