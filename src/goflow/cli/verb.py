"""A verb: what it takes, as data, and what it does."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from typing import Any, Final, TypeAlias

import click

from goflow.cli.arguments import rewrite
from goflow.cli.flags import Argument, Flag, Kind, Section, all_flags
from goflow.errors import UsageError
from goflow.problems import shown

Act: TypeAlias = Callable[[Mapping[str, Any]], int]
"""Does what a verb is for, with the values of its arguments and flags, and returns the exit code."""

HELP: Final = Section(
    title="Help", flags=(Flag(names=("-h", "--help"), help="Show this text.", kind=Kind.SWITCH),)
)

SETTINGS: Final = {
    "help_option_names": list(HELP.flags[0].names),
    "max_content_width": 100,
    "allow_extra_args": True,
}


class Verb(click.Command):
    """A command of click's that takes flags as Go programs write them, and whose help has sections."""

    def __init__(
        self,
        name: str,
        act: Act,
        *,
        about: str,
        arguments: Sequence[Argument] = (),
        sections: Sequence[Section] = (),
    ) -> None:
        """`about` is the help text: its first paragraph is one sentence."""
        self.arguments = tuple(arguments)
        self.sections = (*sections, HELP)
        super().__init__(
            name,
            callback=lambda **values: act(values),
            params=[*map(_argument, arguments), *map(_option, all_flags(sections))],
            help=about,
            context_settings=dict(SETTINGS),
        )

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse arguments that may be written as for a Go program."""
        flags = all_flags(self.sections)
        written = tuple(args)
        rest = super().parse_args(ctx, rewrite(args, flags))
        if rest:
            usage = f"usage: {ctx.command_path} {self.usage}"
            raise UsageError(
                f"unexpected argument {shown(rest[0])}", help=_value_apart(written, flags) or usage
            )
        return rest

    def format_usage(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the usage line."""
        formatter.write_usage(ctx.command_path, self.usage)

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the arguments and the sections."""
        if self.arguments:
            with formatter.section("Arguments"):
                formatter.write_dl([(argument.name, argument.help) for argument in self.arguments])
        for section in self.sections:
            with formatter.section(section.title):
                formatter.write_dl([(flag.shown, flag.help) for flag in section.flags])

    def format_arguments(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write nothing: the arguments stand with the options."""

    @property
    def usage(self) -> str:
        """Return what follows the verb in the usage line."""
        return " ".join([*(argument.shown for argument in self.arguments), "[FLAGS]"])


def _value_apart(written: Sequence[str], flags: Sequence[Flag]) -> str | None:
    """Return what would be right where a value that belongs after `=` stands apart from its flag."""
    by_name = {flag.long.lstrip("-"): flag for flag in flags if flag.kind is Kind.OPTIONAL_VALUE}
    for word, following in pairwise(written):
        flag = by_name.get(word.lstrip("-")) if word.startswith("-") else None
        if flag is not None and not following.startswith("-"):
            return f"the {flag.value} of `{flag.long}` stands after `=`: {shown(f'{flag.long}={following}')}"
    return None


def _argument(argument: Argument) -> click.Argument:
    return click.Argument(
        [argument.attribute], metavar=argument.name, required=False, nargs=-1 if argument.is_list else 1
    )


def _option(flag: Flag) -> click.Option:
    names = [flag.attribute, *flag.names]
    if flag.is_switch:
        names[-1] += f"/{flag.opposite}"
        return click.Option(names, default=False if flag.kind is Kind.SWITCH else None)
    return click.Option(names, metavar=flag.value, multiple=flag.kind is Kind.VALUES)
