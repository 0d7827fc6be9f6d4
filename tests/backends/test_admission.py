"""Requests that wait for their turn and for room in a budget, over real HTTP."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import pytest

from goflow.backends.admission import MOST_REFUSALS
from goflow.backends.base import AttachedFile, Backend, Need, Outcome, OverBudget, Refusal, Request, Settle
from goflow.backends.http import Exchange
from goflow.backends.limiting import Limiters, Limiting, given_to
from goflow.backends.need_sizes import UNBOUNDED_OUTPUT
from goflow.backends.prices import price_of
from goflow.backends.turns import end_call
from goflow.events import AttemptFact, CallAdmitted, CallThrottled, Failure, FailureKind, ThrottleFact, Usage
from goflow.governor import BucketKey, Limiter, LimitSpec as GivenLimit
from goflow.scheduler.retry import LONG_WAIT_S, LONGEST_WAIT_S
from goflow.tools.toolbox import Toolbox
from goflow.workflow import LimitSpec, ModelSettings
from tests.asking import KEY, HastyClock, Watcher, answer_in, failure_in, opened, provider, request_for
from tests.backends.test_llm_conversations import CONFINED
from tests.model_server import ModelServer, Received, Reply, chat, chat_stream, model_server, whole

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

PRICED = "gpt-4o-mini"
Result = TypeVar("Result")


def refused(wait: float | None = None, *, status: int = 429, code: str = "rate_limit_exceeded") -> Reply:
    headers = {} if wait is None else {"retry_after": f"{wait:g}"}
    return whole({"error": {"message": "not now", "type": "x", "code": code}}, status=status, **headers)


def in_turn(*replies: Reply) -> Callable[[Received], Reply]:
    """Say one after the other, and the last one for ever."""
    left = list(replies)
    return lambda _: left.pop(0) if len(left) > 1 else left[0]


@dataclass
class Desk:
    """One model behind a server, asked by a backend whose waits take no time."""

    server: ModelServer
    backend: Backend
    clock: HastyClock
    ports: Watcher = field(default_factory=Watcher)

    async def ask(self, request: Request | None = None, ports: Watcher | None = None) -> Outcome:
        return await self.backend.run(request or request_for(), ports or self.ports)

    def notes(self) -> list[AttemptFact]:
        return [fact for fact in self.ports.facts if isinstance(fact, CallThrottled | CallAdmitted)]


@asynccontextmanager
async def desk(
    reply: Reply | Callable[[Received], Any], *, model: str = "m", folder: Path | None = None
) -> AsyncIterator[Desk]:
    clock = HastyClock()
    limiting = Limiting(clock=clock, folder=folder)
    async with (
        model_server(reply) as server,
        opened(provider("openai", server.url), model, limiting=limiting) as backend,
    ):
        yield Desk(server, backend, clock)


def at(
    reply: Reply | Callable[[Received], Any],
    work: Callable[[Desk], Coroutine[Any, Any, Result]],
    *,
    model: str = "m",
) -> Result:
    async def run() -> Result:
        async with desk(reply, model=model) as opened_desk:
            return await work(opened_desk)

    return asyncio.run(run())


@pytest.mark.parametrize("streaming", [False, True])
def test_a_request_that_is_refused_waits_and_is_made_again_in_the_same_attempt(*, streaming: bool) -> None:
    answer = chat_stream("an answer") if streaming else chat()

    async def work(desk: Desk) -> None:
        answered = answer_in(await desk.ask(request_for(streaming=streaming)))
        assert (answered.output, answered.usage.requests) == ("an answer", 2)
        assert len(desk.server.received) == 2
        throttled, admitted = desk.notes()
        assert isinstance(throttled, CallThrottled)
        assert (throttled.limit, throttled.reason) == ("openai:m", "it takes no requests until then")
        assert throttled.until_ms is not None
        assert isinstance(admitted, CallAdmitted)
        assert 2900 <= admitted.waited_ms <= 4000

    at(in_turn(refused(3), answer), work)


def test_a_request_that_is_refused_again_and_again_is_a_failed_attempt() -> None:
    async def work(desk: Desk) -> None:
        outcome = await desk.ask()
        assert isinstance(outcome, Refusal)
        assert outcome.failure.kind is FailureKind.RATE_LIMITED
        assert "not now" in outcome.failure.message
        assert outcome.usage == Usage(requests=MOST_REFUSALS, cost_usd=0.0)  # whatever the model's price is
        assert len(desk.server.received) == MOST_REFUSALS

    at(refused(), work)


@pytest.mark.parametrize(
    ("wait_s", "has_fallback", "requests"),
    [
        (LONG_WAIT_S, True, 2),
        (LONG_WAIT_S + 1, True, 1),
        (LONG_WAIT_S + 1, False, 2),
        (LONGEST_WAIT_S, False, 2),
        (LONGEST_WAIT_S + 1, False, 1),
    ],
)
def test_how_long_a_request_is_waited_with_depends_on_whom_else_can_be_asked(
    wait_s: float, requests: int, *, has_fallback: bool
) -> None:
    async def work(desk: Desk) -> None:
        outcome = await desk.ask(request_for(has_fallback=has_fallback))
        assert len(desk.server.received) == requests
        if requests == 2:
            answer_in(outcome)
            return
        failure = failure_in(outcome)
        assert (failure.kind, failure.retry_after_s) == (FailureKind.RATE_LIMITED, wait_s)

    at(in_turn(refused(wait_s), chat()), work)


def test_a_model_that_pauses_for_long_is_not_asked_by_who_has_another() -> None:
    async def work(desk: Desk) -> None:
        await desk.ask(request_for(has_fallback=True))
        outcome = await desk.ask(request_for(has_fallback=True))
        failure = failure_in(outcome)
        assert failure.kind is FailureKind.RATE_LIMITED
        assert failure.message == "openai: too many requests (`m`): it was not asked"
        assert 29 <= (failure.retry_after_s or 0) <= 30
        assert isinstance(outcome, Refusal)
        assert outcome.usage == Usage()
        assert len(desk.server.received) == 1

    at(refused(30), work)


def test_who_waits_in_the_queue_leaves_it_when_a_long_pause_begins() -> None:
    """The first request is still under way when the second one asks: limits let one go at a time."""
    arrived, gate = asyncio.Event(), asyncio.Event()

    async def refuse_later(_: Received) -> Reply:
        arrived.set()
        await gate.wait()
        return refused(30)

    async def run() -> None:
        limiting = Limiting(written={"m": LimitSpec(concurrency=1)})
        async with (
            model_server(refuse_later) as server,
            opened(provider("openai", server.url), limiting=limiting) as backend,
        ):
            first = asyncio.create_task(backend.run(request_for(has_fallback=True), Watcher()))
            await arrived.wait()
            second = asyncio.create_task(backend.run(request_for(has_fallback=True), Watcher()))
            await asyncio.sleep(0)
            gate.set()
            failures = [failure_in(await each) for each in (first, second)]
            assert [failure.kind for failure in failures] == [FailureKind.RATE_LIMITED] * 2
            assert "it was not asked" in failures[1].message
            assert len(server.received) == 1

    asyncio.run(run())


@pytest.mark.parametrize(("told_s", "paused_s"), [(900.0, 900.0), (None, 0.0)])
def test_a_used_up_quota_fails_the_attempt_and_pauses_the_model_as_long_as_is_told(
    told_s: float | None, paused_s: float
) -> None:
    async def work(desk: Desk) -> None:
        failure = failure_in(await desk.ask())
        assert (failure.kind, failure.retry_after_s) == (FailureKind.QUOTA_EXHAUSTED, told_s)
        before = desk.clock.now_ms()
        again = await desk.ask()
        if paused_s:
            assert failure_in(again).kind is FailureKind.RATE_LIMITED
        else:
            answer_in(again)
        assert desk.clock.now_ms() - before < 60_000
        assert len(desk.server.received) == (1 if paused_s else 2)

    at(in_turn(refused(told_s, code="insufficient_quota"), chat()), work)


def test_an_overloaded_provider_is_left_alone_for_a_while_and_the_step_tries_again() -> None:
    async def work(desk: Desk) -> None:
        failure = failure_in(await desk.ask())
        assert failure.kind is FailureKind.OVERLOADED
        before = desk.clock.now_ms()
        answered = answer_in(await desk.ask())
        assert answered.usage.requests == 1
        assert desk.clock.now_ms() - before >= 3900
        assert len(desk.server.received) == 2

    at(in_turn(refused(4, status=529, code="overloaded"), chat()), work)


@pytest.mark.parametrize("status", [500, 502, 504])
def test_a_server_that_is_out_of_order_slows_nobody_down(status: int) -> None:
    async def work(desk: Desk) -> None:
        assert failure_in(await desk.ask()).kind is FailureKind.OVERLOADED
        answer_in(await desk.ask())
        assert desk.clock.skipped_ms == 0

    at(in_turn(whole({"error": {"message": "oops"}}, status=status), chat()), work)


@pytest.mark.parametrize("headers", [{}, {"content-type": "application/json"}])
def test_a_failure_that_tells_of_no_tokens_does_not_teach_that_requests_take_none(
    headers: dict[str, str],
) -> None:
    async def run() -> float:
        key = BucketKey(provider="openai", address="x", model="m")
        limiter = Limiter.open(key, given=GivenLimit(tpm=6000), clock=HastyClock())
        failed = Refusal(failure=Failure(kind=FailureKind.REJECTED, message="bad"))
        exchange = Exchange(connect_s=1, silence_s=1, requests=1, status=400, headers=headers)
        async with limiter.admit(tokens=500) as call:
            end_call(call, failed, Usage(requests=1), exchange)
        free_s = limiter.next_free(tokens=1000)
        limiter.close()
        return free_s

    assert asyncio.run(run()) == pytest.approx(5.0, abs=0.5)


def need_of(request: Request, *, model: str = PRICED, reply: Reply | None = None) -> tuple[Need, Watcher]:
    async def work(desk: Desk) -> tuple[Need, Watcher]:
        await desk.ask(request)
        assert len(desk.ports.needs) == len(desk.ports.settled) == 1
        return desk.ports.needs[0], desk.ports

    return at(reply or chat(model=model), work, model=model)


def budgeted(*, settings: ModelSettings | None = None, system: str = "", **given: Any) -> Request:  # noqa: ANN401
    request = request_for(PRICED, settings=settings, system=system, has_budget=True)
    return replace(request, **given)


def test_a_request_without_a_budget_reserves_nothing() -> None:
    async def work(desk: Desk) -> None:
        await desk.ask()
        assert (desk.ports.needs, desk.ports.settled) == ([], [])

    at(chat(), work)


def test_the_most_that_a_request_can_take_is_reserved_and_what_it_took_is_settled() -> None:
    need, ports = need_of(budgeted(settings=ModelSettings(max_tokens=100), system="be brief"))

    text = len("hello") + len("be brief")
    assert text + 100 < need.tokens <= text + 100 + 4 * 16
    inputs = need.tokens - 100
    price = price_of("openai", None, PRICED, input_tokens=inputs, output_tokens=100)
    assert price is not None
    assert need.cost_usd == pytest.approx(price)
    settled = price_of("openai", None, PRICED, input_tokens=7, output_tokens=3)
    assert ports.settled == [Usage(requests=1, input_tokens=7, output_tokens=3, cost_usd=settled)]


def test_an_answer_under_a_name_that_has_no_price_costs_what_the_model_that_was_asked_does() -> None:
    """Else a gateway that calls it otherwise would be free, whatever the budget."""
    _, ports = need_of(budgeted(), reply=chat(model="deployment-7"))

    settled = price_of("openai", None, PRICED, input_tokens=7, output_tokens=3)
    assert settled is not None
    assert ports.settled == [Usage(requests=1, input_tokens=7, output_tokens=3, cost_usd=settled)]


@pytest.mark.parametrize(
    ("settings", "most"),
    [
        (None, UNBOUNDED_OUTPUT),
        (ModelSettings(max_tokens=9), 9),
        (ModelSettings(max_tokens=9, extra_body={"max_tokens": 90}), 90),
        (ModelSettings(extra_body={"max_completion_tokens": 70}), 70),
    ],
)
def test_an_answer_is_taken_for_as_long_as_it_may_be(settings: ModelSettings | None, most: int) -> None:
    need, _ = need_of(budgeted(settings=settings))

    assert most < need.tokens < most + 100


def test_every_byte_that_is_sent_may_be_a_token() -> None:
    text = "é漢🦢" * 100
    schema: dict[str, Any] = {"type": "object", "properties": {"x" * 500: {"type": "integer"}}}
    plain, _ = need_of(budgeted())

    for more, bytes_of_it in (
        (budgeted(prompt=text), len(text.encode())),
        (budgeted(system=text), len(text.encode())),
        (budgeted(output_schema=schema), 500),
        (budgeted(attachments=(file("a.txt", text.encode()),)), len(text.encode())),
        (budgeted(attachments=(file("a.png", b"\x89PNG", "image/png"),)), 4096),
        (budgeted(attachments=(file("a.pdf", b"%PDF" * 5000, "application/pdf"),)), 20_000),
    ):
        need, _ = need_of(more, reply=chat('{"%s": 1}' % ("x" * 500), model=PRICED))
        assert need.tokens - plain.tokens >= bytes_of_it - len("hello"), more
        assert (need.cost_usd or 0.0) > (plain.cost_usd or 0.0)


def file(name: str, content: bytes, media_type: str = "text/plain") -> AttachedFile:
    return AttachedFile(name=name, media_type=media_type, content=content)


def test_tools_that_are_offered_are_reserved_for(tmp_path: Path) -> None:
    async def run(tools: tuple[str, ...]) -> Need:
        async def open_tools() -> Toolbox:
            return Toolbox(workspace=str(tmp_path), circumstances=CONFINED)

        watcher = Watcher()
        async with (
            model_server(chat(model=PRICED)) as server,
            opened(provider("openai", server.url), PRICED, open_tools=open_tools) as backend,
        ):
            await backend.run(budgeted(tools=tools), watcher)
            sent = len(json.dumps(server.last.body.get("tools", [])))
        assert watcher.needs[0].tokens > sent
        return watcher.needs[0]

    with_tools, without = (asyncio.run(run(tools)) for tools in (("view", "grep"), ()))
    assert with_tools.tokens > without.tokens + 1000


def test_a_model_without_a_known_price_needs_tokens_alone() -> None:
    async def work(desk: Desk) -> None:
        await desk.ask(request_for(has_budget=True))
        assert desk.ports.needs[0].cost_usd is None
        assert desk.ports.settled[0].cost_usd is None

    at(chat(), work)


def test_what_was_refused_and_what_failed_is_settled_too() -> None:
    empty = chat(" ", model=PRICED, prompt_tokens=40, completion_tokens=2, total_tokens=42)

    async def work(desk: Desk) -> None:
        failure_in(await desk.ask(request_for(PRICED, has_budget=True)))
        [settled] = desk.ports.settled
        assert (settled.requests, settled.input_tokens, settled.output_tokens) == (2, 40, 2)
        assert settled.cost_usd is not None

    at(in_turn(refused(2), empty), work, model=PRICED)


@pytest.mark.parametrize("streaming", [False, True])
def test_an_answer_that_is_cut_off_by_its_timeout_may_have_taken_all_that_was_reserved(
    *, streaming: bool
) -> None:
    async def work(desk: Desk) -> None:
        settings = ModelSettings(request_timeout_s=0.3)
        request = request_for(PRICED, settings=settings, has_budget=True, streaming=streaming)
        outcome = await desk.ask(request)
        assert failure_in(outcome).kind is FailureKind.TIMEOUT
        [need], [settled] = desk.ports.needs, desk.ports.settled
        assert (settled.input_tokens, settled.cost_usd) == (need.tokens, need.cost_usd)
        assert isinstance(outcome, Refusal)
        assert outcome.usage == Usage(requests=1)

    reply = chat_stream("one ", hangs=True, finish=None) if streaming else Reply(pieces=(), hangs=True)
    at(reply, work, model=PRICED)


def test_an_answer_that_does_not_tell_what_it_took_may_have_taken_all_that_was_reserved() -> None:
    untold = json.loads(chat(model=PRICED).pieces[0])
    del untold["usage"]
    need, ports = need_of(budgeted(), reply=whole(untold))

    assert [(used.input_tokens, used.cost_usd) for used in ports.settled] == [(need.tokens, need.cost_usd)]


def test_a_server_that_cannot_be_reached_has_taken_nothing() -> None:
    async def run() -> list[Usage]:
        async with model_server() as server:
            url = server.url
        watcher = Watcher()
        async with opened(provider("openai", url), PRICED) as backend:
            outcome = await backend.run(request_for(PRICED, has_budget=True), watcher)
        assert failure_in(outcome).kind is FailureKind.CONNECTION
        return watcher.settled

    [settled] = asyncio.run(run())
    assert (settled.input_tokens, settled.cost_usd) == (0, 0.0)


class Tight(Watcher):
    """Ports of a step whose own budget is spent."""

    @asynccontextmanager
    async def reserve(self, need: Need) -> AsyncIterator[Settle]:
        if self.needs:
            raise OverBudget("$0.01 spent of $0.01")
        self.needs.append(need)
        yield self.settled.append


def test_a_step_over_its_own_budget_asks_nothing_and_keeps_what_it_has_spent() -> None:
    schema: dict[str, Any] = {"type": "object", "properties": {}, "required": ["grade"]}

    async def work(desk: Desk) -> None:
        request = replace(request_for(PRICED, has_budget=True), output_schema=schema)
        outcome = await desk.ask(request, Tight())
        assert isinstance(outcome, Refusal)
        assert outcome.failure.kind is FailureKind.OVER_BUDGET
        assert outcome.failure.message == ("the step's budget allows no other request: $0.01 spent of $0.01")
        assert (outcome.usage.requests, outcome.usage.input_tokens) == (1, 7)
        assert len(desk.server.received) == 1

    at(chat("{}", model=PRICED), work, model=PRICED)


def test_who_is_cancelled_gives_back_its_place_and_what_was_reserved_unless_it_was_sent() -> None:
    """The first one is under way, the second one waits for its turn; a third one can go afterwards."""

    async def run() -> None:
        limiting = Limiting(written={"m": LimitSpec(concurrency=1)})
        async with (
            model_server(Reply(pieces=(), hangs=True)) as server,
            opened(provider("openai", server.url), limiting=limiting) as backend,
        ):
            ports = [Watcher(), Watcher()]
            first = asyncio.create_task(backend.run(request_for(has_budget=True), ports[0]))
            await server.has_request.wait()
            second = asyncio.create_task(backend.run(request_for(has_budget=True), ports[1]))
            await asyncio.sleep(0)
            assert len(ports[1].needs) == 1
            for task in (second, first):
                task.cancel()
            await asyncio.wait({first, second})
            assert first.cancelled()
            assert second.cancelled()
            assert [usage.input_tokens for usage in ports[0].settled] == [ports[0].needs[0].tokens]
            assert ports[1].settled == []
            server.reply = chat()
            answer_in(await backend.run(request_for(), Watcher()))
            assert len(server.received) == 2

    asyncio.run(asyncio.wait_for(run(), 20))


def limiters_of(names: Sequence[tuple[str, str]]) -> list[object]:
    from goflow.backends.failures import Asked

    limiters = Limiters(Limiting())
    asked = [(name, Asked(provider="openai", model=model, address="x")) for name, model in names]
    found: list[object] = [limiters.limiter_of(name, each, "k") for name, each in asked]
    limiters.close()
    return found


def test_two_names_of_one_model_share_a_limiter_and_two_models_do_not() -> None:
    one, same, other = limiters_of([("m", "m"), ("openai:m", "m"), ("n", "n")])

    assert one is same
    assert other is not one


def test_the_most_exact_name_of_a_limit_counts() -> None:
    limits = {name: LimitSpec(rpm=n) for n, name in enumerate(("gpt", "openai:gpt", "openai", "alias"), 1)}

    def rpm(name: str | None, model: str) -> float | None:
        found = given_to(limits, name, "openai", model)
        return None if found is None else found.rpm

    assert rpm("alias", "gpt") == 4
    assert rpm("gpt", "gpt") == 1
    assert rpm(None, "gpt") == 1
    assert rpm("openai:gpt", "gpt") == 2
    assert rpm("other", "other") == 3
    assert given_to(limits, "m", "anthropic", "m") is None
    nothing = given_to({"m": LimitSpec(concurrency=3)}, "m", "x", "m")
    assert nothing is not None
    assert (nothing.rpm, nothing.tpm, nothing.concurrency) == (None, None, 3)


def test_a_folder_that_cannot_be_used_is_told_of_once_a_model_and_requests_go_on(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("a file", encoding="utf-8")
    warnings: list[str] = []

    async def run() -> None:
        limiting = Limiting(folder=tmp_path / "state" / "limits", warn=warnings.append)
        async with (
            model_server() as server,
            opened(provider("openai", server.url), limiting=limiting) as backend,
        ):
            for _ in range(3):
                answer_in(await backend.run(request_for(), Watcher()))

    asyncio.run(run())
    assert len(warnings) == 1
    assert warnings[0].startswith("limits of calls are not shared with other runs: ")


def test_the_key_is_nowhere_in_the_shared_folder(tmp_path: Path) -> None:
    async def run() -> None:
        async with desk(in_turn(refused(2), chat()), folder=tmp_path / "limits") as opened_desk:
            answer_in(await opened_desk.ask())
            assert KEY in str(opened_desk.server.last.headers)

    asyncio.run(run())
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert len(files) >= 2
    for path in files:
        assert KEY not in str(path)
        assert KEY.encode() not in path.read_bytes()
        assert b"127.0.0.1" not in path.read_bytes()


def test_a_wait_is_noted_by_who_waits(tmp_path: Path) -> None:
    """Facts name the step and the attempt they belong to."""

    async def work(desk: Desk) -> list[ThrottleFact]:
        await desk.ask(replace(request_for(), step="other", attempt=3))
        return [fact for fact in desk.notes() if isinstance(fact, CallThrottled | CallAdmitted)]

    notes = at(in_turn(refused(2), chat()), work)
    assert [(note.step, note.attempt) for note in notes] == [("other", 3)] * 2
