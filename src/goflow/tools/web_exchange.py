"""One question to the web and its answer, redirects followed, and nothing sent along that is the user's."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from goflow._version import __version__
from goflow.tools.base import ToolError
from goflow.tools.web_address import host_in, is_public, read_address, shown_address
from goflow.tools.web_body import ENCODINGS, Body, read_body
from goflow.tools.web_internet import Internet
from goflow.values import dataclass

if TYPE_CHECKING:
    import httpx2

MOST_REDIRECTS: Final = 10
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_CONNECT_S: Final = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came back."""

    url: httpx2.URL
    status: int
    content_type: str
    location: str | None
    """Where else to ask."""
    body: Body


async def ask_web(written: str, internet: Internet, may_fetch: Callable[[str], bool]) -> Answer:
    """Return the answer for an address, of the last that it redirects to; raise `ToolError`.

    Each of them is looked up, judged and connected to anew. No cookie is kept from one to the next.
    """
    url = read_address(written)
    for _ in range(MOST_REDIRECTS + 1):
        answer = await _exchange(url, internet)
        if answer.location is None:
            return answer
        url = _next(answer.location, url, may_fetch)
    raise ToolError(f"`{shown_address(written)}` redirects more than {MOST_REDIRECTS} times")


def _next(location: str, url: httpx2.URL, may_fetch: Callable[[str], bool]) -> httpx2.URL:
    try:
        target = read_address(location, url)
    except ToolError as error:
        raise ToolError(
            f"`{shown_address(str(url))}` redirects to where nothing is fetched: {error}"
        ) from error
    if host_in(target) != host_in(url) and not may_fetch(str(target)):
        shown = shown_address(str(url))
        raise ToolError(f"`{shown}` redirects to `{str(target)[:1000]}`, which needs a call of its own")
    return target


async def _exchange(url: httpx2.URL, internet: Internet) -> Answer:
    import httpx2

    try:
        return await _ask_someone(url, internet)
    except (httpx2.HTTPError, OSError) as error:
        reason = str(error)[:200] or type(error).__name__
        raise ToolError(f"`{shown_address(str(url))}` cannot be fetched: {reason}") from error


async def _ask_someone(url: httpx2.URL, internet: Internet) -> Answer:
    """Ask the user's proxy, else each address of the host in turn until one can be connected to."""
    import httpx2

    if proxy := internet.proxy_for(url.scheme, host_in(url)):
        return await _ask(url, url, internet, _proxy(proxy))
    addresses = await _public_addresses(host_in(url), internet)
    for address in addresses[:-1]:
        try:
            return await _ask(url, url.copy_with(host=internet.place(address)), internet)
        except (httpx2.ConnectError, httpx2.ConnectTimeout):
            continue
    return await _ask(url, url.copy_with(host=internet.place(addresses[-1])), internet)


async def _public_addresses(host: str, internet: Internet) -> list[str]:
    """Return where a host is; one that has any private address is refused.

    The connection goes to what is returned here, and the name is not looked up again, so that a name whose
    address changes between two look-ups gains nothing.
    """
    found = [host] if is_public(host) else list(await internet.resolve(host))
    if not found:
        raise ToolError(f"no address is known of `{host[:200]}`")
    if not all(is_public(address) for address in found):
        raise ToolError(f"`{host[:200]}` is not in the public network, and nothing else is fetched from")
    return found


def _proxy(address: str) -> httpx2.Proxy:
    import httpx2

    try:
        return httpx2.Proxy(address)
    except (httpx2.InvalidURL, ValueError):  # their texts hold the address, which may hold a password
        raise ToolError("the proxy that the environment names cannot be used") from None


async def _ask(
    url: httpx2.URL, place: httpx2.URL, internet: Internet, proxy: httpx2.Proxy | None = None
) -> Answer:
    """Ask at a place in the name of an address: its host stands in the header and is what TLS must prove.

    A transport is used, not a client: it knows no cookies, no credentials and no redirects.
    """
    import httpx2

    request = httpx2.Request(
        "GET", place, headers=_headers(url), extensions=_extensions(url, internet.total_s)
    )
    try:
        transport = httpx2.AsyncHTTPTransport(verify=internet.trust(), proxy=proxy, trust_env=False)
    except (ImportError, ValueError):
        raise ToolError("the proxy that the environment names cannot be used") from None
    async with transport:
        response = await transport.handle_async_request(request)
        try:
            return await _answer(url, response)
        finally:
            await response.aclose()


def _headers(url: httpx2.URL) -> dict[str, str]:
    return {
        "host": url.netloc.decode("ascii"),
        "user-agent": f"goflow/{__version__}",
        "accept": "text/markdown, text/html, text/plain;q=0.9, */*;q=0.5",
        "accept-encoding": ENCODINGS,
    }


def _extensions(url: httpx2.URL, silence_s: float) -> dict[str, object]:
    timeouts = {"connect": _CONNECT_S, "read": silence_s, "write": silence_s, "pool": silence_s}
    return {"timeout": timeouts, "sni_hostname": host_in(url)}


async def _answer(url: httpx2.URL, response: httpx2.Response) -> Answer:
    location = response.headers.get("location") if response.status_code in _REDIRECTS else None
    return Answer(
        url=url,
        status=response.status_code,
        content_type=response.headers.get("content-type", ""),
        location=location,
        body=Body() if location else await read_body(response),
    )
