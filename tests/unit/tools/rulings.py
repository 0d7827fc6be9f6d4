"""Rules and calls in few words: what tests of permissions look at."""

from __future__ import annotations

from goflow.tools.base import ToolClass
from goflow.tools.permissions import Call, Circumstances, Policy, Verdict
from goflow.workflow import Permissions
from goflow.workflow.permissions import read_rule
from goflow.workflow.tool_names import CLASS_OF


def rules(*, allow: str = "", ask: str = "", deny: str = "", network: bool | None = None) -> Permissions:
    """Return permissions; rules stand between commas."""
    allowed, asked, denied = (
        tuple(read_rule(text) for text in texts.split(",") if text.strip()) for texts in (allow, ask, deny)
    )
    return Permissions(allow=allowed, ask=asked, deny=denied, network=network)


def circumstances(words: str) -> Circumstances:
    """Return circumstances: `trusted`, `person`, `confined`, `all`, as far as they are named."""
    return Circumstances(
        is_trusted="trusted" in words,
        has_person="person" in words,
        is_confined="confined" in words,
        allows_all="all" in words.split(),
    )


def ruled(tool: str, subject: str = "", *layers: Permissions | None, given: str = "trusted person") -> str:
    """Return the decision on a use of a tool."""
    return verdict(tool, subject, *layers, given=given).decision.value


def verdict(
    tool: str, subject: str = "", *layers: Permissions | None, given: str = "trusted person"
) -> Verdict:
    kind = ToolClass(CLASS_OF.get(tool, "run"))
    return Policy(layers, circumstances(given)).judge(Call(tool=tool, kind=kind, subject=subject))
