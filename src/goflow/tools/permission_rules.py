"""Which calls a rule holds for."""

from __future__ import annotations

from fnmatch import fnmatchcase

from goflow.tools.base import ToolClass
from goflow.tools.permission_subjects import Call, Part
from goflow.workflow import PermissionRule
from goflow.workflow.tool_names import class_named, tools_named


def allows(rule: PermissionRule, call: Call, part: Part) -> bool:
    """Return whether a rule below `allow` allows a part of a call."""
    return _names(rule, call) and (rule.pattern is None or part.is_allowed(rule.pattern))


def catches(rule: PermissionRule, call: Call, part: Part) -> bool:
    """Return whether a rule below `ask` or `deny` holds for a part of a call."""
    return applies(rule, call) and (rule.pattern is None or part.is_caught(rule.pattern))


def applies(rule: PermissionRule, call: Call) -> bool:
    """Return whether a rule below `ask` or `deny` is about such calls.

    A file that one tool may not read no other may: `view(**/.env)` is about searches too.
    """
    reads = call.kind is ToolClass.READ and class_named(rule.tool) == ToolClass.READ
    return _names(rule, call) or (reads and rule.pattern is not None)


def _names(rule: PermissionRule, call: Call) -> bool:
    if rule.tool in {"*", call.kind, call.tool} or call.tool in tools_named(rule.tool):
        return True
    return "/" in rule.tool and "/" in call.tool and fnmatchcase(call.tool, rule.tool)
