"""YAML → JSON values, where a number must be a number: what is added to a request's body."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

from yaml import MappingNode, ScalarNode, SequenceNode

from goflow.loader.entries import entries
from goflow.loader.scalars import report_kind, text
from goflow.loader.yaml_nodes import NULL, TEXT

if TYPE_CHECKING:
    from yaml import Node

    from goflow.loader.findings import Findings
    from goflow.workflow.policy import Json

_INTEGER = re.compile(r"[-+]?[0-9]{1,300}")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]{1,3})?")
_WORDS: dict[str, bool] = {
    "true": True,
    "True": True,
    "TRUE": True,
    "false": False,
    "False": False,
    "FALSE": False,
}


def json_mapping(at: Findings, node: Node) -> dict[str, Json] | None:
    """Return a mapping as JSON: plain scalars are read as YAML 1.2 reads them, quoted ones are texts."""
    if isinstance(node, MappingNode):
        return {key: _json(at, value) for key, (_, value) in entries(at, node).items()}
    report_kind(at, node, "a mapping")
    return None


def _json(at: Findings, node: Node) -> Json:
    if isinstance(node, MappingNode):
        return json_mapping(at, node)
    if isinstance(node, SequenceNode):
        return [_json(at, item) for item in node.value]
    # A written `!!str` equals TEXT, but only the loader's own verdict on a scalar is that very object.
    if isinstance(node, ScalarNode) and node.tag is TEXT and not node.style:
        return _plain(node.value)
    return None if node.tag == NULL else text(at, node)


def _plain(written: str) -> Json:
    if written in _WORDS:
        return _WORDS[written]
    if _INTEGER.fullmatch(written):
        return int(written)
    if _FLOAT.fullmatch(written) and math.isfinite(float(written)):
        return float(written)
    return written
