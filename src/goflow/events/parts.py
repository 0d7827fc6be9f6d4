"""What facts are made of."""

from __future__ import annotations

from typing import Final

from goflow.events.words import FailureKind
from goflow.values import dataclass

MASK: Final = "***"
"""What stands in a fact in place of a secret."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """An attempt's failure; `retry_after_s` is what the provider asked us to wait."""

    kind: FailureKind
    """What went wrong, of the kinds below."""
    message: str
    """What the backend said."""
    retry_after_s: float | None = None
    """The wait that the provider asked for, in seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """What an attempt consumed; `cost_usd` is None where the price is not known, never 0 for it.

    It is 0 where nobody bills what was asked: all of it was refused.
    """

    requests: int = 0
    """Requests to a model."""
    input_tokens: int = 0
    """Tokens sent, those read from a cache among them."""
    output_tokens: int = 0
    """Tokens received, those of reasoning among them."""
    cached_tokens: int = 0
    """Tokens sent that the provider had in its cache."""
    cost_usd: float | None = None
    """The price in US dollars; absent where it is not known."""

    def plus(self, more: Usage) -> Usage:
        """Return the sum; its price is known where that of each request is."""
        if self == NO_USAGE:
            return more
        if more == NO_USAGE:
            return self
        known = self.cost_usd is not None and more.cost_usd is not None
        return Usage(
            requests=self.requests + more.requests,
            input_tokens=self.input_tokens + more.input_tokens,
            output_tokens=self.output_tokens + more.output_tokens,
            cached_tokens=self.cached_tokens + more.cached_tokens,
            cost_usd=(self.cost_usd or 0.0) + (more.cost_usd or 0.0) if known else None,
        )


NO_USAGE: Final = Usage()
"""Nothing consumed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceRecord:
    """A file the run was made from; its bytes are kept in the run folder by `digest` (SHA-256, hex)."""

    role: str
    """What the file is to the run: `workflow`, `agent`, `skill`, `memory`, `input` or `script`."""
    path: str
    """Its absolute path."""
    digest: str
    """SHA-256 of its bytes, in hex."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretInput:
    """A secret input, known by a keyed hash alone and supplied again on resume."""

    name: str
    """Name of the input."""
    salt: str
    """The key of the hash."""
    digest: str
    """The keyed hash of the value."""
