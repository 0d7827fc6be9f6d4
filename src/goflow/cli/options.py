"""The flags that several verbs share."""

from __future__ import annotations

from typing import Final

from goflow.cli.flags import Argument, Flag, Kind, Section

WORKFLOW: Final = Flag(names=("-w", "--workflow"), value="FILE", help="The workflow, in place of FILE.")

INPUTS: Final = Flag(
    names=("-i", "--inputs"),
    kind=Kind.VALUES,
    value="NAME=VALUE",
    help="An input; `NAME=@FILE` reads a file, relative to the workflow file. Can be repeated.",
)
AUDIT_DIR: Final = Flag(
    names=("--audit-dir",), value="DIR", help="Where run folders are, in place of the configured one."
)
CONCURRENCY: Final = Flag(
    names=("-j", "--max-concurrency"), value="N", help="At most N steps at a time; 0 means no bound."
)
TIMEOUT: Final = Flag(
    names=("--timeout",),
    value="DURATION",
    help="Stop the run after this time, as in `90s` or `1h30m`; it can be resumed.",
)
CACHE: Final = Flag(
    names=("--cache",),
    kind=Kind.CHOICE,
    help="Take answers from earlier runs that asked the same, and keep those of this one; or do neither.",
)
MOCK: Final = Flag(
    names=("--mock",),
    kind=Kind.OPTIONAL_VALUE,
    value="FILE",
    help="Ask no model: every step answers `mock output`, or what the script FILE says.",
)
MOCK_AGAIN: Final = Flag(
    names=("--mock",),
    kind=Kind.OPTIONAL_VALUE,
    value="FILE",
    help="Ask no model: the script FILE answers, else the one that the run began with.",
)
RECORD: Final = Flag(
    names=("--record",),
    value="FILE",
    help="Write the whole run to a file when it ends or stops; `--replay` reads it.",
)
REPLAY: Final = Flag(
    names=("--replay",),
    value="FILE",
    help="Ask no model and use no tool: answer as the recording FILE says, or an earlier run.",
)
RUN: Final = Argument(
    name="RUN",
    help="The run: its id, a unique beginning of one, its folder, `@last`, or `@-2` for the one before.",
)

PEOPLE: Final = Section(
    title="Questions to people",
    flags=(
        Flag(
            names=("--interactive",),
            kind=Kind.CHOICE,
            help="Ask at the terminal, also where stdin is something else; or ask nobody.",
        ),
        Flag(
            names=("--answers",),
            value="FILE",
            help="Take answers from a YAML file: by step, by question, or in order.",
        ),
    ),
)

TOOLS: Final = Section(
    title="What tools may do",
    flags=(
        Flag(
            names=("--allow-all-tools",),
            kind=Kind.SWITCH,
            help="Allow every tool call that no `permissions` rule denies, commands and writing too.",
        ),
        Flag(
            names=("--trust",),
            kind=Kind.SWITCH,
            help="Trust this folder in this run: what its workflow allows is allowed.",
        ),
    ),
)

RESULTS: Final = Section(
    title="Results",
    flags=(
        Flag(names=("-o", "--output"), value="FILE", help="Write the results to a file, not to stdout."),
        Flag(names=("--format",), value="FORMAT", help="Write them as markdown, plain, text or json."),
        Flag(
            names=("--fail-on",),
            value="WHAT",
            help="Let the exit code tell of failed runs (run), all failed steps (any), or none (never).",
        ),
    ),
)

TALK: Final = Section(
    title="What is shown",
    flags=(
        Flag(
            names=("-v", "--verbose"),
            kind=Kind.SWITCH,
            help="Tell of levels, steps and turns on stderr, and keep each step's `stream.jsonl`.",
        ),
        Flag(
            names=("--streaming", "--stream"),
            kind=Kind.SWITCH,
            help="Show answers on stderr as they come, each line with its step.",
        ),
        Flag(
            names=("--progress",),
            value="MODE",
            help="Tell of every change on stderr (plain), or of warnings and failures alone (none).",
        ),
        Flag(
            names=("--json",),
            kind=Kind.SWITCH,
            help="Print every event as JSON on stdout; the results go to `-o` and the run folder.",
        ),
    ),
)
