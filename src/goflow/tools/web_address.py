"""Addresses of the web: how they are read, and which of them lie in the public network."""

from __future__ import annotations

import re
from ipaddress import IPv4Address, IPv4Network, IPv6Network, ip_address
from typing import TYPE_CHECKING, Final

from goflow.tools.base import ToolError
from goflow.tools.host_patterns import host_of

if TYPE_CHECKING:
    import httpx2

_CLOSED_4: Final = tuple(
    IPv4Network(written)
    for written in (
        "0.0.0.0/8",  # this machine
        "10.0.0.0/8",  # private
        "100.64.0.0/10",  # behind a carrier's NAT, and some clouds' keys
        "127.0.0.0/8",  # this machine
        "168.63.129.16/32",  # Azure's agent, at an address that is public elsewhere
        "169.254.0.0/16",  # this link, and most clouds' keys
        "172.16.0.0/12",  # private
        "192.0.0.0/24",  # protocols
        "192.0.2.0/24",  # documents
        "192.88.99.0/24",  # relays of 6to4
        "192.168.0.0/16",  # private
        "198.18.0.0/15",  # measurements
        "198.51.100.0/24",  # documents
        "203.0.113.0/24",  # documents
        "224.0.0.0/3",  # groups, and what is reserved
    )
)
"""What the registry of IANA gives to other uses than public hosts."""
_OPEN_6: Final = IPv6Network("2000::/3")
_CLOSED_6: Final = tuple(
    IPv6Network(written)
    for written in (
        "2001::/23",  # protocols; Teredo, which can hold any IPv4 address
        "2001:db8::/32",  # documents
        "2002::/16",  # 6to4, which can hold any IPv4 address
        "3fff::/20",  # documents
    )
)
_TRANSLATED: Final = IPv6Network("64:ff9b::/96")
"""How hosts without IPv4 reach those without IPv6: the last four bytes are the address."""
_ISATAP: Final = (b"\x00\x00\x5e\xfe", b"\x02\x00\x5e\xfe")
"""What stands before an IPv4 address that a tunnel leads to, below any prefix."""

_NUMERIC: Final = re.compile(r"(?:^|\.)(?:\d+|0x[0-9a-f]*)$", re.ASCII)
"""A host that some readers take for an IPv4 address, in decimal, octal or hexadecimal numbers."""
_LOCAL: Final = (".home.arpa", ".internal", ".lan", ".local", ".localdomain", ".localhost")
_WEB_PORTS: Final = frozenset({80, 443})
_OPEN_PORTS: Final = range(1024, 65536)
"""Below are the services of systems, which could take a request for one of theirs."""


def is_public(address: str) -> bool:
    """Return whether an IP address is one of the public network; one that holds another is judged by that."""
    try:
        ip = ip_address(address)
    except ValueError:
        return False
    if isinstance(ip, IPv4Address):
        return not any(ip in network for network in _CLOSED_4)
    if ip.scope_id is not None:
        return False
    if ip in _TRANSLATED:
        return is_public(str(IPv4Address(ip.packed[12:])))
    is_tunnel = ip.packed[8:12] in _ISATAP
    return ip in _OPEN_6 and not is_tunnel and not any(ip in network for network in _CLOSED_6)


def read_address(written: str, base: httpx2.URL | None = None) -> httpx2.URL:
    """Return an address that may be tried, `https` where no scheme is written; raise `ToolError`.

    What the name of its host stands for is not known yet. A host that readers may differ about is
    refused: permission patterns would be held against another one than is asked.
    """
    written = written.strip()
    url = _parse(written, base)
    shown = shown_address(written)
    if url.scheme not in {"http", "https"} or not url.host:
        raise ToolError(f"`{shown}` is no address of the web: expected `https://host/path`")
    if url.userinfo:
        raise ToolError(f"`{shown}` holds a name or a password: expected an address without")
    if host_of(str(url) if base else written) != host_in(url):
        raise ToolError(f"`{shown}` can be read in several ways: expected `https://host/path`")
    _refuse_local(host_in(url))
    _refuse_port(url)
    return url


def host_in(url: httpx2.URL) -> str:
    """Return the name or address of the host, as it is looked up."""
    return url.raw_host.decode("ascii").lower().rstrip(".")


def shown_address(written: str) -> str:
    """Return as much of an address as a message needs, without a name and password."""
    return re.sub(r"//[^/?#]*@", "//", written)[:200]


def _parse(written: str, base: httpx2.URL | None) -> httpx2.URL:
    import httpx2

    try:
        if base is not None:
            return base.join(written)
        return httpx2.URL(written if _has_scheme(written) else f"https://{written}")
    except (httpx2.InvalidURL, ValueError) as error:
        raise ToolError(f"`{shown_address(written)}` is no address of the web: {error}") from error


def _has_scheme(written: str) -> bool:
    """Whether a scheme is written: `host:8080/path` has none, and nor has a bare name."""
    return "://" in written or host_of(written) is None


def _refuse_local(host: str) -> None:
    is_address = ":" in host or _NUMERIC.search(host) is not None
    is_local = not is_address and ("." not in host or host.endswith(_LOCAL))
    if is_local or (is_address and not is_public(host)):
        raise ToolError(f"`{host[:200]}` is not in the public network, and nothing else is fetched from")


def _refuse_port(url: httpx2.URL) -> None:
    port = url.port
    if port is not None and port not in _WEB_PORTS and port not in _OPEN_PORTS:
        raise ToolError(f"port {port} is not one of the web: expected 80, 443, or 1024 to 65535")
