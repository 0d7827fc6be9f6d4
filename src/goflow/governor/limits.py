"""What bounds the calls to a model: as the user gives it, and as a provider tells it."""

from __future__ import annotations

from dataclasses import field

from goflow.values import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class BucketKey:
    """What a provider counts together; `secret` is the key itself, and is only ever digested."""

    provider: str
    address: str
    model: str
    secret: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitSpec:
    """Limits that the user gives: requests and tokens a minute, and calls at once; each above zero."""

    rpm: float | None = None
    tpm: float | None = None
    concurrency: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class QuotaTold:
    """One limit of a provider's: how much, what is left, and the seconds until there is all of it again."""

    limit: float
    remaining: float
    reset_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitsTold:
    """The limits that one response told."""

    requests: QuotaTold | None = None
    tokens: QuotaTold | None = None


NOTHING_GIVEN = LimitSpec()
NOTHING_TOLD = LimitsTold()
