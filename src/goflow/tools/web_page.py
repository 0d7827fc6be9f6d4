"""The text of a page: headings, lists, tables and links stay, what is not meant for readers goes."""

from __future__ import annotations

import re
from threading import Event
from typing import Final
from urllib.parse import urljoin

from goflow.tools.web_markup import Tag, attribute, tokens, unescape
from goflow.values import dataclass

_SPACES: Final = re.compile(r"[ \t\r\n\f]++")
_HEADING: Final = re.compile(r"h[1-6]")
_LINES: Final = {
    **dict.fromkeys(("address", "article", "aside", "body", "br", "center", "dd", "details", "dialog"), 1),
    **dict.fromkeys(("dt", "fieldset", "figcaption", "figure", "footer", "form", "header", "hr", "html"), 1),
    **dict.fromkeys(("legend", "li", "main", "nav", "option", "search", "section", "select", "summary"), 1),
    **dict.fromkeys(("tbody", "tfoot", "thead", "tr"), 1),
    **dict.fromkeys(("blockquote", "div", "dl", "h1", "h2", "h3", "h4", "h5", "h6"), 2),
    **dict.fromkeys(("ol", "p", "pre", "table", "ul"), 2),
}
"""Elements that begin and end on a line of their own, and those with a blank line around them."""
_MOST_LINK_CHARS: Final = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What a reader sees of a page."""

    title: str
    text: str
    is_cut: bool = False
    """Whether it goes on."""


def page_of(markup: str, address: str, *, most: int, stop: Event) -> Page:
    """Return the page as text of about `most` characters; `address` is what its links are relative to."""
    writing = _Writing(address)
    for token in tokens(markup):
        if stop.is_set() or writing.chars > most:
            return Page(title=writing.title, text=writing.text(), is_cut=True)
        if isinstance(token, str):
            writing.say(unescape(token))
        else:
            writing.mark(token)
    return Page(title=writing.title, text=writing.text())


class _Writing:
    """A page as far as it is written."""

    def __init__(self, address: str) -> None:
        self.chars = 0
        self.title = ""
        self._address = address
        self._parts: list[str] = []
        self._gap = ""
        self._marker = ""
        self._verbatim = 0
        self._link = ("", 0)

    def text(self) -> str:
        self._end_link()
        return "".join(self._parts)

    def say(self, text: str) -> None:
        """Write text, its white space as one space except where it is verbatim."""
        if self._verbatim:
            self._put(text)
            return
        text = _SPACES.sub(" ", text)
        words = text.strip(" ")
        if text.startswith(" "):
            self._gap = self._gap or " "
        if words:
            self._put(words)
            self._gap = " " if text.endswith(" ") else ""

    def mark(self, tag: Tag) -> None:
        """Write what a tag stands for."""
        if lines := _LINES.get(tag.name, 0):
            self._gap = max(self._gap.strip(" |"), "\n" * lines, key=len)
        match tag.name:
            case "title":
                self.title = self.title or _SPACES.sub(" ", unescape(tag.content)).strip()[:_MOST_LINK_CHARS]
            case "pre":
                self._verbatim = max(self._verbatim + (-1 if tag.is_closing else 1), 0)
            case "td" | "th" if tag.is_closing and "\n" not in self._gap:
                self._gap = " | "
            case "li":
                self._marker = "" if tag.is_closing else "- "
            case "a":
                self._end_link()
                self._link = ("" if tag.is_closing else self._target(tag), len(self._parts))
            case heading if _HEADING.fullmatch(heading):
                self._marker = "" if tag.is_closing else "#" * int(heading[1]) + " "
            case _:
                pass

    def _put(self, text: str) -> None:
        if not text:
            return
        before = (self._gap if self._parts else "") + self._marker
        self._parts += (before, text)
        self.chars += len(before) + len(text)
        self._gap = self._marker = ""

    def _target(self, tag: Tag) -> str:
        written = attribute(tag, "href")
        if not written or written.startswith("#") or len(written) > _MOST_LINK_CHARS:
            return ""
        try:
            target = urljoin(self._address, written)
        except ValueError:
            return ""
        return target if target.startswith(("http://", "https://")) else ""

    def _end_link(self) -> None:
        """Write where the words since the link began lead to."""
        (target, begin), self._link = self._link, ("", 0)
        if target and len(self._parts) > begin:
            self._parts[begin + 1] = "[" + self._parts[begin + 1]
            self._parts[-1] += f"]({target})"
            self.chars += len(target) + 4
