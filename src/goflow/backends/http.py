"""Our own HTTP client: one a run, with our timeouts, and hooks that note what each attempt exchanged.

Its pool has no limit: `max_concurrency` bounds a run, and a request that waited here for a free connection
would look like a slow provider. Idle connections are kept for `KEEP_IDLE_S` seconds, less than servers keep
theirs (5 s is the shortest in common use), so that a request does not meet one that is just being closed; and
no more than `MOST_IDLE` of them, because the pool looks at each one whenever a request begins or ends.
"""

from __future__ import annotations

import ssl
from contextvars import ContextVar
from dataclasses import field
from pathlib import Path
from typing import TYPE_CHECKING, Final

from goflow.errors import ProviderUnavailable
from goflow.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping

    import httpx2

KEEP_IDLE_S: Final = 4.0
MOST_IDLE: Final = 100
NO_KEY: Final = "no-key-is-sent"
"""Stands where a provider's library insists on a key; a header that holds it is not sent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How many seconds a request may stay silent; nothing bounds an answer that keeps coming.

    `whole_s` is for answers in one piece, where a long generation and a dead connection look the same;
    `stream_s` is the longest silence in a stream, which providers break with pings while a model thinks.
    """

    connect_s: float = 30.0
    whole_s: float = 600.0
    stream_s: float = 300.0


@dataclass(slots=True, kw_only=True)
class Exchange:
    """One attempt's limits, and what it sent and got back, as the client's hooks note it."""

    connect_s: float
    silence_s: float
    total_s: float | None = None
    requests: int = 0
    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_stream(self) -> bool:
        """Whether the answer comes as events, which is asked for below us where an answer may be long."""
        return self.headers.get("content-type", "").startswith("text/event-stream")


EXCHANGE: Final[ContextVar[Exchange]] = ContextVar("goflow_exchange")


def open_http_client(environ: Mapping[str, str]) -> httpx2.AsyncClient:
    """Build the client; proxies are those of `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY`."""
    import httpx2

    limits = httpx2.Limits(
        max_connections=None, max_keepalive_connections=MOST_IDLE, keepalive_expiry=KEEP_IDLE_S
    )
    try:
        return httpx2.AsyncClient(
            verify=ssl_context(environ),
            timeout=Patience().whole_s,
            limits=limits,
            event_hooks={"request": [_note_request], "response": [_note_response]},
        )
    except (httpx2.InvalidURL, ValueError, ImportError) as error:
        raise ProviderUnavailable(
            f"the proxy that the environment names cannot be used: {error}",
            help="look at `HTTPS_PROXY`, `HTTP_PROXY` and `ALL_PROXY`",
        ) from error


def ssl_context(environ: Mapping[str, str]) -> ssl.SSLContext:
    """Trust what `SSL_CERT_FILE`, `SSL_CERT_DIR` or `REQUESTS_CA_BUNDLE` names, else the system's."""
    import httpx2

    for name in ("SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE"):
        if path := environ.get(name):
            return _trusting(path, name)
    return httpx2.create_ssl_context()


def _trusting(path: str, variable: str) -> ssl.SSLContext:
    try:
        if Path(path).is_dir():
            return ssl.create_default_context(capath=path)
        return ssl.create_default_context(cafile=path)
    except (OSError, ssl.SSLError) as error:
        raise ProviderUnavailable(
            f"no certificates can be read from `{path}`, which `{variable}` names: {error}",
            help="name a file of certificates in PEM form, or unset the variable",
        ) from error


async def _note_request(request: httpx2.Request) -> None:
    """Send no key where there is none, and put our timeouts in place of those of the providers' libraries."""
    for name in [name for name, value in request.headers.items() if NO_KEY in value]:
        del request.headers[name]
    if exchange := EXCHANGE.get(None):
        exchange.requests += 1
        silence_s = exchange.silence_s
        timeouts = {"connect": exchange.connect_s, "read": silence_s, "write": silence_s, "pool": None}
        request.extensions = {**request.extensions, "timeout": timeouts}


async def _note_response(response: httpx2.Response) -> None:
    if exchange := EXCHANGE.get(None):
        exchange.status, exchange.headers = response.status_code, response.headers
