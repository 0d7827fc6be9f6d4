"""A model request that failed, in words for people, without any secret."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from datetime import UTC, datetime
from ssl import SSLCertVerificationError
from typing import Final

from pydantic_ai import exceptions as raised

from goflow.backends.error_kinds import kind_of
from goflow.backends.foreign_words import causes, innermost_words, own_words, presentable, provider_words
from goflow.backends.http import Exchange
from goflow.backends.vendors import VENDORS
from goflow.events import Failure, FailureKind
from goflow.governor.headers import retry_after_s
from goflow.values import dataclass

_WORDS: Final[Mapping[FailureKind, str]] = {
    FailureKind.TIMEOUT: "no answer in time",
    FailureKind.CONNECTION: "the connection failed",
    FailureKind.OVERLOADED: "overloaded or out of order",
    FailureKind.RATE_LIMITED: "too many requests",
    FailureKind.QUOTA_EXHAUSTED: "the quota is used up",
    FailureKind.MODEL_UNAVAILABLE: "the model is not available",
    FailureKind.EMPTY_OUTPUT: "the answer is empty",
    FailureKind.MALFORMED: "the answer cannot be read",
    FailureKind.INVALID_OUTPUT: "the answer does not satisfy its schema",
    FailureKind.REJECTED: "the request was refused",
    FailureKind.CREDENTIALS: "no access",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Whom an attempt asked, as far as messages need to know; `secrets` never appear in one.

    `key_variable` names the variable that held the key which was sent.
    """

    provider: str
    model: str
    address: str
    secrets: tuple[str, ...] = field(default=(), repr=False)
    key_variable: str | None = None


def classify(error: Exception, asked: Asked, exchange: Exchange) -> Failure:
    """Say what kind of failure an expected error is, what the provider said, and how long it asks to wait."""
    kind = kind_of(error, is_stream=exchange.is_stream)
    wait_s = retry_after_s(exchange.headers, datetime.now(UTC))
    if wait_s is None and isinstance(error, raised.ModelAPIError):
        wait_s = error.retry_after
    said = presentable(_words(error, kind, exchange), asked.secrets)
    detail = "; ".join(filter(None, (said, _request_id(exchange.headers), _hint(error, kind, asked))))
    return failure(kind, asked, detail, status=_status(error), wait_s=wait_s)


def failure(
    kind: FailureKind, asked: Asked, detail: str, *, status: int | None = None, wait_s: float | None = None
) -> Failure:
    """Put a failure into words."""
    where = f"{asked.provider} at {asked.address}" if kind is FailureKind.CONNECTION else asked.provider
    what = f"`{asked.model}`" + (f", HTTP {status}" if status else "")
    message = f"{where}: {_WORDS[kind]} ({what})" + (f": {detail}" if detail else "")
    return Failure(kind=kind, message=message, retry_after_s=wait_s)


def _words(error: Exception, kind: FailureKind, exchange: Exchange) -> str:
    """Return what says most: the provider's words, the limit that ran out, the cause, or the error."""
    if words := provider_words(error):
        return words
    if kind is FailureKind.TIMEOUT:
        return _limit(error, exchange)
    return innermost_words(error) if kind is FailureKind.CONNECTION else own_words(error)


def _limit(error: Exception, exchange: Exchange) -> str:
    """Name the limit that ran out."""
    if isinstance(error, raised.ModelConnectionError) and error.phase == "connect":
        return f"no connection within {exchange.connect_s:g}s"
    if exchange.total_s is not None:
        return f"`request_timeout` is {exchange.total_s:g}s"
    return f"nothing came for {exchange.silence_s:g}s"


def _hint(error: Exception, kind: FailureKind, asked: Asked) -> str:
    if kind is FailureKind.CREDENTIALS and VENDORS[asked.provider].key_variables:
        return _hint_on_key(asked)
    if isinstance(error, raised.ModelHTTPError) and error.suggested_model_id:
        return f"did you mean `{error.suggested_model_id.partition(':')[2] or error.suggested_model_id}`"
    if any(isinstance(cause, SSLCertVerificationError) for cause in causes(error)):
        return "an authority of your own goes into `SSL_CERT_FILE`"
    return ""


def _hint_on_key(asked: Asked) -> str:
    if asked.key_variable is None:
        return "no key was sent: name its variable in `config.provider.api_key_env`"
    return f"the key was that of `{asked.key_variable}`"


def _status(error: Exception) -> int | None:
    return error.status_code if isinstance(error, raised.ModelHTTPError) else None


def _request_id(headers: Mapping[str, str]) -> str:
    found = next((headers[name] for name in ("x-request-id", "request-id") if headers.get(name)), "")
    return f"request {presentable(found, ())}" if found else ""
