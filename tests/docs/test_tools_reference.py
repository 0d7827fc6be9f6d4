from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from goflow.tools.catalogue import TOOLS
from goflow.workflow.tool_names import KNOWN_TOOLS, TOOL_GROUPS

DOCS = Path(__file__).parents[2] / "docs"
PAGE = DOCS / "reference" / "tools.md"


def test_the_reference_of_the_tools_is_what_the_tools_say(tmp_path: Path) -> None:
    (tmp_path / "reference").mkdir()
    script = tmp_path / "write_tools_reference.py"
    script.write_bytes((DOCS / script.name).read_bytes())

    subprocess.run([sys.executable, script], check=True)

    written = (tmp_path / "reference" / "tools.md").read_text(encoding="utf-8")
    assert PAGE.read_text(encoding="utf-8") == written, "run `python docs/write_tools_reference.py`"


def test_every_name_of_every_tool_stands_in_the_row_of_the_tool() -> None:
    lines = PAGE.read_text(encoding="utf-8").splitlines()
    rows = {line.split("`")[1]: set(re.findall("`([^`]+)`", line)) for line in lines if "](#" in line}

    assert list(rows) == list(TOOLS)
    assert [name for name, tool in KNOWN_TOOLS.items() if name not in rows[tool]] == []
    assert all(f"`{group}` stands for" in "\n".join(lines) for group in TOOL_GROUPS)


def test_every_argument_that_a_tool_takes_stands_in_its_chapter() -> None:
    chapters = PAGE.read_text(encoding="utf-8").split("\n## ")
    by_tool = {chapter.partition("\n")[0]: chapter for chapter in chapters}

    assert [
        (name, parameter.name)
        for name, tool in TOOLS.items()
        for parameter in tool.parameters
        for word in (parameter.name, *parameter.aliases)
        if f"`{word}`" not in by_tool[name]
    ] == []
