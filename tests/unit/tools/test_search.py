from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from pathlib import Path
from threading import Event

import pytest

from goflow.tools.base import MOST_RESULT_CHARS, ToolContext, ToolError
from goflow.tools.files import VIEW
from goflow.tools.gate import Gate
from goflow.tools.grep import GREP
from goflow.tools.listing import GLOB
from goflow.tools.ranking import SEMANTIC_SEARCH
from goflow.tools.search import SEARCH_TOOLS
from goflow.tools.walking import Tour
from tests.unit.tools.file_contexts import context_in, use, used


@pytest.fixture
def context(tmp_path: Path) -> ToolContext:
    files = {
        "README.md": "# Name\n",
        "src/a.py": "import os\n\nclass RetryPolicy:\n    back_off_s = 2\n",
        "src/deep/b.py": "import sys\nprint('a.b')\n",
        ".github/ci.yml": "import: none\n",
        ".git/config": "import\n",
        "node_modules/x/index.js": "import\n",
        ".venv/lib.py": "import\n",
        "env/pyvenv.cfg": "import\n",
        "env/lib/x.py": "import\n",
        "src/__pycache__/a.py": "import\n",
        ".runs/events.jsonl": "import\n",
        "binary.bin": "import\0\n",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    (tmp_path / "loop").symlink_to(".")
    return context_in(tmp_path, kept=(tmp_path / ".runs",))


class HidesDeep:
    """Rules by which nothing in the folder `deep` may be read."""

    def hides(self, path: str) -> bool:
        return "deep/" in path

    def may_fetch(self, url: str) -> bool:
        raise AssertionError(url)


def test_matching_lines_are_found_in_text_and_nowhere_else(context: ToolContext) -> None:
    assert use(GREP, context, pattern="^import").splitlines() == [
        ".github/ci.yml:1: import: none",
        "src/a.py:1: import os",
        "src/deep/b.py:1: import sys",
    ]


def test_a_search_can_be_narrowed_by_path_and_by_pattern(context: ToolContext) -> None:
    assert use(GREP, context, query="import", path="src/deep") == "src/deep/b.py:1: import sys"
    assert use(GREP, context, query="import", path="src/a.py") == "src/a.py:1: import os"
    assert use(GREP, context, query="import", includePattern="*.yml") == ".github/ci.yml:1: import: none"
    assert use(GREP, context, query="import", include="src/*.py") == "src/a.py:1: import os"


def test_a_literal_text_and_its_case_are_told_as_either_program_does(context: ToolContext) -> None:
    assert use(GREP, context, pattern="a.b", literal=True) == "src/deep/b.py:2: print('a.b')"
    assert use(GREP, context, pattern="(", isRegexp=False) == "src/deep/b.py:2: print('a.b')"
    assert use(GREP, context, pattern="RETRYPOLICY", ignore_case=True) == "src/a.py:3: class RetryPolicy:"
    assert use(GREP, context, pattern="RETRYPOLICY") == "no line matches `RETRYPOLICY`"


@pytest.mark.parametrize(
    ("pattern", "complaint"),
    [
        ("(", "is no regular expression: missing \\) at position 1; or set `literal`"),
        ("", "the pattern has 0 characters"),
        ("x" * 1001, "the pattern has 1001 characters"),
        ("a{100000000}", "repeats more than 10,000 times"),
        ("((a{1000}){1000}){1000}", "repeats more than 10,000 times"),
        ("(a(?R)?b|(?R)c)", "calls itself"),
        ("(?<x>a(?&x)?b)", "calls itself"),
        ("(" * 500, "is no regular expression"),
    ],
)
def test_a_pattern_that_is_wrong_or_would_fill_the_memory_is_refused(
    context: ToolContext, pattern: str, complaint: str
) -> None:
    with pytest.raises(ToolError, match=complaint):
        use(GREP, context, pattern=pattern)


def test_a_catastrophic_pattern_ends_and_the_loop_goes_on_meanwhile(
    tmp_path: Path, context: ToolContext
) -> None:
    (tmp_path / "evil.txt").write_text("a" * 5000 + "!\n")
    ticks = 0

    async def tick() -> None:
        nonlocal ticks
        while True:
            await asyncio.sleep(0.01)
            ticks += 1

    async def main() -> None:
        ticking = asyncio.create_task(tick())
        with pytest.raises(ToolError, match="takes too long"):
            await used(GREP, context, pattern="(?:a|aa)+$")
        ticking.cancel()
        await asyncio.wait({ticking})

    start = time.monotonic()
    asyncio.run(main())

    assert time.monotonic() - start < 8
    assert ticks > 20


def test_a_search_that_nobody_waits_for_stops(tmp_path: Path, context: ToolContext) -> None:
    (tmp_path / "slow.txt").write_text(f"{'a' * 24}!\n" * 20_000)

    async def main() -> None:
        searching = asyncio.create_task(used(GREP, context, pattern="(?:a|aa)+$", path="slow.txt"))
        await asyncio.wait({searching}, timeout=0.2)
        searching.cancel()
        await asyncio.wait({searching})

    start = time.monotonic()
    asyncio.run(main())  # waits for its threads

    assert time.monotonic() - start < 5


def test_files_that_a_rule_hides_are_neither_found_nor_read(context: ToolContext) -> None:
    hiding = replace(context, rules=HidesDeep())

    for tool in SEARCH_TOOLS:
        for where in (".", "src/deep", "src/deep/b.py"):
            given = {"pattern": "**" if tool is GLOB else "import", "query": "import", "path": where}
            assert "b.py" not in use(tool, hiding, **given)
    with pytest.raises(ToolError, match=r"`src/deep/b\.py` may not be read: a rule denies it"):
        use(VIEW, hiding, path="src/deep/b.py")


def test_a_walk_ends_when_its_time_is_over(context: ToolContext) -> None:
    tour = Tour(Gate.of(context), Event(), most_s=0)

    assert list(tour.files(".")) == []
    assert tour.said() == ["[stopped after 0 s: search a smaller folder]"]


def test_a_walk_ends_when_it_has_seen_enough(context: ToolContext) -> None:
    tour = Tour(Gate.of(context), Event(), most_files=3)

    assert [file.shown for file in tour.files(".")] == ["README.md", "binary.bin"]
    assert tour.said() == ["[stopped after 3 files and folders: search a smaller folder]"]


def test_matches_are_bounded_in_number_and_length(tmp_path: Path, context: ToolContext) -> None:
    (tmp_path / "many.txt").write_text(f"needle {'x' * 1000}\n" * 250)

    found = use(GREP, context, pattern="needle")

    assert len(found) < 2 * MOST_RESULT_CHARS
    assert found.count("many.txt:") == 200
    assert found.splitlines()[0].endswith("x... [cut: 1,007 characters]")
    assert found.splitlines()[-1].startswith("[only the first 200 matching lines:")


def test_exactly_as_many_matches_as_are_shown_are_not_called_cut(
    tmp_path: Path, context: ToolContext
) -> None:
    (tmp_path / "many.txt").write_text("needle\n" * 200)

    assert "[only" not in use(GREP, context, pattern="needle")


def test_files_are_found_by_their_paths(context: ToolContext) -> None:
    assert use(GLOB, context, pattern="*.py") == "src/a.py\nsrc/deep/b.py"
    assert use(GLOB, context, query="src/*.py") == "src/a.py"
    assert use(GLOB, context, pattern="**/*.{md,yml}") == ".github/ci.yml\nREADME.md"
    assert use(GLOB, context, pattern="*.py", path="src/deep") == "src/deep/b.py"
    assert use(GLOB, context, pattern=f"{context.workspace}/src/**") == "src/a.py\nsrc/deep/b.py"
    assert use(GLOB, context, pattern="*.rs") == "no file matches `*.rs`"


def test_a_long_list_of_files_is_cut_with_a_note(tmp_path: Path, context: ToolContext) -> None:
    for number in range(1005):
        (tmp_path / f"{number:04}.t").touch()

    found = use(GLOB, context, pattern="*.t").splitlines()

    assert found[:2] == ["0000.t", "0001.t"]
    assert found[-2:] == ["0999.t", "[the first 1,000 of 1,005 files: narrow `pattern` or `path`]"]


def test_the_part_that_shares_the_rarest_words_comes_first(tmp_path: Path, context: ToolContext) -> None:
    for number in range(20):
        (tmp_path / f"noise{number}.txt").write_text("the policy of the file\n" * 50)

    found = use(SEMANTIC_SEARCH, context, query="Where is the retry policy's back-off?")

    assert found.splitlines()[0] == "src/a.py:1-4"
    assert "     3\tclass RetryPolicy:" in found


def test_words_of_a_query_are_only_words(context: ToolContext) -> None:
    hostile = "retry\" OR NEAR(* NOT path : {a} -'; DROP TABLE parts; --"

    assert use(SEMANTIC_SEARCH, context, query=hostile).startswith("src/a.py:1-4")
    assert use(SEMANTIC_SEARCH, context, query="xylophone") == "nothing shares a word with the query"
    with pytest.raises(ToolError, match="`query` has no word in it, `- !`: describe what to find"):
        use(SEMANTIC_SEARCH, context, query="- !")


def test_a_path_that_is_not_there_is_refused(context: ToolContext) -> None:
    given = {"pattern": "x", "query": "x", "path": "nothing"}

    for tool in SEARCH_TOOLS:
        with pytest.raises(ToolError, match="`nothing` does not exist"):
            use(tool, context, **given)
