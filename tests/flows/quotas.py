"""A provider that takes so many requests and tokens in a time, refuses the rest, and keeps count."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import Enum

from tests.model_server import Received, Reply, chat, whole


class Telling(Enum):
    """What a provider says of its limits."""

    ALL = "the headers of OpenAI"
    WAIT = "Retry-After with a refusal"
    NOTHING = "that it refuses"


@dataclass
class Allowance:
    """So much a second, and so much at once: it fills up again as time passes."""

    per_s: float
    at_once: float
    left: float = -1.0
    seen_at: float = 0.0

    def take(self, amount: float) -> bool:
        """Take an amount if it is there."""
        self.fill()
        if self.left < amount:
            return False
        self.left -= amount
        return True

    def fill(self) -> None:
        now = time.monotonic()
        if self.left < 0:
            self.left, self.seen_at = self.at_once, now
        self.left = min(self.at_once, self.left + (now - self.seen_at) * self.per_s)
        self.seen_at = now

    def wait_s(self, amount: float) -> float:
        """Return in how many seconds an amount is there."""
        return max(0.0, (amount - self.left) / self.per_s)


@dataclass
class Quota:
    """A model behind an allowance of requests, and perhaps of tokens; it takes a while to answer."""

    requests: Allowance
    tokens: Allowance | None = None
    telling: Telling = Telling.ALL
    delay_s: float = 0.05
    tokens_of_answer: int = 10
    change: Callable[[Quota], None] = lambda _: None
    """Called with each request, before it is judged."""
    taken: list[float] = field(default_factory=list)
    refused: list[float] = field(default_factory=list)
    tokens_taken: float = 0.0

    async def answer(self, request: Received) -> Reply:
        """Answer, or refuse at once."""
        self.change(self)
        tokens = len(json.dumps(request.body["messages"])) / 4 + self.tokens_of_answer
        has_tokens = self.tokens is None or self.tokens.take(tokens)
        if not has_tokens or not self.requests.take(1):
            self.refused.append(time.monotonic())
            return self._refusal(tokens)
        self.taken.append(time.monotonic())
        self.tokens_taken += tokens
        headers = self._headers()
        await asyncio.sleep(self.delay_s)
        reply = chat(
            "done",
            prompt_tokens=round(tokens) - self.tokens_of_answer,
            completion_tokens=self.tokens_of_answer,
            total_tokens=round(tokens),
        )
        return Reply(pieces=reply.pieces, headers={**reply.headers, **headers})

    def _refusal(self, tokens: float) -> Reply:
        wait_s = self.requests.wait_s(1)
        if self.tokens is not None:
            wait_s = max(wait_s, self.tokens.wait_s(tokens))
        headers = self._headers()
        if self.telling is not Telling.NOTHING:
            headers["retry-after"] = str(max(1, round(wait_s + 0.5)))
        body = {"error": {"message": "Rate limit reached", "type": "requests", "code": "rate_limit_exceeded"}}
        return Reply(
            pieces=(json.dumps(body).encode(),),
            status=429,
            headers={"content-type": "application/json", **headers},
        )

    def _headers(self) -> dict[str, str]:
        if self.telling is not Telling.ALL:
            return {}
        told = _told("requests", self.requests)
        return told if self.tokens is None else told | _told("tokens", self.tokens)

    @property
    def refused_share(self) -> float:
        """Return the share of all requests that were refused."""
        return len(self.refused) / max(1, len(self.refused) + len(self.taken))

    @property
    def seconds(self) -> float:
        """Return the time from the first request to the last that was taken."""
        return max(self.taken) - min((*self.taken, *self.refused))


def _told(kind: str, allowance: Allowance) -> dict[str, str]:
    allowance.fill()
    reset_s = (allowance.at_once - allowance.left) / allowance.per_s
    return {
        f"x-ratelimit-limit-{kind}": f"{allowance.at_once:.0f}",
        f"x-ratelimit-remaining-{kind}": f"{int(allowance.left)}",
        f"x-ratelimit-reset-{kind}": f"{reset_s:.3f}s",
    }


def ideal_s(count: float, allowance: Allowance) -> float:
    """Return how long an allowance takes to let so much through, when it is full at the start."""
    return max(0.0, (count - allowance.at_once) / allowance.per_s)


def by_model(quotas: dict[str, Quota]) -> Callable[[Received], object]:
    """Let each model have a quota of its own."""
    return lambda request: quotas[request.body["model"]].answer(request)


def refuse_for(seconds: int) -> Reply:
    """Refuse, and ask to wait so long."""
    body = {"error": {"message": "Rate limit reached", "type": "requests", "code": "rate_limit_exceeded"}}
    return whole(body, status=429, retry_after=str(seconds))


def steps(count: int, model: str, *, name: str = "s", more: str = "") -> Sequence[str]:
    """Return lines of steps that ask a model, all at once."""
    return [f"- {{id: {name}{n}, prompt: 'say {n}', model: {model}{more}}}" for n in range(count)]
