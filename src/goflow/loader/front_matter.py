"""Markdown files that begin with YAML between two lines of `---`: agents and skills."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from yaml import MappingNode

from goflow.loader.entries import is_null
from goflow.loader.yaml_nodes import compose
from goflow.values import dataclass

if TYPE_CHECKING:
    from goflow.loader.findings import Findings

_OPENING = re.compile(r"---[ \t]*\r?\n")
_CLOSING = re.compile(r"^---[ \t]*\r?$", re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Front:
    """What stands above a Markdown file's body: the mapping, if any; where it ends; where the body begins."""

    root: MappingNode | None
    end: int
    body: int


def read_front_matter(at: Findings) -> Front:
    """Return the front matter; a file may have none."""
    text = at.source.text
    opening = _OPENING.match(text)
    if opening is None:
        return Front(root=None, end=0, body=0)
    closing = _CLOSING.search(text, opening.end())
    if closing is None:
        place = at.source.span(0, 3)
        at.error("GF017", "the front matter has no end", place, help="close it with a line `---`")
        return Front(root=None, end=0, body=len(text))
    return Front(root=_mapping(at, closing.start()), end=closing.start(), body=closing.end())


def _mapping(at: Findings, end: int) -> MappingNode | None:
    root = compose(at, stop=end)
    if root is None or is_null(root):
        return None
    if not isinstance(root, MappingNode):
        at.error("GF009", "the front matter is no mapping", root, help="write it as in `name: reviewer`")
        return None
    return root
