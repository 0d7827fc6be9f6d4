"""Asking a model through the real backend, as a run does."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from goflow.backends.base import Backend, Need, Outcome, Refusal, Request, Settle, Success
from goflow.backends.http import Patience
from goflow.backends.limiting import Limiting
from goflow.backends.llm import missing_packages, open_llm
from goflow.backends.providers import Surroundings, resolve_providers
from goflow.events import AnyAttemptFact, AttemptFact, Failure, ThrottleFact, Usage
from goflow.tools.opening import OpenTools, open_no_tools
from goflow.workflow import ModelSettings, ProviderSpec, WireApi

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

KEY = "sk-canary-8f1e"
PATIENCE = Patience(connect_s=5, whole_s=5, stream_s=5)


@dataclass
class Watcher:
    """Ports that note what is shown and recorded; people say what the test has them say."""

    shown: list[str] = field(default_factory=list)
    has_seen: asyncio.Event = field(default_factory=asyncio.Event)
    facts: list[AttemptFact] = field(default_factory=list)
    memory: list[str] = field(default_factory=list)
    answers: dict[str, str] = field(default_factory=dict)
    """What people say, by the question; of approvals, by a word in it."""
    asked: list[str] = field(default_factory=list)
    needs: list[Need] = field(default_factory=list)
    settled: list[Usage] = field(default_factory=list)

    def progress(self, text: str) -> None:
        self.shown.append(text)
        self.has_seen.set()

    async def ask(self, question: str, choices: tuple[str, ...] = (), *, key: str = "") -> str:
        self.asked.append(question)
        return self.answers[question]

    async def approve(self, question: str, choices: tuple[str, ...], *, key: str) -> str:
        self.asked.append(question)
        return next((said for word, said in self.answers.items() if word in question), "")

    def approval(self, question: str, *, key: str) -> str:
        return self.answers.get(key, "")

    async def record(self, fact: AnyAttemptFact) -> AnyAttemptFact:
        self.facts.append(fact)
        return fact

    def note(self, fact: ThrottleFact) -> None:
        self.facts.append(fact)

    @asynccontextmanager
    async def reserve(self, need: Need) -> AsyncIterator[Settle]:
        self.needs.append(need)
        yield self.settled.append

    def read_memory(self) -> str:
        return "\n".join(self.memory)

    async def write_memory(self, text: str) -> None:
        self.memory.append(text)


class HastyClock:
    """The time of day, in which waits take none of it: what is waited for comes at once."""

    def __init__(self) -> None:
        self.skipped_ms = 0

    def now_ms(self) -> int:
        return round(time.time() * 1000) + self.skipped_ms

    async def wait(self, event: asyncio.Event, until_ms: int | None) -> None:
        if until_ms is None:
            await event.wait()
            return
        await asyncio.sleep(0)
        if not event.is_set():
            self.skipped_ms += max(0, until_ms - self.now_ms())


def provider(kind: str, url: str, wire: WireApi | None = None) -> ProviderSpec:
    return ProviderSpec(type=kind, base_url=url, api_key_env="CANARY", wire_api=wire)


def request_for(
    model: str | None = "m",
    *,
    streaming: bool = False,
    settings: ModelSettings | None = None,
    system: str = "",
    has_fallback: bool = False,
    has_budget: bool = False,
) -> Request:
    return Request(
        run_id="r-1",
        step="s",
        attempt=1,
        agent="a",
        system=system,
        prompt="hello",
        model=model,
        streaming=streaming,
        settings=settings,
        has_fallback=has_fallback,
        has_budget=has_budget,
    )


@asynccontextmanager
async def opened(
    spec: ProviderSpec,
    model: str | None = "m",
    *,
    environ: Mapping[str, str] | None = None,
    patience: Patience = PATIENCE,
    limiting: Limiting | None = None,
    open_tools: OpenTools = open_no_tools,
) -> AsyncIterator[Backend]:
    """Open the backend for one model of one provider."""
    environ = {"CANARY": KEY} | dict(environ or {})
    around = Surroundings(environ=environ, missing_packages=missing_packages())
    routes = resolve_providers([(model,)], spec, around)
    async with open_llm(
        routes, environ, patience=patience, limiting=limiting, open_tools=open_tools
    ) as backend:
        yield backend


async def ask(spec: ProviderSpec, request: Request, *, patience: Patience = PATIENCE) -> Outcome:
    async with opened(spec, request.model, patience=patience) as backend:
        return await backend.run(request, Watcher())


def failure_in(outcome: Outcome) -> Failure:
    assert isinstance(outcome, Refusal), outcome
    return outcome.failure


def answer_in(outcome: Outcome) -> Success:
    assert isinstance(outcome, Success), outcome
    return outcome
