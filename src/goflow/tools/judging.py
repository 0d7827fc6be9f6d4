"""The rules of an attempt, held against its calls and against what turns up while they are made."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from goflow.tools.base import Tool, ToolClass
from goflow.tools.permission_rules import applies
from goflow.tools.permissions import Call, Decision, Policy, Verdict
from goflow.values import dataclass

if TYPE_CHECKING:
    from goflow.tools.gate import Gate
    from goflow.workflow import Permissions

_OF_FILES: Final = frozenset({ToolClass.READ, ToolClass.WRITE})
_APPROVED: Final = Verdict(decision=Decision.ALLOW, reason="a person allowed it from now on")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """A policy, the gate that says what paths mean, and what people have allowed in this run."""

    policy: Policy
    layers: Sequence[Permissions]
    gate: Gate
    approved: set[tuple[str, str]]

    def judge(self, tool: Tool, name: str, subjects: Sequence[str]) -> Verdict:
        """Return the strictest verdict on what a call is about; raise `ToolError` for a path that leaves."""
        verdicts = [self._judge_one(tool, name, self._meant(tool, subject)) for subject in subjects]
        return max(verdicts, key=lambda verdict: _STRICTNESS[verdict.decision])

    def remember(self, tool: Tool, subjects: Sequence[str]) -> None:
        """Allow calls about the same from now on."""
        self.approved.update((tool.name, self._meant(tool, subject)) for subject in subjects)

    def _judge_one(self, tool: Tool, name: str, subject: str) -> Verdict:
        verdict = self.policy.judge(Call(tool=tool.name, kind=tool.kind, subject=subject, alias=name))
        is_approved = (tool.name, subject) in self.approved
        return _APPROVED if is_approved and verdict.decision is Decision.ASK else verdict

    def _meant(self, tool: Tool, subject: str) -> str:
        if tool.kind not in _OF_FILES:
            return subject
        return self.gate.resolved(subject or ".", writes=tool.kind is ToolClass.WRITE)

    def may_offer(self, tool: Tool, *, is_named: bool) -> bool:
        """Whether a tool is worth offering: not where a rule denies every use of it.

        One that the agent does not name itself is left out as well where no call could be allowed here.
        """
        call = Call(tool=tool.name, kind=tool.kind)
        denying = (rule for layer in self.layers for rule in layer.deny if rule.pattern is None)
        if any(applies(rule, call) for rule in denying):
            return False
        is_hopeless = self.policy.judge(call).decision is Decision.DENY
        return is_named or not is_hopeless or self._has_allowing(call)

    def _has_allowing(self, call: Call) -> bool:
        return any(applies(rule, call) for layer in self.layers for rule in layer.allow)

    def hides(self, path: str) -> bool:
        """Whether a rule denies reading a file."""
        return self.policy.hides(path)

    def may_fetch(self, url: str) -> bool:
        """Whether an address may be fetched unasked."""
        call = Call(tool="fetch_webpage", kind=ToolClass.WEB, subject=url)
        return self.policy.judge(call).decision is Decision.ALLOW


_STRICTNESS: Final = {Decision.ALLOW: 0, Decision.ASK: 1, Decision.DENY: 2}
