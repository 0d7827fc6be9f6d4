"""Small settings that several parts of a workflow share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from enum import StrEnum
from typing import TypeAlias

from goflow.values import dataclass

Json: TypeAlias = bool | int | float | str | list["Json"] | dict[str, "Json"] | None


class OnError(StrEnum):
    """What a step's failure means for the run."""

    DEFAULT = ""
    """Best effort where the step has siblings in its level, else as `fail`."""
    FAIL = "fail"
    """What comes after the step does not run, and the run fails."""
    CONTINUE = "continue"
    """What comes after the step runs with an empty output in its place."""


class OutputFormat(StrEnum):
    """How results are printed on stdout."""

    MARKDOWN = "markdown"
    PLAIN = "plain"
    TEXT = "text"
    JSON = "json"


class WireApi(StrEnum):
    """Which of the two OpenAI interfaces a server speaks."""

    CHAT = "chat"
    RESPONSES = "responses"


class CacheScope(StrEnum):
    """Whose runs share an answer in the cache."""

    USER = "user"
    """Every run of this user, of whatever workflow."""
    WORKFLOW = "workflow"
    """The runs of this workflow file alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CachePolicy:
    """Whether answers are kept for later runs, and taken from earlier ones."""

    enabled: bool = True
    """Whether the cache is used: what `cache: true` and `cache: false` say."""
    ttl_s: float | None = None
    """How old an answer may be, in seconds; written as a duration under `ttl`; absent means any age."""
    scope: CacheScope = CacheScope.USER
    """`user` or `workflow`: whose runs share the answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedMemory:
    """One memory that all agents of a run read and append to."""

    enabled: bool = False
    """Whether the run has a shared memory."""
    inject_into_prompt: bool = False
    """Whether each prompt begins with the memory as it stands when the step starts."""
    initial_content: str | None = None
    """What the memory holds at the start."""
    initial_file: str | None = None
    """A file whose text follows the initial content; relative to the workflow file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitSpec:
    """What a model may be asked in a time; what is absent or 0 is learned from the provider."""

    rpm: int = 0
    """Requests a minute."""
    tpm: int = 0
    """Tokens a minute, in both directions."""
    concurrency: int = 0
    """Requests at the same time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """What may be spent; what is absent or 0 has no bound."""

    cost_usd: float = 0.0
    """US dollars, of models whose price is known."""
    tokens: int = 0
    """Tokens, in both directions; `200k` and `3M` are numbers too."""
    time_s: float = 0.0
    """Working time, in seconds; written as a duration under `time`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderSpec:
    """Which service answers, and how it is reached."""

    type: str
    """`openai`, `anthropic`, `azure`, `ollama`, or any other provider that the model layer knows."""
    base_url: str | None = None
    """The server's address; with one, `openai` speaks Chat Completions unless `wire_api` says otherwise."""
    api_key_env: str | None = None
    """Name of the environment variable that holds the key; the empty string means no key is sent."""
    wire_api: WireApi | None = None
    """`chat` or `responses`, for servers that speak OpenAI's interfaces."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelSettings:
    """What is asked of the model besides the prompt; absent values leave the provider's default."""

    temperature: float | None = None
    """Sampling temperature."""
    top_p: float | None = None
    """Nucleus sampling."""
    max_tokens: int | None = None
    """Bound on the tokens of an answer."""
    reasoning_effort: str | None = None
    """How much a reasoning model thinks: `minimal`, `low`, `medium`, `high`."""
    seed: int | None = None
    """Seed for providers that have one."""
    request_timeout_s: float | None = None
    """Bound on one request, in seconds; written as a duration under `request_timeout`."""
    extra_headers: Mapping[str, str] = field(default_factory=dict)
    """HTTP headers sent with each request."""
    extra_body: Mapping[str, Json] = field(default_factory=dict)
    """Fields added to each request's body."""
