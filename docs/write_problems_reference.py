"""Write `docs/reference/problems.md` from the table of codes: `python docs/write_problems_reference.py`."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import Final

from goflow.cli.codes import MEANINGS

PAGE: Final = Path(__file__).parent / "reference" / "problems.md"

_HEAD: Final = """# Problems

<!-- Written by docs/write_problems_reference.py; change src/goflow/cli/codes.py. -->

What `goflow validate` and `goflow run` find wrong in files, by the code that each problem is shown with. A
code never changes its meaning. How problems are printed: [validate](../guides/validate.md).
"""

_TITLES: Final = {
    "GF0": "Reading files",
    "GF1": "Keys, values and the files they name",
    "GF2": "Steps, conditions and output",
    "GF3": "Templates",
    "GF6": "Scripts of answers",
    "GF7": "Test files",
}


def problems_reference() -> str:
    """Return the page."""
    return _HEAD + "".join(_sections())


def _sections() -> Iterator[str]:
    for group, codes in groupby(MEANINGS, key=lambda code: code[:3]):
        yield f"\n## {_TITLES[group]}\n\n| code | meaning |\n|---|---|\n"
        yield from (f"| `{code}` | {MEANINGS[code]} |\n" for code in codes)


if __name__ == "__main__":
    PAGE.write_text(problems_reference(), encoding="utf-8")
