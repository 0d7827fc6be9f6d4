"""The tools that search: `grep`, `glob` and `semantic_search`."""

from __future__ import annotations

from typing import Final

from goflow.tools.grep import GREP
from goflow.tools.listing import GLOB
from goflow.tools.ranking import SEMANTIC_SEARCH

SEARCH_TOOLS: Final = (GREP, GLOB, SEMANTIC_SEARCH)
