"""Every agent that a step may name: the workflow's own, then those found by discovery."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from pathlib import PurePath
from typing import TYPE_CHECKING

from goflow.loader.discovery import agent_folders, discover, read_agent_file
from goflow.loader.paths import absolute, shown_from
from goflow.loader.reader import Missing, Unreadable
from goflow.problems import Problem, Severity, shown, suggest
from goflow.values import dataclass
from goflow.workflow import Agent, AgentRef, SourceRole, Workflow

if TYPE_CHECKING:
    from pathlib import Path

    from goflow.loader.agent_file import AgentFile
    from goflow.loader.reader import Reader
    from goflow.loader.sources import Sources
    from goflow.problems import Locator


@dataclass(frozen=True, slots=True, kw_only=True)
class Folders:
    """Where relative paths begin: the workflow file's folder, the current one, and the user's home."""

    workflow: Path
    cwd: Path
    home: Path | None


class AgentSearch:
    """Looks up the agents of one workflow; `sources` gets the files in use, and what is wrong.

    What cannot be found or read stands as an agent without a prompt: naming it is no second mistake.
    """

    def __init__(self, folders: Folders, reader: Reader, locator: Locator, sources: Sources) -> None:
        self._folders = folders
        self._reader = reader
        self._locator = locator
        self._sources = sources
        self._found: list[AgentFile] = []
        self._by_name: dict[str, AgentFile] = {}
        self._used: set[Path] = set()

    def resolve(self, workflow: Workflow) -> dict[str, Agent]:
        """Return the workflow's own agents under their keys, then those found under their names."""
        folders = agent_folders(self._folders.cwd, self._folders.home, workflow.config.agent_search_paths)
        self._found = discover(folders, self._reader, self._folders.cwd)
        for file in self._found:
            self._by_name.setdefault(file.agent.name, file)
        agents = {name: self._own(name, ref) for name, ref in workflow.agents.items()}
        used = {step.agent for step in workflow.steps}
        for name, file in self._by_name.items():
            if name not in agents and (name in used or not file.is_broken):
                agents[name] = self._use(file) if name in used else file.agent
        self._sources.report(
            _left_out(file) for file in self._found if file.is_broken and file.path not in self._used
        )
        return agents

    def _own(self, name: str, ref: AgentRef) -> Agent:
        if ref.inline is not None:
            return ref.inline
        file = self._looked_up(name) if ref.file is None else self._read(name, ref.file)
        return Agent(name=name) if file is None else replace(self._use(file), name=name)

    def _use(self, file: AgentFile) -> Agent:
        if file.path not in self._used:
            self._used.add(file.path)
            self._sources.report(file.problems)
            if file.content is not None:
                self._sources.add(SourceRole.AGENT, file.path, file.content)
            if file.locator is not None:
                self._sources.locators[str(file.path)] = file.locator
        return file.agent

    def _looked_up(self, name: str) -> AgentFile | None:
        file = self._by_name.get(name)
        if file is None:
            self._report_unknown(name)
        return file

    def _read(self, name: str, written: str) -> AgentFile | None:
        """Return the file as written: beside the workflow, in the current folder, or discovered."""
        paths = dict.fromkeys(
            absolute(written, folder) for folder in (self._folders.workflow, self._folders.cwd)
        )
        try:
            for path in paths:
                with suppress(Missing):
                    return read_agent_file(path, self._reader, self._folders.cwd)
        except Unreadable as error:
            self._report(name, f"the agent file {shown(written)} {error.reason}", None)
            return None
        found = self._same_file_name(written) or self._by_name.get(name)
        if found is None:
            tried = [shown(shown_from(path, self._folders.cwd)) for path in paths]
            told = f"tried {', '.join(tried)}, and the folders that agents are found in"
            self._report(name, f"the agent file {shown(written)} does not exist", told)
        return found

    def _same_file_name(self, written: str) -> AgentFile | None:
        name = PurePath(written).name
        return next((file for file in self._found if file.path.name == name), None)

    def _report(self, name: str, message: str, told: str | None) -> None:
        span = self._locator.span(("agents", name, "file"))
        self._sources.report([Problem(code="GF120", message=message, span=span, help=told)])

    def _report_unknown(self, name: str) -> None:
        message = f"no agent file gives the agent {shown(name)}"
        span = self._locator.span(("agents", name), key=True)
        told = suggest(name, self._by_name) or "add `file:` or `inline:`, or an agent file of that name"
        self._sources.report([Problem(code="GF121", message=message, span=span, help=told)])


def _left_out(file: AgentFile) -> Problem:
    first = next(problem for problem in file.problems if problem.severity is Severity.ERROR)
    message = f"the agent file of {shown(file.agent.name)} is left out: {first.message}"
    return Problem(code="GF122", message=message, span=first.span, severity=Severity.WARNING, help=first.help)
