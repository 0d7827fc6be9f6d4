"""Ways to make the web tool reach what is private, hang, or fill the memory."""

from __future__ import annotations

import asyncio
import base64
import gzip
import ssl
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from goflow.tools.base import MOST_RESULT_CHARS, ToolError
from goflow.tools.web import fetch_tool
from goflow.tools.web_address import is_public
from tests.unit.tools.web_server import (
    HOST,
    PUBLIC,
    Asked,
    Serve,
    World,
    context,
    head,
    page,
    send,
    site,
    world,
)

CERTIFICATES = Path(__file__).parent.parent / "certificates"

PRIVATE = [
    *("127.0.0.1", "127.9.9.9", "0.0.0.0", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1"),
    *("169.254.169.254", "100.64.0.1", "100.100.100.200", "192.0.0.192", "168.63.129.16", "198.18.0.1"),
    *("224.0.0.1", "240.0.0.1", "255.255.255.255", "192.0.2.1", "203.0.113.9"),
    *("::", "::1", "fc00::1", "fd00:ec2::254", "fe80::1", "fe80::1%eth0", "2606:4700::1%eth0", "ff02::1"),
    *("::ffff:127.0.0.1", "::ffff:8.8.8.8", "::127.0.0.1", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe"),
    *("64:ff9b:1::7f00:1", "2002:7f00:1::1", "2001::1", "2001:db8::1", "2606:4700::5efe:7f00:1", "100::1"),
]
WIDE_DIGITS = "".join(chr(ord(digit) + 0xFEE0) for digit in "127")
WIDE_NAME = "".join(chr(ord(letter) + 0xFEE0) for letter in "localhost")
OPEN = ["8.8.8.8", "1.1.1.1", PUBLIC, "172.32.0.1", "2606:4700:4700::1111", "64:ff9b::808:808"]


async def never(asked: Asked) -> None:
    raise AssertionError(asked.target)


def in_world(
    serve: Serve, go: Callable[[World], Awaitable[str]], *, tls: ssl.SSLContext | None = None
) -> str:
    async def run() -> str:
        async with world(serve, tls=tls) as web:
            return await go(web)

    return asyncio.run(run())


def refused(serve: Serve, url: str, **names: list[str]) -> str:
    """Return why an address is refused, which the server must not be asked for."""

    async def go(web: World) -> str:
        web.names |= names
        with pytest.raises(ToolError) as error:
            await web.fetch(url.replace("PORT", str(web.port)))
        assert web.places == []
        assert web.asked == []
        return str(error.value)

    return in_world(serve, go)


@pytest.mark.parametrize("address", PRIVATE)
def test_a_private_address_is_no_public_one(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", OPEN)
def test_a_public_address_is_one(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "host",
    [
        *(f"[{address}]" if ":" in address else address for address in PRIVATE if "%" not in address),
        *("127.0.0.1.", "127.1", "127.0.1", "2130706433", "0x7f000001", "0x7f.0.0.1"),
        *("017700000001", "00000177.1", "0", "0x", "1.2.3.4.5", "8.8.8.8.0x1"),
        *("localhost", "LOCALHOST", "localhost.", "a.localhost", "printer", "printer.local"),
        *("metadata.google.internal", "router.lan", "nas.home.arpa", "localhost.localdomain"),
    ],
)
def test_an_address_of_a_private_place_is_refused_unasked(host: str) -> None:
    assert "not in the public network" in refused(never, f"http://{host}:PORT/")


@pytest.mark.parametrize(
    "url",
    [
        *("file:///etc/passwd", "ftp://pages.example.org/", "gopher://pages.example.org:70/_x"),
        *(
            "data:text/html,x",
            "javascript:alert(1)",
            "unix:/run/docker.sock",
            "jar:http://pages.example.org!/",
        ),
        *("http:///etc/passwd", "http://", "//", "", "   ", "http:pages.example.org"),
        *("http://pages.example.org\\@127.0.0.1:PORT/", "http://127.0.0.1:PORT\\@pages.example.org/"),
        *("http://pages.example.org:PORT\t/", "http://pages.example.org:PORT/\r\nHost: localhost"),
        *(f"http://{WIDE_DIGITS}.0.0.1:PORT/", "http://①②⑦.⓪.⓪.①:PORT/", f"http://{WIDE_NAME}:PORT/"),
        *("http://%31%32%37.0.0.1:PORT/", "http://localhos%74:PORT/", "http://[fe80::1%25eth0]:PORT/"),
        *(
            "http://pages.example.org:99999/",
            "http://[::1",
            "http://0177.0.0.1:PORT/",
            "http://127.0.0.01:PORT/",
            "http://faß.example.org:PORT/",
        ),
    ],
)
def test_what_is_no_plain_address_of_the_web_is_refused_unasked(url: str) -> None:
    assert refused(never, url)


def test_a_name_and_password_are_refused_and_not_repeated() -> None:
    said = refused(never, "http://user:pass-word@pages.example.org:PORT/")

    assert "holds a name or a password" in said
    assert "pass-word" not in said


@pytest.mark.parametrize("port", [1, 22, 25, 110, 993])
def test_a_port_of_other_services_is_refused(port: int) -> None:
    assert f"port {port} is not one of the web" in refused(never, f"http://pages.example.org:{port}/")


@pytest.mark.parametrize("addresses", [["10.0.0.5"], ["::1"], [PUBLIC, "127.0.0.1"], ["::ffff:10.0.0.5"], []])
def test_a_name_that_leads_to_a_private_place_is_refused(addresses: list[str]) -> None:
    said = refused(never, "http://sly.example.org:PORT/", **{"sly.example.org": addresses})

    assert "sly.example.org" in said
    assert "10.0.0.5" not in said


@pytest.mark.parametrize(
    "location",
    [
        *(
            "http://127.0.0.1:{port}/",
            "//127.0.0.1:{port}/",
            "http://[::1]:{port}/",
            "http://2130706433:{port}/",
        ),
        *(
            "http://169.254.169.254/latest/meta-data/",
            "http://localhost:{port}/",
            "http://[::ffff:10.0.0.1]/",
        ),
        *(
            "file:///etc/passwd",
            "gopher://x.example.org/",
            "data:text/html,x",
            "http://a:b@pages.example.org/",
        ),
        *("http://sly.example.org:{port}/", "http://[", "\\\\127.0.0.1\\x"),
    ],
)
def test_a_redirect_to_a_private_place_is_not_followed(location: str) -> None:
    async def serve(asked: Asked) -> None:
        assert asked.target == "/start", asked.headers
        port = asked.writer.get_extra_info("sockname")[1]
        await send(asked, status=302, location=location.format(port=port))

    async def go(web: World) -> str:
        web.names["sly.example.org"] = ["127.0.0.1"]
        with pytest.raises(ToolError) as error:
            await web.fetch(web.url("/start"))
        assert web.places == [PUBLIC]
        assert len(web.asked) == 1
        return str(error.value)

    assert in_world(serve, go)


class Rebinding(dict[str, Sequence[str]]):
    """Names whose addresses change from one look-up to the next."""

    def __init__(self, *answers: Sequence[str]) -> None:
        super().__init__()
        self._answers = iter(answers)

    def __getitem__(self, name: str) -> Sequence[str]:
        return next(self._answers)


def test_the_address_that_was_judged_is_the_one_connected_to() -> None:
    async def go(web: World) -> str:
        web.names = Rebinding([PUBLIC], ["127.0.0.1"], ["127.0.0.1"])
        told = await web.fetch(web.url())
        assert web.looked_up == [HOST]
        assert web.places == [PUBLIC]
        return told

    assert in_world(page("here"), go).endswith("here")


def test_a_name_that_changes_its_address_between_redirects_is_judged_again() -> None:
    async def go(web: World) -> str:
        web.names = Rebinding([PUBLIC], ["127.0.0.1"])
        with pytest.raises(ToolError) as error:
            await web.fetch(web.url("/a"))
        assert web.places == [PUBLIC]
        return str(error.value)

    assert "not in the public network" in in_world(site({"/a": "/b", "/b": b"secret"}), go)


def test_the_next_address_of_a_name_is_tried_where_one_does_not_answer() -> None:
    async def go(web: World) -> str:
        web.names[HOST] = ["93.184.216.99", PUBLIC, "93.184.216.98"]
        place = {PUBLIC: "127.0.0.1"}
        place = {address: place.get(address, "127.0.0.2") for address in web.names[HOST]}
        tool = fetch_tool(replace(web.internet(), place=place.__getitem__))
        return await tool.use({"url": web.url()}, context())

    assert in_world(page("here"), go).endswith("here")


def test_a_circle_of_redirects_ends() -> None:
    async def go(web: World) -> str:
        with pytest.raises(ToolError, match="redirects more than 10 times"):
            await web.fetch(web.url("/a"))
        assert len(web.asked) == 11
        return ""

    in_world(site({"/a": "/b", "/b": "/a"}), go)


async def _endless(asked: Asked) -> None:
    asked.writer.write(head(200, {"content-type": "text/plain"}))
    while True:
        asked.writer.write(b"more " * 2000)
        await asked.writer.drain()


async def _dripping(asked: Asked) -> None:
    asked.writer.write(head(200, {"content-type": "text/plain"}))
    while True:
        asked.writer.write(b".")
        await asked.writer.drain()
        await asyncio.sleep(0)


async def _dripping_head(asked: Asked) -> None:
    asked.writer.write(b"HTTP/1.1 200 OK\r\nx: ")
    while True:
        asked.writer.write(b".")
        await asked.writer.drain()
        await asyncio.sleep(0)


async def _silent(asked: Asked) -> None:
    pass


def test_an_endless_body_is_cut() -> None:
    async def go(web: World) -> str:
        told = await web.fetch(web.url())
        await web.gone.wait()
        return told

    told = in_world(_endless, go)

    assert len(told) <= MOST_RESULT_CHARS
    assert told.endswith("of the page are shown, it goes on]")


@pytest.mark.parametrize("serve", [_dripping, _silent])
def test_a_page_that_takes_too_long_is_given_up(serve: Serve) -> None:
    async def go(web: World) -> str:
        with pytest.raises(ToolError) as error:
            await web.fetch(web.url(), total_s=0.3)
        await web.gone.wait()
        return str(error.value)

    assert "took longer than 0.3 s" in in_world(serve, go)


def test_a_head_without_an_end_is_given_up() -> None:
    async def go(web: World) -> str:
        with pytest.raises(ToolError) as error:
            await web.fetch(web.url(), total_s=0.3)
        await web.gone.wait()
        return str(error.value)

    assert in_world(_dripping_head, go)


def test_a_huge_head_is_refused() -> None:
    async def serve(asked: Asked) -> None:
        await send(asked, b"x", content_type="text/plain", x="y" * 1_000_000)

    async def go(web: World) -> str:
        with pytest.raises(ToolError) as error:
            await web.fetch(web.url())
        return str(error.value)

    assert "cannot be fetched" in in_world(serve, go)


def test_a_body_that_unpacks_to_gigabytes_is_cut() -> None:
    zeros = gzip.compress(b"0" * 200_000_000, compresslevel=1)

    async def go(web: World) -> str:
        return await web.fetch(web.url())

    told = in_world(page(zeros, content_type="text/plain", content_encoding="gzip"), go)

    assert len(zeros) < 1_000_000
    assert len(told) <= MOST_RESULT_CHARS
    assert told.endswith("it goes on]")


def test_a_stopped_call_leaves_no_connection() -> None:
    async def go(web: World) -> str:
        task = asyncio.create_task(web.fetch(web.url()))
        await web.is_asked.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await web.gone.wait()
        return "stopped"

    assert in_world(_silent, go) == "stopped"


def test_a_stopped_call_of_several_pages_leaves_no_connection() -> None:
    async def go(web: World) -> str:
        task = asyncio.create_task(web.fetch(web.url("/a"), web.url("/b")))
        await web.is_asked.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        return "stopped"

    assert in_world(_endless, go) == "stopped"


def test_a_server_proves_the_name_it_was_asked_by() -> None:
    names: list[str | None] = []
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(CERTIFICATES / "server.pem")
    server.sni_callback = lambda _, name, __: names.append(name)

    async def go(web: World) -> str:
        web.trust = ssl.create_default_context(cafile=CERTIFICATES / "authority.pem")
        with pytest.raises(ToolError) as error:
            await web.fetch(web.url().replace("http:", "https:"))
        while of_server := asyncio.all_tasks() - {asyncio.current_task()}:
            assert "accept_connection" in repr(of_server)
            await asyncio.sleep(0)
        return str(error.value)

    said = in_world(never, go, tls=server)

    assert f"certificate is not valid for '{HOST}'" in said
    assert names == [HOST]


def test_a_proxy_alone_is_sent_its_password_and_is_asked_for_the_name() -> None:
    async def go(web: World) -> str:
        web.proxy = f"http://user:pass-word@127.0.0.1:{web.port}"
        told = await web.fetch(f"http://{HOST}/x")
        assert web.looked_up == []
        assert web.places == []
        return told

    async def serve(asked: Asked) -> None:
        assert asked.target == f"http://{HOST}/x"
        assert asked.headers["host"] == HOST
        assert asked.headers["proxy-authorization"] == "Basic " + base64.b64encode(b"user:pass-word").decode()
        await send(asked, b"by the proxy", content_type="text/plain")

    assert in_world(serve, go).endswith("by the proxy")


@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize(
    "host", ["127.0.0.1", "[::1]", "169.254.169.254", "localhost", "2130706433", "x.internal"]
)
def test_a_proxy_is_not_asked_for_a_private_place(host: str, scheme: str) -> None:
    async def go(web: World) -> str:
        web.proxy = f"http://127.0.0.1:{web.port}"
        with pytest.raises(ToolError) as error:
            await web.fetch(f"{scheme}://{host}/")
        return str(error.value)

    assert "not in the public network" in in_world(never, go)


def test_a_refusal_of_the_proxy_does_not_repeat_its_password() -> None:
    async def serve(asked: Asked) -> None:
        await send(asked, status=407)

    async def go(web: World) -> str:
        said = []
        for proxy in (
            f"http://user:pass-word@127.0.0.1:{web.port}",
            "socks9://user:pass-word@h",
            "http://user:pass-word@h:port",
        ):
            web.proxy = proxy
            with pytest.raises(ToolError) as error:
                await web.fetch(f"https://{HOST}/")
            said.append(str(error.value))
        return "\n".join(said)

    said = in_world(serve, go)

    assert "pass-word" not in said
    assert said.count("the proxy that the environment names cannot be used") == 2
