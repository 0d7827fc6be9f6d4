"""The way to the public network: how names are looked up, where connections go, and through whom."""

from __future__ import annotations

import asyncio
import functools
import ssl
from collections.abc import Awaitable, Callable, Sequence
from socket import SOCK_STREAM
from typing import TypeAlias

from goflow.tools.base import ToolError
from goflow.values import dataclass

Resolve: TypeAlias = Callable[[str], Awaitable[Sequence[str]]]
"""Returns the IP addresses of a name; raises `ToolError`."""


async def look_up(name: str) -> list[str]:
    """Ask the system's resolver, without holding up others."""
    loop = asyncio.get_running_loop()
    try:
        found = await loop.getaddrinfo(name, None, type=SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise ToolError(f"no address is known of `{name[:200]}`: {error}") from error
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def proxy_of_environment(scheme: str, host: str) -> str | None:
    """Return the user's proxy for a host: `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY`, less `NO_PROXY`."""
    from urllib.request import getproxies, proxy_bypass

    proxies = getproxies()
    proxy = proxies.get(scheme) or proxies.get("all")
    if not proxy or proxy_bypass(host):
        return None
    return proxy if "://" in proxy else f"http://{proxy}"


@functools.cache
def certificates_of_system() -> ssl.SSLContext:
    """Trust what `SSL_CERT_FILE` or `SSL_CERT_DIR` names, else what the system trusts."""
    import httpx2

    return httpx2.create_ssl_context()


@dataclass(frozen=True, slots=True, kw_only=True)
class Internet:
    """How the web is reached. It is made where the tool is made; nothing in a workflow or a call gets at it.

    Where the environment names a proxy, that is asked, as all programs of the user ask it: it looks names up
    itself, so that private addresses and local names in an address are refused, and names that stand for a
    private address are the proxy's to refuse. The proxy alone is sent the name and password in its address.
    """

    resolve: Resolve = look_up
    place: Callable[[str], str] = str
    """Where a public address really is: at itself, except in tests."""
    proxy_for: Callable[[str, str], str | None] = proxy_of_environment
    """Returns the proxy for a scheme and a host."""
    trust: Callable[[], ssl.SSLContext] = certificates_of_system
    total_s: float = 30.0
    """How long a page may take, from the look-up to its last byte, redirects included."""
