"""Links between the pages lead somewhere, and every page can be reached."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).parents[2]
INDEX: Final = ROOT / "docs" / "README.md"
PAGES: Final = sorted(
    path
    for pattern in (
        "*.md",
        "docs/**/*.md",
        "examples/*.md",
        "changelog.d/*.md",
        "tests/**/*.md",
        "benchmarks/*.md",
    )
    for path in ROOT.glob(pattern)
    if "cases" not in path.parts
)

_FENCED: Final = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
_CODE: Final = re.compile(r"^ {4}.*$|`[^`\n]*`", re.MULTILINE)
_LINK: Final = re.compile(r"\[[^]]*\]\(([^)\s]+)\)")
_HEADING: Final = re.compile(r"^#+ (.+)$", re.MULTILINE)


def links_of(page: Path) -> list[str]:
    """Return the links of a page to other pages and to its own headings."""
    words = _CODE.sub("", _FENCED.sub("", page.read_text(encoding="utf-8")))
    return [link for link in _LINK.findall(words) if "://" not in link]


def anchors_of(page: Path) -> set[str]:
    """Return the anchors that a page's headings get: words in lower case with hyphens between them."""
    headings = _HEADING.findall(_FENCED.sub("", page.read_text(encoding="utf-8")))
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def is_dead(page: Path, link: str) -> bool:
    path, _, anchor = link.partition("#")
    target = (page.parent / path).resolve() if path else page
    return not target.exists() or (anchor != "" and anchor not in anchors_of(target))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_link_of_a_page_leads_somewhere(page: Path) -> None:
    assert [link for link in links_of(page) if is_dead(page, link)] == []


def test_the_index_lists_every_page() -> None:
    listed = {(INDEX.parent / link).resolve() for link in links_of(INDEX)}
    pages = {path for folder in ("guides", "reference") for path in (INDEX.parent / folder).glob("*.md")}

    assert pages <= listed


def test_a_dead_link_is_noticed(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    words = (
        "# A `page`, of ours\n\n    [code](x)\n\n[a](#a-page-of-ours) [b](other.md) [c](#nothing) `[d](e)`\n"
    )
    page.write_text(words, encoding="utf-8")

    assert [link for link in links_of(page) if is_dead(page, link)] == ["other.md", "#nothing"]
