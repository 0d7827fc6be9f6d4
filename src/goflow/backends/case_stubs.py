"""The stubs of a case → the rules of a mock script: the short form of the same."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from yaml import MappingNode, ScalarNode, SequenceNode

from goflow.backends.mock_fields import SCRIPT
from goflow.backends.mock_parser import Replies, read_rule
from goflow.backends.mock_script import Answer, MockScript
from goflow.loader.decode import fields_of
from goflow.loader.entries import entries
from goflow.loader.json_values import json_mapping
from goflow.loader.scalars import report_kind
from goflow.loader.yaml_nodes import LIST, MAPPING, TEXT

if TYPE_CHECKING:
    from yaml import Node

    from goflow.loader.findings import Findings

REPLIES: Final = frozenset(("answer", "fail", "attempts", "ask", "calls"))
"""A mapping with one of these words is a reply of the mock; any other is JSON, the answer itself."""


def read_stubs(at: Findings, node: Node) -> MockScript:
    """Read answers by step or pattern: a text, JSON, a reply of a mock script, or a list of these in turn."""
    if not isinstance(node, MappingNode):
        report_kind(at, node, "answers by step, a mapping", example="`{plan: an answer}`")
        return MockScript()
    rules = [_rule_node(at, key, value) for key, value in entries(at, node).values()]
    script = _mapping(node, [(_text(node, "answers"), _sequence(node, rules))])
    values = fields_of(at, script, SCRIPT) or {}
    replies = Replies(at, Answer())
    return MockScript(rules=tuple(read_rule(replies, each, written) for each, written in values["answers"]))


def _rule_node(at: Findings, key: Node, value: Node) -> Node:
    step = (_text(key, "step"), key)
    if isinstance(value, SequenceNode):
        replies = _sequence(value, [_reply(at, item) for item in value.value])
        return _mapping(key, [step, (_text(key, "attempts"), replies)])
    reply = _reply(at, value)
    if isinstance(reply, MappingNode):
        return MappingNode(MAPPING, [step, *reply.value], key.start_mark, value.end_mark)
    return _mapping(key, [step, (_text(key, "answer"), reply)])


def _reply(at: Findings, node: Node) -> Node:
    """Return a reply as a mock script has it: a text, or a mapping whose `answer` is a text."""
    if isinstance(node, SequenceNode):
        return _json(at, node)
    if not isinstance(node, MappingNode):
        return node
    if REPLIES.isdisjoint(entries(at, node)):
        return _json(at, node)
    return MappingNode(MAPPING, [_pair(at, *pair) for pair in node.value], node.start_mark, node.end_mark)


def _pair(at: Findings, key: Node, value: Node) -> tuple[Node, Node]:
    """Return a key of a reply with its value; answers may be JSON."""
    if key.value == "answer" and not isinstance(value, ScalarNode):
        return key, _json(at, value)
    if key.value == "attempts" and isinstance(value, SequenceNode):
        return key, _sequence(value, [_reply(at, item) for item in value.value])
    return key, value


def _json(at: Findings, node: Node) -> Node:
    """Return a mapping or a list as the JSON that a model would write."""
    held = json_mapping(at, _mapping(node, [(_text(node, "it"), node)])) or {}
    return _text(node, json.dumps(held.get("it"), ensure_ascii=False, separators=(",", ":")))


def _text(where: Node, value: str) -> Node:
    return ScalarNode(TEXT, value, where.start_mark, where.end_mark)


def _sequence(where: Node, items: list[Node]) -> Node:
    return SequenceNode(LIST, items, where.start_mark, where.end_mark)


def _mapping(where: Node, pairs: list[tuple[Node, Node]]) -> MappingNode:
    return MappingNode(MAPPING, pairs, where.start_mark, where.end_mark)
