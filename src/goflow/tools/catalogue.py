"""Every tool there is, by its own name."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from goflow.tools.commands import BASH
from goflow.tools.edits import EDIT_TOOLS
from goflow.tools.files import FILE_TOOLS
from goflow.tools.search import SEARCH_TOOLS
from goflow.tools.talk import ASK_USER, READ_MEMORY, TODO, WRITE_MEMORY
from goflow.tools.web import FETCH_WEBPAGE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from goflow.tools.base import Tool

_ALL: Final = (
    *FILE_TOOLS,
    *SEARCH_TOOLS,
    *EDIT_TOOLS,
    BASH,
    FETCH_WEBPAGE,
    TODO,
    READ_MEMORY,
    WRITE_MEMORY,
    ASK_USER,
)

TOOLS: Final[Mapping[str, Tool]] = MappingProxyType({tool.name: tool for tool in _ALL})
"""In the order in which they are offered, and stand in the documentation."""
