from __future__ import annotations

from threading import Event

import pytest
from hypothesis import given, strategies as st

from goflow.tools.web_page import page_of


def text_of(markup: str) -> str:
    return page_of(markup, "https://example.org/dir/page", most=10_000, stop=Event()).text


def test_what_is_not_meant_for_readers_goes() -> None:
    markup = (
        "<style>p {}</style>one<script>let a = '<p>no</p>'</script> two<!-- no --><svg><text>no</text></svg>"
        "<template>no</template><textarea>no</textarea><!DOCTYPE html><?no?>"
    )

    assert text_of(markup) == "one two"


def test_headings_lists_and_verbatim_text_keep_their_shape() -> None:
    markup = "<h2>A</h2><ul><li>one<li>two</ul><pre>  x\n    y</pre><p>end<br>line"

    assert text_of(markup) == "## A\n\n- one\n- two\n\n  x\n    y\n\nend\nline"


def test_cells_of_a_table_are_told_apart() -> None:
    markup = "<table><tr><th>a</th> <th>b</th></tr>\n<tr><td>1</td><td>2</td></tr></table>after"

    assert text_of(markup) == "a | b\n1 | 2\n\nafter"


@pytest.mark.parametrize(
    ("href", "target"),
    [
        ("/x?a=1&amp;b=2", "https://example.org/x?a=1&b=2"),
        ("y", "https://example.org/dir/y"),
        ("//other.example.org", "https://other.example.org"),
    ],
)
def test_links_are_told_with_their_whole_address(href: str, target: str) -> None:
    assert text_of(f'see <a class=x href="{href}">the <b>page</b></a>.') == f"see [the page]({target})."


@pytest.mark.parametrize(
    "href", ["#top", "javascript:alert(1)", "data:text/html,x", "http://[", "x" * 600, ""]
)
def test_a_link_that_leads_nowhere_is_its_words(href: str) -> None:
    assert text_of(f"<a href='{href}'>words</a>") == "words"


def test_references_to_characters_are_replaced_once() -> None:
    assert text_of("&lt;p&gt; &amp;amp; &#65;&#x42; &nosuch; a&b") == "<p> &amp; AB &nosuch; a&b"
    assert text_of("&#" + "9" * 5000 + ";") == "&#" + "9" * 5000 + ";"


def test_a_stray_quote_or_bracket_costs_no_text() -> None:
    assert text_of("""<p class="a" ">1 < 2 <a href=x">b</a> <i title='>'>c</i>""") == (
        '1 < 2 [b](https://example.org/dir/x") c'
    )


def test_the_title_is_the_first_and_one_line() -> None:
    markup = "<title>\n A &lt; b </title><p>x<title>other</title>"

    assert page_of(markup, "https://h/", most=100, stop=Event()).title == "A < b"


def test_a_page_is_worked_on_no_further_than_it_is_shown_or_wanted() -> None:
    assert len(page_of("<p>word</p>" * 10_000, "https://h/", most=100, stop=Event()).text) < 120

    stop = Event()
    stop.set()
    assert page_of("<p>word</p>", "https://h/", most=100, stop=stop).is_cut


@given(
    st.lists(
        st.sampled_from(["<", ">", "</", "a", " ", "=", "'", '"', "<!--", "-->", "p", "pre", "&", ";", "\n"])
    )
)
def test_every_page_comes_to_an_end_without_an_error(pieces: list[str]) -> None:
    text_of("".join(pieces))


HOSTILE = (
    *("<!--", "<!--a-", "<a ", "<", "<!", "<?x", "</a ", "<![CDATA[", "<title", "<title>", "<script>"),
    *("<a b='", '<a b="', "<a =", "&#", "&amp", "<div>", "<b>x", "<ol><li>x", "<a href=x>", "<pre>", "<td>"),
)


@pytest.mark.parametrize("piece", HOSTILE)
def test_a_page_that_is_made_to_take_long_takes_no_long(piece: str) -> None:
    page_of(piece * (1_000_000 // len(piece)), "https://h/", most=10**9, stop=Event())
