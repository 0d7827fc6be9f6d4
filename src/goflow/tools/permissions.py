"""Whether a tool may be used: rules from general to specific, and what holds where none does.

A pattern is as wide as it is written: `bash(git diff *)` allows `git diff --output=/etc/x` too. Rules judge
what can be seen of a call; what a command may do at most, its sandbox decides.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from enum import StrEnum
from typing import Final

from goflow.problems import shown
from goflow.tools.base import ToolClass
from goflow.tools.permission_rules import allows, applies, catches
from goflow.tools.permission_subjects import Call, Part, Subject, subject_of
from goflow.values import dataclass
from goflow.workflow import PermissionRule, Permissions
from goflow.workflow.tool_names import is_foreign

__all__ = ["Call", "Circumstances", "Decision", "Policy", "Verdict"]


class Decision(StrEnum):
    """What becomes of a call."""

    ALLOW = "allow"
    ASK = "ask"
    DENY = "deny"


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """A decision, and its reason for people and models."""

    decision: Decision
    reason: str
    lacks_person: bool = False
    """Whether the call is denied because nobody is there to be asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Circumstances:
    """What a run is given besides its files."""

    is_trusted: bool
    """Whether the folder's own rules may allow writing, running and the network."""
    has_person: bool
    """Whether somebody is there to be asked."""
    is_confined: bool
    """Whether commands run in a sandbox, and writing stays in the workspace."""
    allows_all: bool = False
    """Whether the user allows all that no rule denies: `--allow-all-tools`."""


_FLAG: Final = "`--allow-all-tools`"
_TRUSTED_KINDS: Final = frozenset((ToolClass.WRITE, ToolClass.RUN))
_DOES: Final = {ToolClass.WRITE: "writes files", ToolClass.RUN: "runs commands"}


class Policy:
    """The rules of a workflow, an agent and a step, in this order, under the circumstances of a run.

    A rule below `deny` wins over all. Then `--allow-all-tools` allows; then, for each command of a text by
    itself, the most specific layer with a rule decides, `ask` before `allow`; then the class of the tool.
    """

    def __init__(self, layers: Sequence[Permissions | None], circumstances: Circumstances) -> None:
        self._layers = tuple(layer for layer in layers if layer is not None)
        self._circumstances = circumstances

    @property
    def has_network(self) -> bool:
        """Return whether commands may use the network: the most specific layer says so, and is trusted."""
        said = [layer.network for layer in self._layers if layer.network is not None]
        return self._circumstances.is_trusted and said[-1:] == [True]

    def hides(self, path: str) -> bool:
        """Return whether a pattern denies reading a file, so that searches pass over it: a `Call.subject`."""
        call = Call(tool="view", kind=ToolClass.READ, subject=path)
        (part,) = subject_of(call).parts
        return any(
            rule.pattern and catches(rule, call, part) for layer in self._layers for rule in layer.deny
        )

    def judge(self, call: Call) -> Verdict:
        """Return what becomes of a call."""
        subject = subject_of(call)
        denying = self._denying(call, subject)
        if denying is not None:
            return Verdict(
                decision=Decision.DENY,
                reason=f"{shown(call.name)} is denied here by the rule {shown(denying.text)}",
            )
        if self._circumstances.allows_all:
            return Verdict(decision=Decision.ALLOW, reason=f"{_FLAG} allows it")
        verdicts = list(self._verdicts(call, subject))
        asking = next((each for each in verdicts if each.decision is Decision.ASK), None)
        return verdicts[0] if asking is None else self._asked(call, asking)

    def _denying(self, call: Call, subject: Subject) -> PermissionRule | None:
        rules = (rule for layer in self._layers for rule in layer.deny)
        parts = (*subject.parts, *subject.unseen)
        return next((rule for rule in rules if any(catches(rule, call, part) for part in parts)), None)

    def _verdicts(self, call: Call, subject: Subject) -> Iterator[Verdict]:
        for part in subject.parts:
            yield self._ruled(call, part) or self._default(call, subject)
        for part in subject.unseen:
            ruled = self._ruled(call, part)
            if ruled is not None:
                yield ruled

    def _ruled(self, call: Call, part: Part) -> Verdict | None:
        """Return what the most specific layer with a rule says."""
        for layer in reversed(self._layers):
            asking = next((rule for rule in layer.ask if catches(rule, call, part)), None)
            if asking is not None:
                return Verdict(decision=Decision.ASK, reason=f"the rule {shown(asking.text)} asks a person")
            allowing = next((rule for rule in layer.allow if allows(rule, call, part)), None)
            if allowing is not None and self._counts(call):
                return Verdict(decision=Decision.ALLOW, reason=f"the rule {shown(allowing.text)} allows it")
        return None

    def _counts(self, call: Call) -> bool:
        """Return whether the folder's rules may allow such calls."""
        return self._circumstances.is_trusted or call.kind not in _TRUSTED_KINDS

    def _default(self, call: Call, subject: Subject) -> Verdict:
        """Return what holds for a part that no rule is about."""
        does = _DOES.get(call.kind)
        if does is None:
            return Verdict(decision=Decision.ALLOW, reason="reading and talking are allowed")
        why = f"{shown(call.name)} {does}" + self._distrusted(call, subject) + _not_understood(subject)
        is_held = self._circumstances.is_confined and not is_foreign(call.tool)
        if self._circumstances.has_person or not is_held or self._may_be_denied(call, subject):
            return Verdict(decision=Decision.ASK, reason=why)
        return Verdict(decision=Decision.ALLOW, reason="the sandbox holds it")

    def _may_be_denied(self, call: Call, subject: Subject) -> bool:
        """Return whether a rule denies some commands, and it cannot be seen which ones run."""
        rules = (rule for layer in self._layers for rule in layer.deny)
        return bool(subject.unseen) and any(rule.pattern and applies(rule, call) for rule in rules)

    def _distrusted(self, call: Call, subject: Subject) -> str:
        rules = (rule for layer in self._layers for rule in layer.allow)
        allowing = (rule for rule in rules if any(allows(rule, call, part) for part in subject.parts))
        found = None if self._counts(call) else next(allowing, None)
        return f"; the rule {shown(found.text)} counts once the folder is trusted: `--trust`" if found else ""

    def _asked(self, call: Call, verdict: Verdict) -> Verdict:
        """Return the verdict where somebody is there to be asked, else the refusal."""
        if self._circumstances.has_person:
            return verdict
        reason = f"{shown(call.name)} needs a person's leave, and nobody is there to ask: {verdict.reason}"
        return Verdict(decision=Decision.DENY, reason=f"{reason}; {_FLAG} allows it", lacks_person=True)


def _not_understood(subject: Subject) -> str:
    return f"; no pattern allows a text with {', '.join(subject.beyond[:3])}" if subject.beyond else ""
