"""The verbs: where each lives, and the command that finds them."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Final

import click

from goflow.errors import UsageError
from goflow.problems import shown, suggest
from goflow.values import dataclass

if TYPE_CHECKING:
    from goflow.cli.verb import Verb

PROGRAM: Final = "goflow"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a verb lives (its module has a `VERB`), and what it is for, so that `--help` imports none."""

    module: str
    about: str


VERBS: Final[Mapping[str, Place]] = {
    "run": Place(module="goflow.cli.run", about="Run a workflow."),
    "validate": Place(module="goflow.cli.validate", about="Check workflow files, without running anything."),
    "plan": Place(module="goflow.cli.plan", about="Show what a run would do, and simulate it."),
    "list": Place(module="goflow.cli.list", about="List the workflows that are here."),
    "graph": Place(module="goflow.cli.graph", about="Draw a workflow or a run."),
    "init": Place(module="goflow.cli.init", about="Write a small workflow to start from."),
    "resume": Place(module="goflow.cli.resume", about="Go on with a run that was stopped, killed or failed."),
    "rerun": Place(module="goflow.cli.rerun", about="Start a new run that takes results from one."),
    "answer": Place(module="goflow.cli.answer", about="Answer a question of a run."),
    "cancel": Place(module="goflow.cli.cancel", about="Stop a run that is going on."),
    "runs": Place(module="goflow.cli.runs", about="List the runs that are here."),
    "show": Place(module="goflow.cli.show", about="Show a run, or a step of one."),
    "stats": Place(module="goflow.cli.stats", about="Say what earlier runs took."),
    "diff": Place(module="goflow.cli.diff", about="Compare two runs."),
    "explain-step": Place(
        module="goflow.cli.explain_step", about="Say why a step of a run was asked, or was not."
    ),
    "export": Place(module="goflow.cli.export", about="Write a whole run as one file."),
    "test": Place(module="goflow.cli.test", about="Run the cases of `*.test.yaml` files."),
    "verify": Place(module="goflow.cli.verify", about="Check an export or a run's folder."),
    "prune": Place(module="goflow.cli.prune", about="Remove old runs."),
    "doctor": Place(module="goflow.cli.doctor", about="Say what is in force here, and what is missing."),
    "version": Place(module="goflow.cli.version", about="Print the version."),
    "help": Place(module="goflow.cli.help", about="Explain a verb."),
}

FLAGS: Final[Mapping[str, str]] = {"--version": "Print the version.", "-h, --help": "Show this text."}

ABOUT: Final = "Run multi-agent LLM workflows from YAML: in parallel, on any model, resumable after a kill."

EPILOG: Final = (
    "`goflow help VERB` explains a verb. Flags can also stand before the verb, and can be written as "
    "`-flag value`, `--flag=value` or, where they take no value, `--flag=false`."
)


class Program(click.Group):
    """The command itself: loads a verb's module only when the verb is wanted."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the verb."""
        return args[0], find_verb(args[0]), args[1:]

    def format_usage(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the usage line."""
        formatter.write_usage(ctx.command_path, "VERB [FLAGS]")

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the verbs, without loading them, and the flags."""
        with formatter.section("Verbs"):
            formatter.write_dl([(verb, place.about) for verb, place in VERBS.items()])
        with formatter.section("Flags"):
            formatter.write_dl(list(FLAGS.items()))

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write how flags are written."""
        formatter.write_paragraph()
        formatter.write_text(EPILOG)


def make_program() -> Program:
    """Return the command."""
    from goflow.cli.verb import SETTINGS

    return Program(PROGRAM, help=ABOUT, context_settings=dict(SETTINGS))


def find_verb(name: str) -> Verb:
    """Import a verb's module; raise `UsageError` for a word that is no verb."""
    if name not in VERBS:
        raise UsageError(f"unknown verb {shown(name)}", help=_hint(name))
    verb: Verb = import_module(VERBS[name].module).VERB
    return verb


def _hint(word: str) -> str:
    if word.endswith((".yaml", ".yml")):
        return f"{shown('goflow run ' + word)} runs the file"
    return suggest(word, VERBS) or f"verbs: {', '.join(VERBS)}"
