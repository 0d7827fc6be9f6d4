"""Answers of a simulation: what a script says, else one made for the step; nothing is spent."""

from __future__ import annotations

import json
from contextlib import nullcontext
from enum import StrEnum
from typing import TYPE_CHECKING

from goflow.backends.base import Outcome, Ports, Request, Success
from goflow.backends.mock import ScriptedMock, Sleep
from goflow.backends.mock_script import Answer, MockScript
from goflow.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping

    from goflow.backends.base import OpenBackend
    from goflow.tools.opening import OpenTools
    from goflow.workflow.policy import Json


class StubSource(StrEnum):
    """Where a stub answer comes from."""

    SCRIPT = "stubs"
    """A script says it."""
    SCHEMA = "schema"
    """It is the plainest value that the step's schema allows."""
    PLAIN = "plain"
    """It is a text that names the step."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stubbed:
    """A request as it would have been sent, and where its answer came from."""

    request: Request
    source: StubSource


class StubBackend:
    """Answers as `script` says; what that does not speak of, with an answer made for the step.

    `asked` keeps the last request of each step, secrets included.
    """

    def __init__(self, script: MockScript | None, *, sleep: Sleep, open_tools: OpenTools) -> None:
        self._script = script or MockScript()
        self._scripted = ScriptedMock(self._script, sleep, open_tools)
        self.asked: dict[str, Stubbed] = {}

    async def run(self, request: Request, ports: Ports) -> Outcome:
        """Answer at once, or after the time that the script says."""
        source = self._source(request)
        self.asked[request.step] = Stubbed(request=request, source=source)
        if source is StubSource.SCRIPT:
            return await self._scripted.run(request, ports)
        return Success(output=stub_answer(request.step, request.output_schema), model=request.model)

    def versions(self) -> Mapping[str, str]:
        """Return nothing."""
        return {}

    def open(self) -> OpenBackend:
        """Return the backend as one that is opened once a run."""
        return nullcontext(self)

    def _source(self, request: Request) -> StubSource:
        """Say who answers; a script without a `default` of its own leaves the rest to be made."""
        script = self._script
        if script.default != Answer() or any(rule.is_for(request) for rule in script.rules):
            return StubSource.SCRIPT
        return StubSource.PLAIN if request.output_schema is None else StubSource.SCHEMA


def stub_answer(step: str, schema: Mapping[str, Json] | None) -> str:
    """Return the answer that is made for a step without a script."""
    if schema is None:
        return f"stub output of {step}"
    from goflow.backends.schema_stub import stub_of

    return json.dumps(stub_of(schema), ensure_ascii=False, separators=(",", ":"))
