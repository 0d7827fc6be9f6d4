"""A run may be cut off at any moment: whoever goes on with it ends it as if nothing had happened.

The real loop runs random workflows with failures, retries, several models, conditions and questions. Worlds
have no timeouts, for how long a step may still take after a crash depends on when that was.
"""

from __future__ import annotations

from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import get_args

from hypothesis import given, settings, strategies as st

from goflow.events import Event
from goflow.journal.double import Kept
from goflow.journal.file import FileJournal
from goflow.journal.reader import read_events
from goflow.scheduler import replay
from goflow.testing import DroppingFiles, MemoryJournal
from tests.properties.drive import ended_at_most_once, picture
from tests.properties.lives import (
    Life,
    Mortal,
    Story,
    answered,
    left_to_ask,
    live,
    remembering,
    starts,
    stories,
)

DELAYS_S = (0.0, 0.1, 0.7, 3.0)
KEPT: tuple[Kept, ...] = get_args(Kept)
HALF = settings(max_examples=settings().max_examples // 2)
TENTH = settings(max_examples=settings().max_examples // 10)


def check_resumed(again: Life, history: list[Event], whole: Life) -> None:
    """The run has ended as the whole one, and only what had no end yet was asked."""
    assert not again.has_died
    assert again.fates == whole.fates
    assert again.asked == left_to_ask(whole.asked, history)
    assert answered(history).isdisjoint(again.person.asked)
    assert ended_at_most_once([*history, *again.told])


def check_dead(life: Life, history: list[Event], kept: list[Event]) -> None:
    """What a dead owner told, believed and did was in its journal first."""
    known = [*history, *life.told]
    assert life.has_died
    assert kept[: len(known)] == known
    assert picture(life.state)[:-1] == picture(replay(life.stage.plan, known))[:-1]
    assert starts(known).issuperset((request.step, request.attempt) for request in life.backend.requests)


@HALF
@given(story=stories(most_steps=6, delays_s=DELAYS_S))
def test_a_run_resumed_after_any_of_its_events_ends_as_it_would_have(story: Story) -> None:
    whole = live(story, MemoryJournal())
    for length in range(len(whole.told)):
        history = whole.told[:length]
        check_resumed(live(story, remembering(history)), history, whole)


@HALF
@given(story=stories(most_steps=8, delays_s=DELAYS_S), appends=st.lists(st.integers(0, 12), max_size=12))
def test_a_run_whose_owners_die_one_after_the_other_ends_as_if_it_had_one(
    story: Story, appends: list[int]
) -> None:
    whole = live(story, MemoryJournal())
    journal = MemoryJournal()
    for before_death in appends:
        history = list(journal.read())
        life = live(story, Mortal(journal, before_death))
        if not life.has_died:
            break
        check_dead(life, history, list(journal.read()))
    else:
        history = list(journal.read())
        life = live(story, journal)
    check_resumed(life, history, whole)


@TENTH
@given(story=stories(most_steps=5), keeps=st.sampled_from(KEPT))
def test_a_run_that_loses_the_power_at_any_operation_goes_on_from_what_was_durable(
    story: Story, keeps: Kept
) -> None:
    whole = live(story, MemoryJournal())
    for operations in count():
        with TemporaryDirectory() as name:
            life = live(story, FileJournal(Path(name), DroppingFiles(operations, keeps=keeps)))
            if not life.has_died:
                assert life.fates == whole.fates
                return
            kept = read_events(Path(name))
            check_dead(life, [], kept)

            files = DroppingFiles()
            again = live(story, FileJournal(Path(name), files))
            files.lose_power()

            check_resumed(again, kept, whole)
            assert read_events(Path(name)) == [*kept, *again.told]
