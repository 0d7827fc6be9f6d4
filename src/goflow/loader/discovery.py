"""Agents that a workflow does not name files for: found in folders, highest first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from goflow.loader.agent_file import AgentFile, agent_stem, parse_agent_file
from goflow.loader.paths import absolute, shown_from
from goflow.loader.reader import MEGABYTE, Unreadable
from goflow.problems import Problem, shown
from goflow.values import dataclass
from goflow.workflow import Agent

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from goflow.loader.reader import Reader

AGENT_LIMIT = MEGABYTE

_BOTH = (".agent.md", ".md")


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentFolder:
    """A folder with agent files, and the endings they have there: files with an earlier ending win."""

    path: Path
    endings: tuple[str, ...]


def agent_folders(cwd: Path, home: Path | None, search_paths: Iterable[str]) -> list[AgentFolder]:
    """Return the folders that agents are looked for in, highest first."""
    found = [
        AgentFolder(path=cwd / "agents", endings=(".agent.md",)),
        AgentFolder(path=cwd / ".github" / "agents", endings=_BOTH),
        AgentFolder(path=cwd / ".claude" / "agents", endings=(".md",)),
    ]
    if home is not None:
        found.append(AgentFolder(path=home / ".copilot" / "agents", endings=_BOTH))
    found.extend(AgentFolder(path=absolute(path, cwd), endings=_BOTH) for path in search_paths)
    return found


def discover(folders: Sequence[AgentFolder], reader: Reader, cwd: Path) -> list[AgentFile]:
    """Return the agent files of all folders, highest first; those that cannot be read hold the reason."""
    paths = dict.fromkeys(path for folder in folders for path in _files(folder, reader))
    return [_agent_file(path, reader, cwd) for path in paths]


def read_agent_file(path: Path, reader: Reader, cwd: Path) -> AgentFile:
    """Return the agent in a file that must be there."""
    content = reader.read(path, limit=AGENT_LIMIT)
    return parse_agent_file(path, content, shown_path=shown_from(path, cwd))


def _agent_file(path: Path, reader: Reader, cwd: Path) -> AgentFile:
    try:
        return read_agent_file(path, reader, cwd)
    except Unreadable as error:
        problem = Problem(
            code="GF002", message=f"the agent file {shown(shown_from(path, cwd))} {error.reason}"
        )
        agent = Agent(name=agent_stem(path), file=str(path), lenient=True)
        return AgentFile(path=path, content=None, agent=agent, problems=(problem,))


def _files(folder: AgentFolder, reader: Reader) -> Iterator[Path]:
    try:
        names = reader.names(folder.path)
    except Unreadable:
        return
    for ending in folder.endings:
        yield from (folder.path / name for name in names if name.endswith(ending) and name[0] != ".")
