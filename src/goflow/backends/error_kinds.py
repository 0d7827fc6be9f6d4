"""What kind of failure an error of a model request is, by its type alone."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Final

import httpx2
from pydantic_ai import exceptions as raised

from goflow.events import FailureKind

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
_OF_CREDENTIALS: Final = (
    ("google.auth.exceptions", "GoogleAuthError"),
    ("botocore.exceptions", "BotoCoreError"),
)


class Unreadable(Exception):
    """An answer is JSON of another shape than its interface has."""


def expected_errors() -> tuple[type[Exception], ...]:
    """Return what a model request may raise; anything else is a mistake of ours, and not classified."""
    known = (raised.AgentRunError, raised.UserError, httpx2.HTTPError, TimeoutError, Unreadable)
    return (*known, *errors_of_credentials())


def errors_of_credentials() -> tuple[type[Exception], ...]:
    """Return what vendors' libraries raise for want of credentials, of those that are imported."""
    found = ((sys.modules.get(module), name) for module, name in _OF_CREDENTIALS)
    return tuple(getattr(module, name) for module, name in found if module)


def kind_of(error: Exception, *, is_stream: bool) -> FailureKind:
    """Classify an expected error; what cannot be read in a stream of the right kind was broken on its way.

    pydantic-ai has no type for three things: an error event of no known category, which says so, a body that
    is not JSON, and a stream that ends without saying why.
    """
    if isinstance(error, Unreadable):
        return FailureKind.MALFORMED
    if isinstance(error, errors_of_credentials()):
        return FailureKind.CREDENTIALS
    for type_of_error, kind in _KINDS:
        if isinstance(error, type_of_error):
            return FailureKind.CONNECTION if is_stream and kind is FailureKind.MALFORMED else kind
    if isinstance(error, raised.ModelHTTPError):
        return _STATUSES.get(error.status_code, FailureKind.REJECTED)
    if isinstance(error, raised.ModelAPIError) and error.in_stream:
        return FailureKind.OVERLOADED
    return FailureKind.CONNECTION if is_stream else FailureKind.MALFORMED
