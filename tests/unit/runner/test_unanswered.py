"""Questions that nobody can answer: all else goes on, and the run stops when nothing can."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from goflow.backends.base import Outcome, Ports, Request, Success
from goflow.events import (
    AttemptStarted,
    CallAdmitted,
    CallThrottled,
    Failure,
    FailureKind,
    QuestionAnswered,
    QuestionAsked,
    RunFinished,
    RunStatus,
    StepCancelled,
    StepCompleted,
    StopReason,
    StopRequested,
)
from goflow.runner.people import Answerer, Nobody
from goflow.testing import ScriptedBackend
from goflow.workflow import AgentStep, Config
from tests.properties.worlds import PASSING, plan_of
from tests.unit.runner.runs import Stage

ASK = AgentStep(id="ask", prompt="")
CHAIN = (
    AgentStep(id="x", prompt="", retry_count=1),
    AgentStep(id="y", prompt="", depends_on=("x",)),
    AgentStep(id="z", prompt="", depends_on=("y",)),
)
DAY_S = 86_400.0


@dataclass
class World:
    """Steps named `ask…` ask; all others answer as they are told, those `throttled` when it is their turn."""

    stage: Stage
    script: Mapping[str, list[str | Failure]] = field(default_factory=dict)
    delays: Mapping[str, float] = field(default_factory=dict)
    throttled: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        self._others = ScriptedBackend(self.script, clock=self.stage.clock, delays=self.delays)

    async def run(self, request: Request, ports: Ports) -> Outcome:
        if request.step.startswith("ask"):
            return Success(output=await ports.ask(f"{request.step}?"))
        if request.step in self.throttled:
            step, attempt = request.step, request.attempt
            ports.note(CallThrottled(step=step, attempt=attempt, limit="m", reason="busy"))
            await self.stage.clock.sleep(0.2)
            ports.note(CallAdmitted(step=step, attempt=attempt, waited_ms=200))
        return await self._others.run(request, ports)

    def versions(self) -> Mapping[str, str]:
        return {}


def stage_of(*steps: AgentStep, answerer: Answerer | None = None, config: Config | None = None) -> Stage:
    return Stage(plan_of(*steps, config=config), answerer=answerer or Nobody())


def ended(stage: Stage) -> list[str]:
    """Return what happened in the order it did: steps that were completed, the stop, the end."""
    facts = stage.memo.facts(StepCompleted, StopRequested, StepCancelled, RunFinished)
    return [str(getattr(fact, "step", getattr(fact, "reason", ""))) for fact in facts]


STOPPED = ["unanswered", "ask", "unanswered"]


def test_what_does_not_wait_for_the_answer_runs_to_its_end() -> None:
    stage = stage_of(ASK, *CHAIN)
    state = stage.run(World(stage, delays={"x": 1}))

    assert ended(stage) == ["x", "y", "z", *STOPPED]
    assert (state.status, state.reason) == (RunStatus.WAITING, StopReason.UNANSWERED)


def test_a_retry_that_is_waited_for_is_made() -> None:
    stage = stage_of(ASK, *CHAIN)
    stage.run(World(stage, script={"x": [PASSING, "ok"]}))

    assert ended(stage) == ["x", "y", "z", *STOPPED]


def test_a_request_that_waits_for_its_turn_is_sent() -> None:
    stage = stage_of(ASK, *CHAIN)
    stage.run(World(stage, throttled=("x", "z")))

    assert ended(stage) == ["x", "y", "z", *STOPPED]


def test_a_step_without_a_slot_gets_one() -> None:
    stage = stage_of(ASK, *CHAIN, AgentStep(id="w", prompt=""), config=Config(max_concurrency=1))
    stage.run(World(stage, delays={"x": 1}))

    assert sorted(ended(stage)[:4]) == ["w", "x", "y", "z"]
    assert ended(stage)[4:] == STOPPED


def test_a_quota_that_is_long_in_coming_is_not_waited_for() -> None:
    spent = Failure(kind=FailureKind.QUOTA_EXHAUSTED, message="spent", retry_after_s=DAY_S)
    stage = stage_of(ASK, *CHAIN)
    state = stage.run(World(stage, script={"x": [spent]}))

    assert (state.status, state.reason) == (RunStatus.WAITING, StopReason.UNANSWERED)
    assert stage.clock.now_ms() - stage.memo.events[0].at_ms < 1000 * DAY_S


class OnlyFor:
    """Knows the answer to one step's questions."""

    def __init__(self, step: str) -> None:
        self._step = step

    async def answer(self, question: QuestionAsked) -> tuple[str, str] | None:
        return ("so", "test") if question.step == self._step else None


def test_the_questions_of_other_steps_are_asked_all_the_same() -> None:
    stage = stage_of(ASK, AgentStep(id="ask-too", prompt=""), answerer=OnlyFor("ask-too"))
    state = stage.run(World(stage))

    assert ended(stage) == ["ask-too", *STOPPED]
    assert state.outputs == {"ask-too": "so"}


class Elsewhere(World):
    """Has the question of `ask` answered from elsewhere while `y` is at work."""

    async def run(self, request: Request, ports: Ports) -> Outcome:
        if request.step == "y":
            [asked] = self.stage.memo.facts(QuestionAsked)
            assert isinstance(asked, QuestionAsked)
            assert self.stage.loop is not None
            answer = QuestionAnswered(step="ask", question_id=asked.question_id, text="mine", by="inbox")
            await self.stage.loop.record(answer)
        return await super().run(request, ports)


def test_an_answer_from_elsewhere_that_comes_meanwhile_counts() -> None:
    stage = stage_of(ASK, *CHAIN)
    state = stage.run(Elsewhere(stage, delays={"x": 1}))

    assert state.status is RunStatus.COMPLETED
    assert state.outputs["ask"] == "mine"
    assert stage.memo.facts(StopRequested) == []


def test_a_step_that_asks_again_after_such_an_answer_is_asked_about_again() -> None:
    class Twice(Elsewhere):
        async def run(self, request: Request, ports: Ports) -> Outcome:
            if request.step == "ask":
                await ports.ask("ask?")
                return Success(output=await ports.ask("and then?"))
            return await super().run(request, ports)

    stage = stage_of(ASK, *CHAIN)
    stage.run(Twice(stage, delays={"x": 1}))

    assert sorted(ended(stage)[:3]) == ["x", "y", "z"]
    assert ended(stage)[3:] == STOPPED
    assert len(stage.memo.facts(QuestionAsked)) == 2
    assert len(stage.memo.facts(AttemptStarted)) == 4
