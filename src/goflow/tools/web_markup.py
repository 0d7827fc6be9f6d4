"""The tags and texts of a page, in one pass.

The libraries for this build a tree, and take minutes for a page of a megabyte that was made to hurt them (an
unclosed comment, repeated). Here every byte is looked at a bounded number of times: what is not closed takes
the rest of the page with it, as in a browser, and is looked for once.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from typing import Final, TypeAlias

from goflow.values import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Tag:
    """A tag: `<a href="/x">` opens, `</a>` closes."""

    name: str
    is_closing: bool = False
    attributes: str = ""
    """As written; see `attribute`."""
    content: str = ""
    """What stands inside, of an element whose content is no markup."""


Token: TypeAlias = Tag | str
"""A tag, or text between tags."""

_TAG: Final = re.compile(r"<(/?)([A-Za-z][^\s/>]*+)((?:[^>=]++|=\s*+(?:\"[^\"]*+\"|'[^']*+')?+)*+)>")
_ATTRIBUTE: Final = re.compile(r"([^\s\"'>/=]++)\s*+(?:=\s*+(\"[^\"]*+\"|'[^']*+'|[^\s>]++))?")
_REFERENCE: Final = re.compile(
    r"&(?:#[0-9]{1,7}(?![0-9])|#[xX][0-9a-fA-F]{1,6}(?![0-9a-fA-F])|[A-Za-z][A-Za-z0-9]{1,31});?"
)
_CONTENT_ENDS: Final = {
    name: re.compile(rf"</{name}(?=[\s/>])", re.IGNORECASE)
    for name in ("iframe", "math", "object", "script", "style", "svg", "template", "textarea", "title")
}
"""Elements that are not gone into: what they hold is for machines, is drawn, or is plain text."""


def tokens(page: str) -> Iterator[Token]:
    """Yield the tags and texts of a page in their order; comments and declarations are left out."""
    at = 0
    while at < len(page):
        opening = page.find("<", at)
        if opening != at:
            end = len(page) if opening < 0 else opening
            yield page[at:end]
            at = end
            continue
        found = _TAG.match(page, at)
        if found is None:
            text, at = _no_tag(page, at)
            yield text
            continue
        tag, at = _tag(page, found)
        yield tag


def _tag(page: str, found: re.Match[str]) -> tuple[Tag, int]:
    """Return a tag, and where the page goes on."""
    name, is_closing = found[2].lower(), bool(found[1])
    ending = None if is_closing else _CONTENT_ENDS.get(name)
    if ending is None:
        return Tag(name=name, is_closing=is_closing, attributes=found[3]), found.end()
    end = ending.search(page, found.end())
    stop = end.start() if end else len(page)
    return Tag(name=name, attributes=found[3], content=page[found.end() : stop]), stop


def _no_tag(page: str, at: int) -> tuple[str, int]:
    """Return the text that a `<` is, if it is any, and where the page goes on."""
    if page.startswith("<!--", at):
        return "", _after(page, "-->", at + 2)
    if page.startswith(("<!", "<?", "</"), at):
        return "", _after(page, ">", at + 2)
    if page[at + 1 : at + 2].isalpha():
        return "", len(page)
    return "<", at + 1


def _after(page: str, end: str, at: int) -> int:
    found = page.find(end, at)
    return len(page) if found < 0 else found + len(end)


def attribute(tag: Tag, name: str) -> str:
    """Return an attribute's value; empty where the tag has none of that name."""
    for found in _ATTRIBUTE.finditer(tag.attributes):
        if found[1].lower() == name:
            return unescape(_unquoted(found[2] or "")).strip()
    return ""


def _unquoted(value: str) -> str:
    return value[1:-1] if value[:1] in {'"', "'"} and value[-1] == value[0] else value


def unescape(text: str) -> str:
    """Return text with its references to characters replaced: `&amp;`, `&#38;`."""
    return _REFERENCE.sub(lambda found: html.unescape(found[0]), text) if "&" in text else text
