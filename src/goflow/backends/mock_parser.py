"""The text of a mock script → its rules, or every mistake in it with its place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from yaml import MappingNode

from goflow.backends.mock_fields import SCRIPT
from goflow.backends.mock_script import Answer, Fault, MockScript, Reply, Rule, glob, names_answer
from goflow.events import Usage
from goflow.loader.decode import fields_of
from goflow.loader.findings import Findings
from goflow.loader.source_text import SourceText
from goflow.loader.yaml_nodes import compose
from goflow.problems import InvalidWorkflow

if TYPE_CHECKING:
    from yaml import Node

    from goflow.problems import Problem

_SMALLEST: Final = "the smallest is `default: an answer`"
_FAIL: Final = "add `fail: rate_limited`, or another kind"
_OF_FAULTS: Final = ("fail", "message", "retry_after")
_OF_ANSWERS: Final = ("answer", "stream", "ask", "calls")


def parse_script(text: str, name: str) -> MockScript:
    """Read a script; `name` is what messages call it. Raises InvalidWorkflow with every mistake."""
    at = Findings(SourceText(name, text))
    script = _script(at)
    if at.problems:
        raise InvalidWorkflow(
            f"the mock script `{name}` holds mistakes", tuple(sorted(at.problems, key=_place))
        )
    return script


def _place(problem: Problem) -> tuple[int, int]:
    return (problem.span.line, problem.span.column) if problem.span else (0, 0)


def _script(at: Findings) -> MockScript:
    root = compose(at)
    values = fields_of(at, root, SCRIPT) if root else None
    if not values:
        if not at.problems:
            at.error("GF601", "the mock script says nothing", at.source.span(0), help=_SMALLEST)
        return MockScript()
    node, written = values.get("default", (root, {}))
    default = Replies(at, Answer()).reply(node, written)
    replies = Replies(at, default if isinstance(default, Answer) else Answer())
    rules = (read_rule(replies, node, written) for node, written in values.get("answers", ()))
    return MockScript(rules=tuple(rules), default=default)


def read_rule(replies: Replies, node: Node, written: dict[str, Any]) -> Rule:
    """Return a rule of what is written of it."""
    step_names = written.pop("step", ())
    return Rule(
        steps=tuple(map(glob, step_names)),
        step_names=step_names,
        agents=written.pop("agent", ()),
        models=written.pop("model", ()),
        prompt=written.pop("prompt", ()),
        replies=replies.by_attempt(node, written),
    )


class Replies:
    """Makes replies of what is written; one without an answer of its own has that of `default`."""

    def __init__(self, at: Findings, default: Answer) -> None:
        self._at = at
        self._default = default

    def by_attempt(self, node: Node, written: dict[str, Any]) -> tuple[Reply, ...]:
        """Return the replies of a rule."""
        if "attempts" in written:
            return self._attempts(node, written)
        if "times" not in written:
            return (self.reply(node, written),)
        times = written.pop("times")
        if not _is_written(node, "fail"):
            self._at.error(
                "GF605", "`times` says how often to fail, but not how", _key(node, "times"), help=_FAIL
            )
        fault = {name: value for name, value in written.items() if name in (*_OF_FAULTS, "delay")}
        answer = {name: value for name, value in written.items() if name not in _OF_FAULTS}
        return (*[self.reply(node, fault)] * times, self.reply(node, answer))

    def _attempts(self, node: Node, written: dict[str, Any]) -> tuple[Reply, ...]:
        attempts = written.pop("attempts")
        for name in written:
            what = f"`{name}` stands beside `attempts`, which holds whole replies"
            self._at.error(
                "GF605", what, _key(node, name), help=f"write `{name}` in the replies that it is for"
            )
        if not attempts:
            self._at.error("GF605", "`attempts` holds no reply", _key(node, "attempts"))
        return tuple(self.reply(item, values) for item, values in attempts)

    def reply(self, node: Node, written: dict[str, Any]) -> Reply:
        """Return a failure or an answer."""
        common = {"delay_s": written.get("delay", 0.0), "usage": written.get("usage", Usage())}
        return (
            self._fault(node, written, common) if "fail" in written else self._answer(node, written, common)
        )

    def _fault(self, node: Node, written: dict[str, Any], common: dict[str, Any]) -> Fault:
        for name in _OF_ANSWERS:
            if name in written:
                what = f"`{name}` is never reached: every attempt fails"
                self._at.error(
                    "GF605", what, _key(node, name), help="add `times: 1` to fail once, then answer"
                )
        kind = written["fail"]
        message = written.get("message", f"the mock script says `fail: {kind}`")
        return Fault(kind=kind, message=message, retry_after_s=written.get("retry_after"), **common)

    def _answer(self, node: Node, written: dict[str, Any], common: dict[str, Any]) -> Answer:
        for name in _OF_FAULTS:
            if name in written and not _is_written(node, "fail"):
                self._at.error("GF605", f"`{name}` is of a failure", _key(node, name), help=_FAIL)
        base = self._default if "answer" not in written else Answer()
        text, question = written.get("answer", base.text), written.get("ask", base.question)
        if "answer" in written and question is None and names_answer(text):
            what = "`{{answer}}` is what a person says, and nobody is asked"
            self._at.error("GF606", what, _key(node, "answer"), help="add `ask: {question: …}`")
        calls = written.get("calls", base.calls)
        return Answer(text=text, stream=written.get("stream"), question=question, calls=calls, **common)


def _is_written(node: Node, name: str) -> bool:
    return _key(node, name) is not node


def _key(node: Node, name: str) -> Node:
    """Return where a key is written; else, as for one that was merged in, the whole."""
    pairs = node.value if isinstance(node, MappingNode) else ()
    return next((key for key, _ in pairs if key.value == name), node)
