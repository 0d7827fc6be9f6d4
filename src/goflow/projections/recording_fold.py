"""The events of a run → its recording."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable
from dataclasses import field
from typing import TYPE_CHECKING, TypeAlias

from goflow.events import (
    AnswerRefused,
    AttemptFact,
    AttemptFailed,
    AttemptStarted,
    Event,
    Fact,
    MemoryWritten,
    QuestionAnswered,
    QuestionAsked,
    RunCreated,
    RunReopened,
    StepCompleted,
    StepFailed,
    StepReused,
    ToolCalled,
    ToolReturned,
    TurnTaken,
)
from goflow.projections.recording import (
    Answered,
    End,
    Key,
    RecordedAttempt,
    RecordedEntry,
    Recording,
)
from goflow.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping

    from goflow.planning.content import Content

Describe: TypeAlias = Callable[[AttemptStarted, "Mapping[str, str]"], "Content"]
"""Tells what an attempt was asked with, from its start and the outputs of the steps that had completed."""


def record(events: Iterable[Event], describe: Describe = lambda _, __: {}) -> Recording:
    """Fold the events of a run, whatever has become of it."""
    fold = _Fold(describe)
    for event in events:
        fold.see(event.fact)
    return fold.result()


@dataclass(slots=True)
class _Draft:
    """An attempt that is being told; it goes on where one was cut off."""

    key: Key
    started: AttemptStarted
    content: Content
    facts: list[AttemptFact] = field(default_factory=list)
    end: End | None = None
    ended_at: tuple[int, int] = (0, 0)
    """How many attempts had started by its end, and how many entries there were."""


@dataclass(slots=True)
class _Fold:
    describe: Describe
    run_id: str = ""
    outputs: dict[str, str] = field(default_factory=dict)
    drafts: dict[Key, _Draft] = field(default_factory=dict)
    failures: Counter[str] = field(default_factory=Counter)
    kept: dict[str, list[AttemptFact]] = field(default_factory=dict)
    """The entries of attempts that were made again; the memory has them all the same."""
    starts: list[Key] = field(default_factory=list)
    entries: list[RecordedEntry] = field(default_factory=list)
    at_start: list[int] = field(default_factory=list)
    """For each start, how many entries there were."""
    questions: dict[str, QuestionAsked] = field(default_factory=dict)
    answers: dict[str, QuestionAnswered] = field(default_factory=dict)

    def see(self, fact: Fact) -> None:
        match fact:
            case RunCreated():
                self.run_id = fact.run_id
            case RunReopened():
                for step in fact.again:
                    self._forget(step)
                self._withdraw(fact.rewritten)
            case AttemptStarted():
                self._start(fact)
            case StepReused():
                self._reuse(fact)
            case StepCompleted() | AttemptFailed() | StepFailed():
                self._end(fact)
            case QuestionAnswered():
                self.answers.setdefault(fact.question_id, fact)
            case TurnTaken() | ToolCalled() | ToolReturned() | AnswerRefused() | MemoryWritten():
                self._tell(fact)
            case QuestionAsked():
                self.questions.setdefault(fact.question_id, fact)
                self._tell(fact)
            case _:
                """The run goes on as it was."""

    def _key(self, step: str) -> Key:
        return (step, self.failures[step])

    def _start(self, fact: AttemptStarted) -> None:
        key, content = self._key(fact.step), self.describe(fact, self.outputs)
        draft = self.drafts.get(key)
        if draft is None:
            draft = _Draft(key, fact, content, facts=self.kept.pop(fact.step, []))
            self.drafts[key] = draft
            self.starts.append(key)
            self.at_start.append(len(self.entries))
        draft.started, draft.content = fact, content

    def _reuse(self, fact: StepReused) -> None:
        self._start(
            AttemptStarted(step=fact.step, attempt=0, agent=fact.agent, model=fact.model, prompt=fact.prompt)
        )
        for entry in fact.entries():
            self._tell(entry)
        self._end(fact)

    def _tell(self, fact: AttemptFact) -> None:
        draft = self.drafts.get(self._key(fact.step))
        if draft is None or _is_told_again(fact, draft.facts):
            return
        draft.facts.append(fact)
        if isinstance(fact, MemoryWritten):
            self.entries.append(RecordedEntry(owner=draft.key, starts_first=len(self.starts)))

    def _end(self, fact: End) -> None:
        """End the step's attempt; that of a step which fails after its last attempt has ended already."""
        draft = self.drafts.get(self._key(fact.step))
        if draft is not None and draft.end is None:
            draft.end, draft.ended_at = fact, (len(self.starts), len(self.entries))
        if isinstance(fact, AttemptFailed):
            self.failures[fact.step] += 1
        elif isinstance(fact, StepCompleted | StepReused):
            self.outputs[fact.step] = fact.output

    def _forget(self, step: str) -> None:
        """Begin a step anew, but for what it has written into the memory."""
        again = (step, 0)
        for key in [key for key in self.drafts if key[0] == step]:
            facts = self.drafts.pop(key).facts
            self.kept.setdefault(step, []).extend(f for f in facts if isinstance(f, MemoryWritten))
            self.entries = [
                RecordedEntry(owner=again, starts_first=entry.starts_first) if entry.owner == key else entry
                for entry in self.entries
            ]
        kept = [(key, count) for key, count in zip(self.starts, self.at_start, strict=True) if key[0] != step]
        del self.failures[step]
        self.outputs.pop(step, None)
        self._drop_starts(kept)

    def _withdraw(self, steps: Collection[str]) -> None:
        """Leave out what steps have written into the memory, and count the entries before all else again.

        An attempt that was cut off begins anew.
        """
        before = [0]
        for entry in self.entries:
            before.append(before[-1] + (entry.owner[0] not in steps))
        self.entries = [entry for entry in self.entries if entry.owner[0] not in steps]
        self.at_start = [before[count] for count in self.at_start]
        for draft in self.drafts.values():
            draft.ended_at = (draft.ended_at[0], before[draft.ended_at[1]])
            if draft.key[0] in steps:
                is_cut_off = draft.end is None
                draft.facts = [
                    fact for fact in draft.facts if not (is_cut_off or isinstance(fact, MemoryWritten))
                ]
        for step in steps:
            self.kept.pop(step, None)

    def _drop_starts(self, kept: list[tuple[Key, int]]) -> None:
        """Leave out starts that no replay makes, and count those before each entry and each end again."""
        places = {key: place for place, (key, _) in enumerate(kept)}
        before = [0]
        for key in self.starts:
            before.append(before[-1] + (key in places))
        self.entries = [
            RecordedEntry(owner=entry.owner, starts_first=before[entry.starts_first])
            for entry in self.entries
        ]
        for draft in self.drafts.values():
            draft.ended_at = (before[draft.ended_at[0]], draft.ended_at[1])
        self.starts, self.at_start = [key for key, _ in kept], [count for _, count in kept]

    def result(self) -> Recording:
        return Recording(
            run_id=self.run_id,
            attempts={key: self._attempt(draft) for key, draft in self.drafts.items()},
            starts=tuple(self.starts),
            entries=tuple(self.entries),
            answers=tuple(
                Answered(question=asked, answer=self.answers.get(name))
                for name, asked in self.questions.items()
            ),
        )

    def _attempt(self, draft: _Draft) -> RecordedAttempt:
        return RecordedAttempt(
            key=draft.key,
            agent=draft.started.agent,
            model=draft.started.model,
            prompt=draft.started.prompt,
            content=draft.content,
            facts=tuple(draft.facts),
            end=draft.end,
            entries_first=self._entries_before_what_follows(*draft.ended_at),
        )

    def _entries_before_what_follows(self, starts: int, entries: int) -> int:
        """Return how many entries the attempt found that started next, or were there if none did."""
        return self.at_start[starts] if starts < len(self.at_start) else entries


def _is_told_again(fact: AttemptFact, before: list[AttemptFact]) -> bool:
    """Whether a resumed attempt does what the one before it was cut off in: asks or calls the same again."""
    if isinstance(fact, QuestionAsked):
        return any(
            isinstance(earlier, QuestionAsked) and earlier.question_id == fact.question_id
            for earlier in before
        )
    if not isinstance(fact, ToolCalled):
        return False
    for earlier in reversed(before):
        if isinstance(earlier, ToolCalled | ToolReturned) and earlier.call_id == fact.call_id:
            return isinstance(earlier, ToolCalled)
    return False
