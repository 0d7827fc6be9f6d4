"""`goflow verify`."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from goflow.cli.flags import Argument, Flag, Section, pick
from goflow.cli.options import AUDIT_DIR
from goflow.cli.streams import say, shows_unicode, write_data
from goflow.cli.verb import Verb
from goflow.errors import UsageError
from goflow.problems import count_of
from goflow.values import dataclass

if TYPE_CHECKING:
    from goflow.cli.checking import Verdict

USAGE: Final = "goflow verify RUN, or goflow verify FILE"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is checked, and where what is whole of it goes."""

    run: str | None
    salvage: str | None
    audit_dir: str | None


def verify(values: Mapping[str, Any]) -> int:
    """Print everything that is wrong with an export or a run; return 1 if anything is."""
    from goflow.cli.checking import check_file, check_run
    from goflow.cli.looking import find_folder

    wanted = pick(Wanted, values)
    file = _file_named(wanted)
    if file is not None:
        verdict = check_file(file)
        write_data(told(verdict, has_unicode=shows_unicode()))
        return int(verdict.damages.count > 0)
    folder = find_folder(wanted.run, wanted.audit_dir, USAGE)
    if wanted.salvage is not None:
        _require_free(Path(wanted.salvage))
    verdict = check_run(folder)
    write_data(told(verdict, has_unicode=shows_unicode()))
    if wanted.salvage is not None:
        _salvage(folder, verdict, Path(wanted.salvage))
    return int(verdict.damages.count > 0)


def told(verdict: Verdict, *, has_unicode: bool) -> str:
    """Return a line for all that is well, or one for each thing that is wrong and one that sums up."""
    from goflow.reporters.sanitize import sanitize_line

    good, bad = ("✓", "✗") if has_unicode else ("ok", "x")
    damages = verdict.damages
    if not damages.count:
        return sanitize_line(f"{good} {verdict.name}: {verdict.facts}") + "\n"
    lines = [f"{damage.place}: {damage.what}" for damage in damages.kept]
    if damages.count > len(lines):
        lines.append(f"... and {damages.count - len(lines)} more")
    wrong = f"{count_of(damages.count, 'thing')} {'is' if damages.count == 1 else 'are'} wrong"
    lines.append("; ".join(filter(None, (f"{bad} {verdict.name}: {wrong}", verdict.way_on))))
    return "".join(f"{sanitize_line(line)}\n" for line in lines)


def _file_named(wanted: Wanted) -> Path | None:
    """Return the export that is meant, if it is one: a file, or what looks like the name of one."""
    path = Path(wanted.run or "")
    if not path.is_file():
        if path.suffix == ".jsonl" and not path.is_dir():
            raise UsageError(f"`{path}` does not exist")
        return None
    if wanted.salvage is not None:
        raise UsageError("`--salvage` takes a run, not an export", help=f"usage: {USAGE}")
    return path


def _require_free(target: Path) -> None:
    if target.exists() or target.is_symlink():
        raise UsageError(f"`{target}` is there already", help="`--salvage` names a folder to be made")


def _salvage(folder: Path, verdict: Verdict, target: Path) -> None:
    from goflow.journal.salvage import salvage

    missing = salvage(folder, verdict.journal, target)
    for what in missing:
        say(f"warning: not saved: {what}\n")
    saved = count_of(len(verdict.journal.events), "event")
    say(f"saved {saved} in `{target}`\nnext: goflow resume {shlex.quote(str(target))}\n")


VERB: Final = Verb(
    "verify",
    verify,
    about="Say everything that is wrong with an export or a run's folder, and what of it is whole.\n\n"
    "One line and exit code 0 where all is well, 1 where something is wrong. Nothing is changed.",
    arguments=[
        Argument(
            name="RUN",
            help="A file that `goflow export` wrote; or a run: its id, its folder, `@last`, `@-2`.",
        )
    ],
    sections=[
        Section(
            title="Flags",
            flags=(
                Flag(
                    names=("--salvage",),
                    value="DIR",
                    help="Copy what is whole of the run to a new folder, which `goflow resume` takes.",
                ),
                AUDIT_DIR,
            ),
        )
    ],
)
