"""What an error of a model request means: its kind, by its type, and a message without any secret."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

import httpx2
from pydantic_ai import exceptions as raised

from goflow.backends.http import Exchange
from goflow.backends.waits import retry_after_s
from goflow.events import Failure, FailureKind


class Unreadable(Exception):
    """An answer is JSON of another shape than its interface has."""


EXPECTED: Final = (raised.AgentRunError, raised.UserError, httpx2.HTTPError, TimeoutError, Unreadable)
"""What a model request may raise; anything else is a mistake of ours, and not classified."""

_KINDS: Final[tuple[tuple[type[Exception], FailureKind], ...]] = (
    (raised.ModelQuotaExceededError, FailureKind.QUOTA_EXHAUSTED),
    (raised.ModelRateLimitError, FailureKind.RATE_LIMITED),
    (raised.ModelNotFoundError, FailureKind.MODEL_UNAVAILABLE),
    (raised.ModelAuthenticationError, FailureKind.CREDENTIALS),
    (raised.ModelRequestRejectedError, FailureKind.REJECTED),
    (raised.ModelUnavailableError, FailureKind.OVERLOADED),
    (raised.ModelServerError, FailureKind.OVERLOADED),
    (raised.ModelRequestTimeout, FailureKind.TIMEOUT),
    (raised.ModelTimeoutError, FailureKind.TIMEOUT),
    (raised.ModelConnectionError, FailureKind.CONNECTION),
    (raised.ContentFilterError, FailureKind.REJECTED),
    (raised.UnexpectedModelBehavior, FailureKind.MALFORMED),
    (raised.UserError, FailureKind.REJECTED),
    (httpx2.TimeoutException, FailureKind.TIMEOUT),
    (httpx2.HTTPError, FailureKind.CONNECTION),
    (TimeoutError, FailureKind.TIMEOUT),
)
_STATUSES: Final[Mapping[int, FailureKind]] = {408: FailureKind.TIMEOUT, 409: FailureKind.OVERLOADED}
_WORDS: Final[Mapping[FailureKind, str]] = {
    FailureKind.TIMEOUT: "no answer in time",
    FailureKind.CONNECTION: "the connection failed",
    FailureKind.OVERLOADED: "overloaded or out of order",
    FailureKind.RATE_LIMITED: "too many requests",
    FailureKind.QUOTA_EXHAUSTED: "the quota is used up",
    FailureKind.MODEL_UNAVAILABLE: "the model is not available",
    FailureKind.EMPTY_OUTPUT: "the answer is empty",
    FailureKind.MALFORMED: "the answer cannot be read",
    FailureKind.REJECTED: "the request was refused",
    FailureKind.CREDENTIALS: "the key was refused",
}
_NO_KEY_WAS_SENT: Final = "no key was sent: name its variable in `config.provider.api_key_env`"
_LONGEST: Final = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Whom an attempt asked, as far as messages need to know; `secrets` never appear in one."""

    provider: str
    model: str
    address: str
    secrets: tuple[str, ...] = field(default=(), repr=False)


def classify(error: Exception, asked: Asked, exchange: Exchange) -> Failure:
    """Say what kind of failure an expected error is, what the provider said, and how long it asks to wait."""
    kind = _kind(error, is_stream=exchange.is_stream)
    wait_s = retry_after_s(exchange.headers, datetime.now(UTC))
    if wait_s is None and isinstance(error, raised.ModelAPIError):
        wait_s = error.retry_after
    said = _limit(error, exchange) if kind is FailureKind.TIMEOUT else _said(error, kind)
    keyless = _NO_KEY_WAS_SENT if kind is FailureKind.CREDENTIALS and not asked.secrets else ""
    detail = "; ".join(filter(None, (said, _request_id(exchange.headers), keyless)))
    return failure(kind, asked, detail, status=_status(error), wait_s=wait_s)


def failure(
    kind: FailureKind, asked: Asked, detail: str, *, status: int | None = None, wait_s: float | None = None
) -> Failure:
    """Put a failure into words."""
    where = f"{asked.provider} at {asked.address}" if kind is FailureKind.CONNECTION else asked.provider
    what = f"`{asked.model}`" + (f", HTTP {status}" if status else "")
    message = f"{where}: {_WORDS[kind]} ({what})" + (f": {detail}" if detail else "")
    for secret in asked.secrets:
        message = message.replace(secret, "***")
    return Failure(kind=kind, message=message, retry_after_s=wait_s)


def _kind(error: Exception, *, is_stream: bool) -> FailureKind:
    """Classify by type; what cannot be read in a stream that speaks the protocol was broken on its way."""
    if isinstance(error, Unreadable):
        return FailureKind.MALFORMED
    for kind_of_error, kind in _KINDS:
        if isinstance(error, kind_of_error):
            return FailureKind.CONNECTION if is_stream and kind is FailureKind.MALFORMED else kind
    if isinstance(error, raised.ModelHTTPError):
        return _STATUSES.get(error.status_code, FailureKind.REJECTED)
    # pydantic-ai has no type for three things: an error event of no known category, which says so, a body
    # that is not JSON, and a stream that ends without saying why.
    if isinstance(error, raised.ModelAPIError) and error.in_stream:
        return FailureKind.OVERLOADED
    return FailureKind.CONNECTION if is_stream else FailureKind.MALFORMED


def _limit(error: Exception, exchange: Exchange) -> str:
    """Name the limit that ran out."""
    if isinstance(error, raised.ModelHTTPError):
        return _said(error, FailureKind.TIMEOUT)
    if isinstance(error, raised.ModelConnectionError) and error.phase == "connect":
        return f"no connection within {exchange.connect_s:g}s"
    if exchange.total_s is not None:
        return f"`request_timeout` is {exchange.total_s:g}s"
    return f"nothing came for {exchange.silence_s:g}s"


def _status(error: Exception) -> int | None:
    return error.status_code if isinstance(error, raised.ModelHTTPError) else None


def _request_id(headers: Mapping[str, str]) -> str:
    found = next((headers[name] for name in ("x-request-id", "request-id") if headers.get(name)), "")
    return f"request {_plain(found)}" if found else ""


def _said(error: Exception, kind: FailureKind) -> str:
    """Return what the provider said, else what the cause of a lost connection says, else the error itself."""
    body = error.body if isinstance(error, raised.ModelAPIError | raised.UnexpectedModelBehavior) else None
    words = next(_words_of(body), "")
    if not words and kind is FailureKind.CONNECTION:
        words = _innermost(error)
    elif not words and not isinstance(error, raised.ModelHTTPError):
        words = _text(error)
    return _plain(words).rstrip(".")


def _words_of(body: object) -> Iterator[str]:
    match body:
        case str():
            yield body
        case (
            {"message": str(text)}
            | {"error": {"message": str(text)}}
            | {"error": str(text)}
            | {"detail": str(text)}
        ):
            yield text
        case _:
            return


def _innermost(error: BaseException) -> str:
    """Return the last words down the chain of causes: `connection refused` rather than `Connection error`."""
    words = _text(error)
    while cause := error.__cause__ or error.__context__:
        error, words = cause, _text(cause) or words
    return words


def _text(error: BaseException) -> str:
    """Return an error's words, even where a provider made them something else than text."""
    return str(error.message) if isinstance(error, raised.AgentRunError) else str(error)


def _plain(text: str) -> str:
    """Strip escapes and line breaks from foreign text, and bound it."""
    printable = "".join(character if character.isprintable() else " " for character in text)
    short = re.sub(r"\s+", " ", printable).strip()
    return short if len(short) <= _LONGEST else short[:_LONGEST] + "..."
