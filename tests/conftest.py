from __future__ import annotations

import asyncio
import ipaddress
import os
import socket
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import hypothesis
import pytest

if TYPE_CHECKING:
    from collections.abc import Coroutine, Iterator

hypothesis.settings.register_profile("quick", deadline=None, derandomize=True, database=None)
hypothesis.settings.register_profile("long", deadline=None, max_examples=2000, database=None)
hypothesis.settings.load_profile("quick")

_FOREIGN_PREFIXES = (
    "ANTHROPIC_",
    "AWS_",
    "AZURE_",
    "CO_API_",
    "COPILOT_",
    "GEMINI_",
    "GITHUB_",
    "GOFLOW_",
    "GOOGLE_",
    "OLLAMA_",
    "OPENAI_",
    "PYDANTIC_AI_",
)
_FOREIGN_SUFFIXES = ("_API_KEY", "_PROXY", "_proxy", "_TOKEN")
_FOREIGN_NAMES = ("CI", "CLICOLOR", "CLICOLOR_FORCE", "COLUMNS", "FORCE_COLOR", "NO_COLOR")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--kills", type=int, default=20, help="how many times a crash test kills a real process")


@pytest.fixture(scope="session")
def kills(pytestconfig: pytest.Config) -> int:
    """Say how many times a crash test kills a real process."""
    count: int = pytestconfig.getoption("kills")
    return count


@pytest.fixture(autouse=True)
def _nothing_of_the_user(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Give every test an empty home, an empty current folder, and no key, proxy or setting."""
    for name in list(os.environ):
        if name.startswith(_FOREIGN_PREFIXES) or name.endswith(_FOREIGN_SUFFIXES) or name in _FOREIGN_NAMES:
            monkeypatch.delenv(name)
    home = tmp_path_factory.mktemp("home")
    for name in ("HOME", "USERPROFILE"):
        monkeypatch.setenv(name, str(home))
    for name, folder in {
        "APPDATA": "config",
        "LOCALAPPDATA": "data",
        "XDG_CACHE_HOME": "cache",
        "XDG_CONFIG_HOME": "config",
        "XDG_DATA_HOME": "data",
        "XDG_STATE_HOME": "state",
    }.items():
        monkeypatch.setenv(name, str(home / folder))
    work = home / "work"
    work.mkdir()
    monkeypatch.chdir(work)


@pytest.fixture(autouse=True)
def _only_this_machine(_nothing_of_the_user: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep every test, and the processes it starts, from asking another machine anything."""
    connect, look_up = socket.socket.connect, socket.getaddrinfo

    def connect_here(self: socket.socket, address: tuple[str, int]) -> None:
        assert self.family not in {socket.AF_INET, socket.AF_INET6} or _is_here(address[0]), address
        connect(self, address)

    def look_up_here(host: str | bytes | None, *rest: object, **named: object) -> object:
        assert host is None or _is_here(host), host
        return look_up(host, *rest, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(socket.socket, "connect", connect_here)
    monkeypatch.setattr(socket, "getaddrinfo", look_up_here)
    for name in ("HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")  # where nobody listens
    monkeypatch.setenv("NO_PROXY", "127.0.0.1,::1,localhost")


def _is_here(host: str | bytes) -> bool:
    name = host.decode() if isinstance(host, bytes) else host
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return name in {"localhost", ""}


def _living_children() -> set[int]:
    if sys.platform != "linux":
        return set()
    lists = Path("/proc/self/task").glob("*/children")
    return {int(pid) for children in lists for pid in _read_if_alive(children).split()}


def _read_if_alive(children: Path) -> str:
    try:
        return children.read_text()
    except (FileNotFoundError, ProcessLookupError):
        return ""


@pytest.fixture(autouse=True)
def _no_process_left() -> Iterator[None]:
    """Fail a test that ends before its child processes do, or does not wait for them."""
    before = _living_children()
    yield
    left = _living_children() - before
    assert not left, f"child processes left over: {sorted(left)}"


@pytest.fixture(autouse=True)
def _no_task_left(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Fail a test in which `asyncio.run` had to cancel a task that nobody waited for."""
    run, left = asyncio.run, list[str]()

    async def watch(main: Coroutine[Any, Any, object]) -> object:
        try:
            return await main
        finally:
            left.extend(task.get_name() for task in asyncio.all_tasks() - {asyncio.current_task()})

    def watched_run(main: Coroutine[Any, Any, object], *, debug: bool | None = None) -> object:
        return run(watch(main), debug=debug)

    monkeypatch.setattr(asyncio, "run", watched_run)
    yield
    assert not left, f"asyncio tasks left over: {left}"
