"""An agent file → an agent: front matter that several editors share, and the system prompt below it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from goflow.loader.decoded_text import decode_text
from goflow.loader.fields_agent import front_matter
from goflow.loader.findings import Findings
from goflow.loader.front_matter import read_front_matter
from goflow.loader.locator import NodeLocator
from goflow.problems import Problem, Severity
from goflow.values import dataclass
from goflow.workflow import Agent

if TYPE_CHECKING:
    from pathlib import Path

    from goflow.problems import Locator

_CLAUDE_TOOLS = {
    "Read": "view",
    "Grep": "grep",
    "Glob": "glob",
    "Bash": "bash",
    "Write": "create_file",
    "Edit": "replace_string_in_file",
    "MultiEdit": "multi_replace_string_in_file",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentFile:
    """An agent file as it was read, with what is wrong in it."""

    path: Path
    content: bytes | None
    """None where the file cannot be read."""
    agent: Agent
    locator: Locator | None = None
    problems: tuple[Problem, ...] = ()

    @property
    def is_broken(self) -> bool:
        """Whether it holds a mistake that stops a run."""
        return any(problem.severity is Severity.ERROR for problem in self.problems)


def parse_agent_file(path: Path, content: bytes, *, shown_path: str) -> AgentFile:
    """Return the agent in a file; a broken one is named after the file."""
    unnamed = Agent(name=agent_stem(path), file=str(path), lenient=True)
    text = decode_text(content, shown_path)
    if isinstance(text, Problem):
        return AgentFile(path=path, content=content, agent=unnamed, problems=(text,))
    at = Findings(text, unknown_key=Severity.WARNING)
    front = read_front_matter(at)
    values = {} if front.root is None else front_matter(at, front.root)
    if not values.get("name"):
        values["name"] = unnamed.name
    prompt = text.text[front.body :].replace("\r\n", "\n").strip()
    agent = replace(unnamed, **values, prompt=prompt)
    if agent.tools and _is_claude(path):
        agent = replace(agent, tools=tuple(_CLAUDE_TOOLS.get(tool, tool) for tool in agent.tools))
    return AgentFile(
        path=path,
        content=content,
        agent=agent,
        locator=NodeLocator(text, dropped=at.dropped, front=front.end, body=front.body),
        problems=tuple(dict.fromkeys(at.problems)),
    )


def agent_stem(path: Path) -> str:
    """Return the name of an agent file without `.agent.md` or `.md`."""
    return path.name.removesuffix(".md").removesuffix(".agent")


def _is_claude(path: Path) -> bool:
    return path.parent.parts[-2:] == (".claude", "agents")
