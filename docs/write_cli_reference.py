"""Write `docs/reference/cli.md` from the commands themselves: `python docs/write_cli_reference.py`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

from goflow.cli.verbs import ABOUT, VERBS, find_verb

if TYPE_CHECKING:
    from goflow.cli.verb import Verb

PAGE: Final = Path(__file__).parent / "reference" / "cli.md"

_HEAD: Final = f"""# Commands

<!-- Written by docs/write_cli_reference.py; change the verbs in src/goflow/cli. -->

{ABOUT} stdout is data, stderr is talk.

| verb | what it does |
|---|---|
"""

_SPELLING: Final = """
## How flags are written

- One dash or two, with a blank or `=`: `-workflow f`, `--workflow f`, `--workflow=f`, `-w f`, `-w=f`.
- A flag without a value can be taken back: `--no-verbose`, or `--verbose=false`. `1, t, T, true, True, TRUE`
  are true, `0, f, F, false, False, FALSE` are false.
- The value of `--mock` stands after `=` only: a boolean is a boolean, anything else is the script's file
  (`--mock=./true` for a file of that name).
- Flags can also stand before the verb: `goflow -v run f.yaml`.
- After `--`, everything is an argument.
"""


def cli_reference() -> str:
    """Return the page."""
    rows = "".join(f"| [`{name}`](#goflow-{name}) | {place.about} |\n" for name, place in VERBS.items())
    return _HEAD + rows + _SPELLING + "".join(_chapter(name, find_verb(name)) for name in VERBS)


def _chapter(name: str, verb: Verb) -> str:
    return f"\n## goflow {name}\n\n    goflow {name} {verb.usage}\n\n{verb.help}\n" + "".join(_tables(verb))


def _tables(verb: Verb) -> Iterator[str]:
    if verb.arguments:
        rows = [(argument.name, argument.help) for argument in verb.arguments]
        yield _table("Arguments", rows)
    for section in verb.sections:
        yield _table(section.title, [(flag.shown, flag.help) for flag in section.flags])


def _table(title: str, rows: list[tuple[str, str]]) -> str:
    lines = "".join(f"| `{shown}` | {told} |\n" for shown, told in rows)
    return f"\n| {title.lower()} | |\n|---|---|\n{lines}"


if __name__ == "__main__":
    PAGE.write_text(cli_reference(), encoding="utf-8")
