from __future__ import annotations

import asyncio
import gzip
import socket
import subprocess
import sys

import pytest

from goflow.tools.base import MOST_RESULT_CHARS, ToolError
from goflow.tools.web import FETCH_WEBPAGE, MOST_PAGES
from goflow.tools.web_address import read_address
from goflow.tools.web_body import Unpacking
from goflow.tools.web_internet import look_up, proxy_of_environment
from tests.unit.tools.file_contexts import use
from tests.unit.tools.web_server import HOST, Serve, context, page, site, world


def fetched(serve: Serve, *targets: str) -> str:
    """Return what the tool says of pages of a server."""

    async def fetch() -> str:
        async with world(serve) as web:
            return await web.fetch(*(web.url(target) for target in targets or ("/",)))

    return asyncio.run(fetch())


def body_of(result: str) -> str:
    """Return a result without its address."""
    return result.partition("\n\n")[2]


def test_a_page_is_told_as_text_with_its_address_and_title() -> None:
    told = fetched(page("<title>The &amp; news</title><h1>News</h1><p>All is\n  well.</p>"), "/today")

    first, title, blank, *rest = told.splitlines()
    assert first.startswith(f"address: http://{HOST}:")
    assert first.endswith("/today")
    assert (title, blank, rest) == ("title: The & news", "", ["# News", "", "All is well."])


def test_what_is_no_page_is_told_as_it_is() -> None:
    assert body_of(fetched(page('{"a": "<b>"}', content_type="application/json"))) == '{"a": "<b>"}'
    assert body_of(fetched(page("a,b", content_type="text/csv; charset=utf-8"))) == "a,b"
    assert body_of(fetched(page("", content_type="text/plain"))) == "(no text)"


def test_a_page_that_says_nothing_of_its_kind_is_looked_at() -> None:
    assert body_of(fetched(page("<!DOCTYPE html><p>one</p>", content_type=""))) == "one"
    assert body_of(fetched(page("one <p> two", content_type=""))) == "one <p> two"


def test_what_is_no_text_is_refused_with_its_kind() -> None:
    with pytest.raises(ToolError, match="is no text, but `application/pdf`"):
        fetched(page(b"%PDF", content_type="application/pdf"))
    with pytest.raises(ToolError, match="is no text, but `binary`"):
        fetched(page(b"\0\1", content_type=""))


def test_a_refusal_is_told_with_its_status_and_first_words() -> None:
    with pytest.raises(ToolError, match=r"/gone` answered 404: nothing here$"):
        fetched(site({}), "/gone")
    with pytest.raises(ToolError) as refused:
        fetched(page(b"\0" * 10, 503, content_type="image/png"))
    assert str(refused.value).endswith("answered 503: (nothing)")


def test_a_refusal_is_told_in_few_words() -> None:
    async def refuse() -> None:
        async with world(site({})) as web:
            await web.fetch(web.url("/" + "x" * 5000))

    with pytest.raises(ToolError) as refused:
        asyncio.run(refuse())
    assert len(str(refused.value)) < 300


def test_a_redirect_is_followed_and_the_last_address_told() -> None:
    told = fetched(site({"/a": "/b?c=1", "/b?c=1": "d", "/d": b"here"}), "/a")

    assert told.splitlines()[0].endswith("/d")
    assert body_of(told) == "here"


def test_a_redirect_to_another_host_asks_the_rules() -> None:
    class Rules:
        def hides(self, path: str) -> bool:
            return False

        def may_fetch(self, url: str) -> bool:
            return "allowed" in url

    async def go(to: str) -> str:
        async with world(site({"/b": b"here"})) as web:
            web.names |= {"denied.example.org": ["93.184.216.35"], "allowed.example.org": ["93.184.216.36"]}
            moved = site({"/a": web.url("/b", to)})
            async with world(moved) as first:
                first.names = web.names
                return await first.fetch(first.url("/a"), rules=Rules())

    assert body_of(asyncio.run(go("allowed.example.org"))) == "here"
    with pytest.raises(
        ToolError, match=r"redirects to `http://denied\.example\.org:\d+/b`, which needs a call"
    ):
        asyncio.run(go("denied.example.org"))


def test_several_pages_are_fetched_by_one_call() -> None:
    told = fetched(site({"/a": b"first", "/b": b"second"}), "/a", "/none", "/b")

    first, failed, second = told.split("\n\n---\n\n")
    assert body_of(first) == "first"
    assert failed.startswith("error: `http://")
    assert failed.endswith("answered 404: nothing here")
    assert body_of(second) == "second"


def test_a_call_whose_pages_all_fail_is_an_error() -> None:
    with pytest.raises(ToolError, match=r"/a` answered 404.*; .*/b` answered 404"):
        fetched(site({}), "/a", "/b")


def test_a_call_names_at_least_one_page_and_not_too_many() -> None:
    with pytest.raises(ToolError, match=r"^`url` is missing$"):
        use(FETCH_WEBPAGE, context())
    with pytest.raises(ToolError, match=rf"^{MOST_PAGES + 1} pages are too many .* at most {MOST_PAGES}$"):
        fetched(site({}), *(f"/{number}" for number in range(MOST_PAGES + 1)))


@pytest.mark.parametrize("kind", ["text/html", "text/plain"])
def test_a_long_page_is_cut_with_a_note(kind: str) -> None:
    told = fetched(page("word " * 30_000, content_type=kind))

    kept = body_of(told).partition("\n\n[cut: ")[0]
    assert len(told) <= MOST_RESULT_CHARS
    assert len(kept) > MOST_RESULT_CHARS - 500
    assert told.endswith(f"\n\n[cut: the first {len(kept):,} characters of the page are shown, it goes on]")


def test_several_long_pages_share_the_bound() -> None:
    told = fetched(page("word " * 30_000), "/a", "/b", "/c")

    assert MOST_RESULT_CHARS - 1500 < len(told) <= MOST_RESULT_CHARS
    assert told.count("[cut: ") == 3


def test_a_packed_page_is_unpacked_also_in_several_members() -> None:
    packed = gzip.compress(b"<p>one") + gzip.compress(b" two</p>")

    assert body_of(fetched(page(packed, content_encoding="gzip"))) == "one two"


def test_no_more_is_unpacked_than_is_wanted() -> None:
    bomb = gzip.compress(b"0" * 1_000_000)

    assert Unpacking().take(bomb, 100) == b"0" * 100
    assert Unpacking().take(gzip.compress(b"") * 1000 + bomb, 100) == b"0" * 100


def test_a_packing_that_was_not_asked_for_is_refused() -> None:
    with pytest.raises(ToolError, match="packed as `br`: expected `gzip`"):
        fetched(page(b"x", content_encoding="br"))
    with pytest.raises(ToolError, match="says that it is packed as `gzip`, and is not"):
        fetched(page(b"plain text", content_encoding="gzip"))


@pytest.mark.parametrize(
    ("body", "kind", "text"),
    [
        ("café".encode("latin-1"), "text/plain; charset=iso-8859-1", "café"),
        ("café".encode(), "text/plain", "café"),
        ("café".encode(), "text/plain; charset=no-such", "café"),
        ("café".encode(), "text/plain; charset=rot13", "café"),
        (b"caf\\xe9", "text/plain; charset=unicode_escape", "caf\\xe9"),
        ("café".encode("utf-16"), "text/plain", "café"),
        ("日本".encode("shift_jis"), 'text/plain; charset="Shift_JIS"', "日本"),
        ('<meta charset="windows-1252">café'.encode("cp1252"), "text/html", "café"),
        (b"caf\xe9", "text/plain", "caf\ufffd"),
    ],
)
def test_the_charset_is_the_declared_one_where_it_is_one_of_texts(body: bytes, kind: str, text: str) -> None:
    assert body_of(fetched(page(body, content_type=kind))) == text


def test_control_characters_are_data() -> None:
    assert body_of(fetched(page("a\x1b[31mb\x07", content_type="text/plain"))) == "a\x1b[31mb\x07"
    assert body_of(fetched(page("<p>a\x1b[31mb\x07"))) == "a\x1b[31mb\x07"


def test_nothing_of_the_user_is_sent_along() -> None:
    async def ask() -> list[dict[str, str]]:
        async with world(site({"/a": "/b", "/b": b"here"})) as web:
            await web.fetch(web.url("/a"))
            return [dict(asked.headers) for asked in web.asked]

    for headers in asyncio.run(ask()):
        assert set(headers) == {"host", "user-agent", "accept", "accept-encoding"}
        assert headers["host"].startswith(f"{HOST}:")


def test_an_address_without_a_scheme_is_one_of_https() -> None:
    assert str(read_address("example.org/a?b#c")) == "https://example.org/a?b#c"
    assert str(read_address("example.org:8080")) == "https://example.org:8080"


def test_a_name_is_looked_up_by_the_system() -> None:
    assert "127.0.0.1" in asyncio.run(look_up("localhost"))


@pytest.mark.parametrize(
    "error", [socket.gaierror(-2, "Name or service not known"), UnicodeError("too long")]
)
def test_an_unknown_name_is_told(error: Exception, monkeypatch: pytest.MonkeyPatch) -> None:
    def know_none(*_: object, **__: object) -> object:
        raise error

    monkeypatch.setattr(socket, "getaddrinfo", know_none)

    with pytest.raises(ToolError, match=f"no address is known of `nowhere.example.org`: .*{error.args[-1]}"):
        asyncio.run(look_up("nowhere.example.org"))


def test_the_proxy_is_the_one_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "proxy.example.org:3128")
    monkeypatch.setenv("NO_PROXY", "direct.example.org")

    assert proxy_of_environment("https", "a.example.org") == "http://proxy.example.org:3128"
    assert proxy_of_environment("https", "direct.example.org") is None


def test_importing_the_tool_imports_no_client() -> None:
    code = "import sys, goflow.tools.web; print(*{'httpx2', 'pydantic', 'pydantic_ai'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == ""
