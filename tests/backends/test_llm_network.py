"""What the environment says about the way to a provider: proxies and certificates."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from goflow.backends.base import Outcome
from goflow.backends.llm import open_llm
from goflow.errors import ProviderUnavailable
from goflow.events import FailureKind
from tests.asking import Watcher, answer_in, failure_in, opened, provider, request_for
from tests.model_server import model_server

CERTIFICATES = Path(__file__).parent.parent / "certificates"
AUTHORITY = str(CERTIFICATES / "authority.pem")
"""It vouches for `server.pem`, this machine's, for a hundred years; its own key is gone."""


def ask_over_tls(environ: dict[str, str]) -> Outcome:
    async def run() -> Outcome:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(CERTIFICATES / "server.pem")
        async with (
            model_server(tls=context) as server,
            opened(provider("openai", server.url), environ=environ) as backend,
        ):
            return await backend.run(request_for(), Watcher())

    return asyncio.run(run())


@pytest.mark.parametrize("variable", ["SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"])
def test_an_authority_that_the_environment_names_is_trusted(variable: str) -> None:
    assert answer_in(ask_over_tls({variable: AUTHORITY})).output == "an answer"


def test_a_folder_of_authorities_is_trusted(tmp_path: Path) -> None:
    (tmp_path / "01f3d947.0").write_text(Path(AUTHORITY).read_text())

    assert answer_in(ask_over_tls({"SSL_CERT_DIR": str(tmp_path)})).output == "an answer"


def test_a_certificate_that_nobody_vouches_for_is_not_trusted() -> None:
    failure = failure_in(ask_over_tls({}))

    assert failure.kind is FailureKind.CONNECTION
    assert "certificate verify failed" in failure.message
    assert failure.message.endswith("; an authority of your own goes into `SSL_CERT_FILE`")


def test_a_certificate_file_that_cannot_be_read_is_said_before_anything_runs(tmp_path: Path) -> None:
    empty = tmp_path / "empty.pem"
    empty.write_text("")

    for path in (tmp_path / "missing.pem", empty):
        with pytest.raises(ProviderUnavailable) as caught:
            ask_over_tls({"SSL_CERT_FILE": str(path)})
        assert caught.value.message.startswith(
            f"no certificates can be read from `{path}`, which `SSL_CERT_FILE` names"
        )


@dataclass
class Proxy:
    """Passes connections on, and keeps the first line of each request."""

    url: str = ""
    lines: list[str] = field(default_factory=list)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        self.lines.append(head.split(b"\r\n")[0].decode())
        writer.write(b"HTTP/1.1 502 Bad Gateway\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
        writer.close()


@asynccontextmanager
async def proxy() -> AsyncIterator[Proxy]:
    standing = Proxy()
    server = await asyncio.start_server(standing.serve, "127.0.0.1", 0)
    standing.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield standing
    finally:
        server.close()


def asked_through_proxy(
    monkeypatch: pytest.MonkeyPatch, url: str, variable: str, no_proxy: str = ""
) -> list[str]:
    """Ask a provider, and return what a proxy was asked for on the way."""

    async def run() -> list[str]:
        async with proxy() as standing:
            monkeypatch.setenv(variable, standing.url)
            monkeypatch.setenv("NO_PROXY", no_proxy)
            async with opened(provider("openai", url)) as backend:
                await backend.run(request_for(), Watcher())
            return standing.lines

    return asyncio.run(run())


def test_plain_requests_go_through_the_proxy_for_them(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = asked_through_proxy(monkeypatch, "http://provider.invalid/v1", "HTTP_PROXY")

    assert lines == ["POST http://provider.invalid/v1/chat/completions HTTP/1.1"]


def test_encrypted_requests_ask_the_proxy_for_a_tunnel(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = asked_through_proxy(monkeypatch, "https://provider.invalid/v1", "HTTPS_PROXY")

    assert lines == ["CONNECT provider.invalid:443 HTTP/1.1"]


def test_what_no_proxy_names_is_asked_directly(monkeypatch: pytest.MonkeyPatch) -> None:
    assert asked_through_proxy(monkeypatch, "http://localhost:9/v1", "HTTP_PROXY", no_proxy="localhost") == []


@pytest.mark.parametrize("written", ["nonsense://127.0.0.1:1", "http://127.0.0.1:port"])
def test_a_proxy_that_makes_no_sense_is_said_before_anything_runs(
    monkeypatch: pytest.MonkeyPatch, written: str
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", written)

    async def run() -> None:
        async with open_llm({}, {}):
            pass

    with pytest.raises(ProviderUnavailable) as caught:
        asyncio.run(run())
    assert caught.value.message.startswith("the proxy that the environment names cannot be used: ")
    assert caught.value.help == "look at `HTTPS_PROXY`, `HTTP_PROXY` and `ALL_PROXY`"
