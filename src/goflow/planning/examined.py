"""A bundle under examination: what several rules need to know, worked out once."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Final

from goflow.planning.graph import levels
from goflow.planning.references import Standing, standings
from goflow.planning.texts import find_attached, find_texts
from goflow.problems import Related, suggest
from goflow.templating import InputRef, JsonRef, OutputRef
from goflow.templating.json_path import place_of_part

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from goflow.planning.texts import Braced, Text
    from goflow.problems import FieldPath, Span
    from goflow.workflow import Bundle

_NAMES_COMPARED: Final = 10_000
_CHARS_SEARCHED: Final = 200_000_000


class Examined:
    """What is known of a bundle; of steps with the same id, the first stands for all.

    Looking for suggestions, and for places inside long texts, ends when it has cost about a second.
    """

    def __init__(self, bundle: Bundle, given_inputs: Collection[str] | None) -> None:
        self.bundle = bundle
        self.steps = bundle.workflow.steps
        self.given_inputs = given_inputs
        self.index_of: dict[str, int] = {}
        for index, step in enumerate(self.steps):
            self.index_of.setdefault(step.id, index)
        self._names_left = _NAMES_COMPARED
        self._chars_left = _CHARS_SEARCHED

    @cached_property
    def needs(self) -> Mapping[str, tuple[str, ...]]:
        """Return what each step says it depends on, other than itself."""
        return {name: _without(name, self.steps[index].depends_on) for name, index in self.index_of.items()}

    @cached_property
    def level_of(self) -> Mapping[str, int]:
        """Return the steps' levels; a step on a cycle or after one has none."""
        return levels(self.needs)

    @cached_property
    def texts(self) -> tuple[Text, ...]:
        """Return every text with braces."""
        return tuple(find_texts(self.bundle))

    @cached_property
    def attached(self) -> tuple[Text, ...]:
        """Return every path with braces of a file that goes with a prompt."""
        return tuple(find_attached(self.bundle))

    @cached_property
    def direct(self) -> tuple[frozenset[str], ...]:
        """Return what each step depends on, each named once."""
        return tuple(frozenset(step.depends_on) for step in self.steps)

    @cached_property
    def doubtful(self) -> Mapping[tuple[str, str], Standing]:
        """Return how steps stand to what they read, for the pairs where that is not upstream."""
        reads: dict[str, set[str]] = {}
        for index, target in self._reads():
            name = self.steps[index].id
            if target not in self.direct[index] and self.index_of[name] == index:
                reads.setdefault(name, set()).add(target)
        found = standings(reads, self.needs, self.level_of)
        return {
            (step, target): standing
            for step, standing_of in found.items()
            for target, standing in standing_of.items()
            if standing is not Standing.UPSTREAM
        }

    def _reads(self) -> Iterator[tuple[int, str]]:
        """Yield every step, by index, with every step it reads."""
        for text in self.texts:
            for ref in text.braced:
                if isinstance(ref, OutputRef | JsonRef):
                    for index in text.readers:
                        yield index, ref.step
        for index, step in enumerate(self.steps):
            if step.condition is not None:
                yield index, step.condition.step

    @cached_property
    def later(self) -> frozenset[tuple[str, str]]:
        """Return the pairs of `doubtful` whose second step comes after the first."""
        asked: dict[str, set[str]] = {}
        for (step, target), standing in self.doubtful.items():
            if standing is Standing.NOT_UPSTREAM:
                asked.setdefault(target, set()).add(step)
        found = standings(asked, self.needs, self.level_of)
        return frozenset(
            (step, target)
            for target, standing_of in found.items()
            for step, standing in standing_of.items()
            if standing in {Standing.DIRECT, Standing.UPSTREAM}
        )

    def standing(self, index: int, target: str) -> Standing | None:
        """Return what is wrong with how `target` stands to the step at `index`; None if nothing is."""
        name = self.steps[index].id
        if self.index_of[name] != index or target in self.direct[index]:
            return None
        return self.doubtful.get((name, target))

    def place(self, path: FieldPath, *, file: str | None = None, key: bool = False) -> Span | None:
        """Return where a field stands: in the workflow file, unless another one is named."""
        locator = self.bundle.locators.get(file or self.bundle.path)
        return None if locator is None else locator.span(path, key=key)

    def related(self, path: FieldPath, message: str, *, key: bool = False) -> tuple[Related, ...]:
        """Return a second place of the workflow file that explains a problem."""
        span = self.place(path, key=key)
        return () if span is None else (Related(span=span, message=message),)

    def place_in(self, text: Text, braced: Braced, *, part: int | None = None) -> Span | None:
        """Return where a name in braces stands inside its text, or the braces where they hold no name.

        `part` asks for a part of a path instead, by its index.
        """
        locator = self.bundle.locators.get(text.file)
        if locator is None:
            return None
        self._chars_left -= len(text.written)
        if self._chars_left < 0:
            return locator.span(text.path)
        span = locator.span(text.path, text=braced.text, occurrence=text.earlier(braced))
        if span.width != len(braced.text):
            return span
        offset, width = _marked(braced, part)
        return replace(span, column=span.column + offset, width=width)

    def suggest(self, name: str, known: Collection[str]) -> str | None:
        """Return a suggestion for a name that is not known, if one is near."""
        self._names_left -= len(known)
        return suggest(name, known) if self._names_left >= 0 else None


def _marked(braced: Braced, part: int | None) -> tuple[int, int]:
    """Return what is marked of braces: where it begins in them, and how wide it is."""
    match braced:
        case JsonRef() if part is not None:
            return place_of_part(braced, part)
        case InputRef(name=name) | OutputRef(step=name) | JsonRef(step=name):
            return braced.text.index("." + name) + 1, len(name)
        case _:
            return 0, len(braced.text)


def _without(name: str, needs: tuple[str, ...]) -> tuple[str, ...]:
    return needs if name not in needs else tuple(need for need in needs if need != name)
