"""The tools of a run: built once, and handed to each attempt as far as its agent may use them."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import field
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol

from goflow.tools.base import Tool, ToolContext
from goflow.tools.catalogue import TOOLS
from goflow.tools.gate import Gate
from goflow.tools.judging import Rules
from goflow.tools.permissions import Circumstances, Policy
from goflow.tools.toolset import Caller, CallPorts, Toolset
from goflow.values import dataclass
from goflow.workflow.tool_names import OF_THE_STEP, tools_named

if TYPE_CHECKING:
    from goflow.tools.confinement import Confinement
    from goflow.workflow import Permissions


class Attempt(Protocol):
    """What is known of an attempt that wants tools; `tools` None means no restriction, empty none at all."""

    @property
    def step(self) -> str: ...
    @property
    def attempt(self) -> int: ...
    @property
    def agent(self) -> str: ...
    @property
    def tools(self) -> tuple[str, ...] | None: ...
    @property
    def interactive(self) -> bool: ...
    @property
    def shares_memory(self) -> bool: ...
    @property
    def extra_dirs(self) -> tuple[str, ...]: ...
    @property
    def permissions(self) -> tuple[Permissions, ...]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Toolbox:
    """What a run's tools work in, and the rules they work by."""

    workspace: str
    circumstances: Circumstances
    tools: Mapping[str, Tool] = field(default_factory=lambda: TOOLS)
    functions: Mapping[str, Tool] = field(default_factory=dict)
    """Python functions by the names that agents give them, `module:name`."""
    protected: tuple[str, ...] = ()
    confinement: Confinement | None = None
    environ: Mapping[str, str] = field(default_factory=dict)
    approved: set[tuple[str, str]] = field(default_factory=set)
    """What people have allowed from now on: tools, and what the calls were about."""

    @classmethod
    def empty(cls) -> Toolbox:
        """Return a toolbox without tools."""
        nobody = Circumstances(is_trusted=False, has_person=False, is_confined=False)
        return cls(workspace="/", circumstances=nobody, tools={})

    def toolset(self, attempt: Attempt, ports: CallPorts) -> Toolset:
        """Return the tools that an attempt's agent is offered."""
        extra_dirs = tuple(filter(self._may_open, self._folders(attempt)))
        rules = self._rules(attempt, extra_dirs)
        return Toolset(
            tools=self._offered(attempt, rules),
            judge=rules,
            context=self._context(rules, extra_dirs, ports),
            caller=Caller(step=attempt.step, attempt=attempt.attempt, agent=attempt.agent),
            ports=ports,
        )

    def offered_to(self, attempt: Attempt) -> Mapping[str, Tool]:
        """Return the tools that an attempt's agent is offered, by the names that the model is given."""
        return self._offered(attempt, self._rules(attempt, ()))

    def _folders(self, attempt: Attempt) -> Iterator[str]:
        return (os.path.realpath(Path(self.workspace, each)) for each in attempt.extra_dirs)

    def _may_open(self, folder: str) -> bool:
        """Whether tools may work in a folder: one elsewhere takes trust in the files that name it."""
        is_trusted = self.circumstances.is_trusted or self.circumstances.allows_all
        return is_trusted or Path(folder).is_relative_to(self.workspace)

    def _rules(self, attempt: Attempt, extra_dirs: tuple[str, ...]) -> Rules:
        return Rules(
            policy=Policy(attempt.permissions, self.circumstances),
            layers=attempt.permissions,
            gate=Gate(workspace=self.workspace, extra_dirs=extra_dirs, protected=self.protected),
            approved=self.approved,
        )

    def _context(self, rules: Rules, extra_dirs: tuple[str, ...], ports: CallPorts) -> ToolContext:
        return ToolContext(
            workspace=self.workspace,
            extra_dirs=extra_dirs,
            protected=self.protected,
            confinement=self.confinement,
            network=rules.policy.has_network,
            environ=self.environ,
            rules=rules,
            ports=ports,
        )

    def _offered(self, attempt: Attempt, rules: Rules) -> dict[str, Tool]:
        """Return the tools by the names that the model is given."""
        is_named = attempt.tools is not None
        offered: dict[str, Tool] = {}
        for written in self.tools if attempt.tools is None else attempt.tools:
            for name, tool in self._named(written):
                if tool.name not in OF_THE_STEP and rules.may_offer(tool, is_named=is_named):
                    offered.setdefault(name, tool)
        for name in _of_the_step(attempt):
            if name in self.tools and rules.may_offer(self.tools[name], is_named=True):
                offered[name] = self.tools[name]
        return offered

    def _named(self, written: str) -> Iterator[tuple[str, Tool]]:
        """Yield what a name means; a tool keeps the name it was written under, where models take it."""
        if written in self.functions:
            tool = self.functions[written]
            yield tool.name.rpartition(":")[2], tool
        names = tools_named(written)
        for name in names:
            if name in self.tools:
                yield written if len(names) == 1 and _FIT.fullmatch(written) else name, self.tools[name]


_FIT: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")


def _of_the_step(attempt: Attempt) -> Iterator[str]:
    """Yield the tools that a step has by itself."""
    if attempt.shares_memory:
        yield from ("read_memory", "write_memory")
    if attempt.interactive:
        yield "ask_user"
