"""The table of `permissions`, the same for workflows, agents and steps."""

from __future__ import annotations

from copy import copy
from typing import TYPE_CHECKING

from yaml import ScalarNode

from goflow.loader.decode import Shape, list_of, record
from goflow.loader.findings import Findings
from goflow.loader.scalars import boolean, text
from goflow.problems import Severity
from goflow.workflow.permissions import PermissionRule, Permissions, UnreadableRule, read_rule

if TYPE_CHECKING:
    from yaml import Node


def _rule(at: Findings, node: Node) -> PermissionRule | None:
    written = text(at, node)
    try:
        return None if written is None else read_rule(written)
    except UnreadableRule as error:
        at.error("GF140", error.message, node, help=error.help)
        return None


_rule_list = list_of(_rule, example='`[view, "bash(git diff *)"]`')


def _rules(at: Findings, node: Node) -> tuple[PermissionRule, ...] | None:
    """Read a list of rules, or one rule."""
    if not isinstance(node, ScalarNode):
        return _rule_list(at, node)
    rule = _rule(at, node)
    return None if rule is None else (rule,)


_PERMISSIONS = Shape(
    noun="`permissions`",
    fields={
        "allow": ("allow", _rules),
        "ask": ("ask", _rules),
        "deny": ("deny", _rules),
        "network": ("network", boolean),
    },
)
_permissions = record(_PERMISSIONS, Permissions)


def permissions(at: Findings, node: Node) -> Permissions | None:
    """Return the rules; an unknown key is a mistake in agent files too: a `dney` would deny nothing."""
    strict = copy(at)
    strict.unknown_key = Severity.ERROR
    return _permissions(strict, node)
