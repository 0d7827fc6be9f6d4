"""What `goflow doctor` says of tools: what they may do here, and what holds them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from goflow.tools.sandbox import Sandbox

_USES: Final = {"reading": "view", "writing": "create_file", "running": "bash", "fetching": "fetch_webpage"}
"""What tools do, each with a tool that does it."""

_SWITCHES: Final = {
    "kernel/unprivileged_userns_clone": ("0", "1"),
    "kernel/apparmor_restrict_unprivileged_userns": ("1", "0"),
    "user/max_user_namespaces": ("0", "10000"),
}
"""Switches of Linux, each with the value that forbids sandboxes and one that allows them."""


def rows_of_tools(environ: Mapping[str, str], home: Path, cwd: Path) -> Iterator[tuple[str, Sequence[str]]]:
    """Yield whether the folder is trusted, which sandbox there is, and what follows for tools."""
    from goflow.settings.folders import state_folder
    from goflow.settings.trust import is_trusted
    from goflow.tools.sandbox import describe_sandbox

    state = state_folder(environ, home)
    sandbox, trusts = describe_sandbox(environ), is_trusted(cwd, state)
    yield "folder", [str(cwd), told_of_trust(state, is_trusted=trusts)]
    yield "sandbox", [*told_of_sandbox(sandbox), *_told_of_keys(sandbox, environ, cwd)]
    for name, tool in _USES.items():
        yield name, [told_of_use(tool, is_trusted=trusts, is_confined=sandbox.confinement is not None)]
    yield "ranking", [_told_of_ranking()]


def told_of_trust(state: Path, *, is_trusted: bool) -> str:
    """Return whether the folder is trusted, and what makes it so."""
    if is_trusted:
        return f"trusted, by a line of {state / 'trusted'}"
    return (
        "not trusted: rules in its files that allow writing, running or the network count only with `--trust`"
    )


def told_of_sandbox(sandbox: Sandbox, switches: Path = Path("/proc/sys")) -> list[str]:
    """Return which sandbox commands run in, why each better one is not used, and how to get it."""
    found = sandbox.confinement
    lines = [f"{found.name}: contains {', '.join(sandbox.contained)}" if found else "none"]
    lines += [f"not used: {each}" for each in sandbox.passed_over]
    if any("`bwrap` is not installed" in each for each in sandbox.passed_over):
        lines.append("to get bubblewrap, install the package `bubblewrap` of your system")
    if found is None:
        lines += _forbidding(switches) if sandbox.passed_over else ["sandboxes are there on Linux alone"]
    return lines


def _forbidding(switches: Path) -> list[str]:
    """Return which of the system's switches forbid sandboxes."""
    names = [name for name, (off, _) in _SWITCHES.items() if _content(switches / name) == off]
    if not names:
        return ["to get one, user namespaces must be allowed, by the container too if this is in one"]
    settings = [f"{name.replace('/', '.')}={_SWITCHES[name][1]}" for name in names]
    return [f"to get one, allow user namespaces: `sysctl {' '.join(settings)}`"]


def _content(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii").strip()
    except OSError:
        return ""


def _told_of_keys(sandbox: Sandbox, environ: Mapping[str, str], cwd: Path) -> Iterator[str]:
    from goflow.tools.user_secrets import secret_places

    if sandbox.confinement is not None:
        hidden = secret_places(environ, (str(cwd.resolve()),))
        yield f"hidden from commands: {', '.join(hidden) or 'nothing, as no keys are where they usually are'}"


def told_of_use(tool: str, *, is_trusted: bool, is_confined: bool) -> str:
    """Return what becomes of a call that no rule is about, with a person there and without one."""
    from goflow.tools.catalogue import TOOLS
    from goflow.tools.permissions import Call, Circumstances, Decision, Policy

    words = {Decision.ALLOW: "allowed", Decision.ASK: "asked about", Decision.DENY: "denied"}
    call = Call(tool=tool, kind=TOOLS[tool].kind, subject="a.example")
    with_person, without = (
        Policy((), Circumstances(is_trusted=is_trusted, has_person=has_person, is_confined=is_confined))
        .judge(call)
        .decision
        for has_person in (True, False)
    )
    if with_person is without:
        return words[without]
    hint = ", unless `--allow-all-tools` is given" if without is Decision.DENY else ""
    return f"{words[with_person]} at a terminal; {words[without]} without one{hint}"


def _told_of_ranking() -> str:
    without = "so `semantic_search` is refused"
    try:
        import sqlite3
    except ImportError:
        return f"this Python has no SQLite, {without}"
    connection = sqlite3.connect(":memory:")
    try:
        connection.execute("CREATE VIRTUAL TABLE parts USING fts5(text)")
    except sqlite3.OperationalError:
        return f"SQLite {sqlite3.sqlite_version} has no FTS5, {without}"
    finally:
        connection.close()
    return f"SQLite {sqlite3.sqlite_version} has FTS5, so `semantic_search` works"
