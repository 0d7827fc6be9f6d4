"""Rules on the files that go with prompts; whether they can be read is found by reading them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from goflow.problems import Problem, shown
from goflow.templating import InputRef, Unparsed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from goflow.planning.examined import Examined

MOST_ATTACHED: Final = 20
"""How many files go with one prompt at most."""


def attachments_are_few(examined: Examined) -> Iterator[Problem]:
    """Report steps with more files than a prompt may have."""
    for index, step in enumerate(examined.steps):
        if len(step.attach) > MOST_ATTACHED:
            yield Problem(
                code="GF218",
                message=f"step {shown(step.id)} attaches {len(step.attach)} files",
                span=examined.place(("steps", index, "attach", MOST_ATTACHED)),
                help=f"a step has at most {MOST_ATTACHED}",
            )


def attachments_are_known_at_the_start(examined: Examined) -> Iterator[Problem]:
    """Report paths that name steps: the files are read before any step runs."""
    for text in examined.attached:
        for ref in text.braced:
            if not isinstance(ref, InputRef | Unparsed):
                yield Problem(
                    code="GF309",
                    message=f"`attach` refers to step {shown(ref.step)}, "
                    "but files are read before any step runs",
                    span=examined.place_in(text, ref),
                    help="a path may hold `{{inputs.NAME}}`; the output of a step goes into the prompt",
                )


def attachments_hold_no_secret(examined: Examined) -> Iterator[Problem]:
    """Report paths that hold a secret: they are kept with the run."""
    inputs = examined.bundle.workflow.inputs
    for text in examined.attached:
        for ref in text.braced:
            if isinstance(ref, InputRef) and ref.name in inputs and inputs[ref.name].secret:
                yield Problem(
                    code="GF310",
                    message=f"`attach` refers to input {shown(ref.name)}, which is secret, "
                    "but paths are kept with the run",
                    span=examined.place_in(text, ref),
                    help="take the path from an input that is not secret",
                )
