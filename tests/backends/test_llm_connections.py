"""How requests travel: silence, dropped and refused connections, aborts, proxies, certificates."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace

import pytest

from goflow.backends.admission import MOST_REFUSALS
from goflow.backends.base import Outcome, Refusal
from goflow.backends.limiting import Limiting
from goflow.events import Failure, FailureKind
from goflow.workflow import ModelSettings, ProviderSpec, WireApi
from tests.asking import (
    KEY,
    PATIENCE,
    HastyClock,
    Watcher,
    answer_in,
    ask,
    failure_in,
    opened,
    provider,
    request_for,
)
from tests.model_server import EVENTS, Reply, chat, chat_stream, model_server, whole

HTML = {"content-type": "text/html"}


def outcome_of(reply: Reply, *, streaming: bool = False, wire: WireApi | None = None) -> Outcome:
    async def run() -> Outcome:
        async with model_server(reply) as server:
            return await ask(provider("openai", server.url, wire), request_for(streaming=streaming))

    return asyncio.run(run())


def failure_from(reply: Reply, *, streaming: bool = False, wire: WireApi | None = None) -> Failure:
    return failure_in(outcome_of(reply, streaming=streaming, wire=wire))


def test_text_is_shown_as_it_arrives_and_adds_up_to_the_answer() -> None:
    async def run() -> tuple[Outcome, list[str]]:
        watcher, reply = Watcher(), chat_stream("one ", "two ", "three")
        async with model_server(reply) as server, opened(provider("openai", server.url)) as backend:
            return await backend.run(request_for(streaming=True), watcher), watcher.shown

    outcome, shown = asyncio.run(run())

    assert answer_in(outcome).output == "one two three"
    assert shown == ["one ", "two ", "three"]


@pytest.mark.parametrize("streaming", [False, True])
def test_cancelling_an_attempt_closes_its_connection_at_once(*, streaming: bool) -> None:
    async def run() -> int:
        reply = chat_stream("one ", finish=None, hangs=True) if streaming else Reply(pieces=(), hangs=True)
        async with model_server(reply) as server, opened(provider("openai", server.url)) as backend:
            attempt = asyncio.create_task(backend.run(request_for(streaming=streaming), watcher := Watcher()))
            await (watcher.has_seen.wait() if streaming else server.has_request.wait())
            attempt.cancel()
            with pytest.raises(asyncio.CancelledError):
                await attempt
            await asyncio.wait_for(server.gone.wait(), 1)
            server.reply = chat()
            answer_in(await backend.run(request_for(), Watcher()))
            return server.connections

    assert asyncio.run(run()) == 2


@pytest.mark.parametrize("streaming", [False, True])
def test_silence_ends_an_attempt_where_no_request_timeout_was_written(*, streaming: bool) -> None:
    async def run() -> Failure:
        reply = chat_stream("one ", finish=None, hangs=True) if streaming else Reply(pieces=(), hangs=True)
        async with model_server(reply) as server:
            patience = replace(PATIENCE, whole_s=0.2, stream_s=0.2)
            request = request_for(streaming=streaming)
            return failure_in(await ask(provider("openai", server.url), request, patience=patience))

    failure = asyncio.run(run())

    assert failure.kind is FailureKind.TIMEOUT
    assert failure.message.endswith(": nothing came for 0.2s")


def test_an_answer_that_keeps_coming_outlives_the_longest_silence() -> None:
    async def run() -> Outcome:
        async with model_server(chat_stream(*"abcdefgh")) as server:
            server.pause_s = 0.1
            patience = replace(PATIENCE, stream_s=0.4)
            return await ask(provider("openai", server.url), request_for(streaming=True), patience=patience)

    assert answer_in(asyncio.run(run())).output == "abcdefgh"


def test_a_request_timeout_bounds_even_an_answer_that_keeps_coming() -> None:
    async def run() -> Outcome:
        async with model_server(chat_stream(*"abcdefgh")) as server:
            server.pause_s = 0.1
            request = request_for(streaming=True, settings=ModelSettings(request_timeout_s=0.3))
            return await ask(provider("openai", server.url), request)

    assert failure_in(asyncio.run(run())).kind is FailureKind.TIMEOUT


def test_a_connection_that_nobody_takes_names_the_address_and_the_reason() -> None:
    async def run() -> Failure:
        async with model_server() as server:
            url = server.url
        return failure_in(await ask(provider("openai", url.replace("//", "//me:secret@")), request_for()))

    failure = asyncio.run(run())

    assert failure.kind is FailureKind.CONNECTION
    assert failure.message.startswith("openai at http://127.0.0.1:")
    assert "refused" in failure.message.lower() or "failed" in failure.message.lower()
    assert "secret" not in failure.message


def test_what_a_broken_attempt_consumed_is_still_counted() -> None:
    usage = {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "gpt-4o", "choices": []}
    counts = {"usage": {"prompt_tokens": 1_000_000, "completion_tokens": 0, "total_tokens": 1_000_000}}
    pieces = (f"data: {json.dumps(usage | counts)}\n\n".encode(),)
    broken = replace(
        chat_stream("one ", finish=None), pieces=chat_stream("one ", finish=None).pieces + pieces
    )

    outcome = outcome_of(broken, streaming=True)

    assert isinstance(outcome, Refusal)
    assert (outcome.usage.requests, outcome.usage.input_tokens, outcome.usage.cost_usd) == (1, 1_000_000, 2.5)


def test_a_wait_given_as_a_date_becomes_seconds() -> None:
    reply = whole(
        {"error": {"message": "slow down"}},
        status=429,
        retry_after="Thu, 01 Jan 2026 00:00:30 GMT",
        date="Thu, 01 Jan 2026 00:00:00 GMT",
    )

    async def run() -> Failure:
        async with model_server(reply) as server:
            return failure_in(await ask(provider("openai", server.url), request_for(has_fallback=True)))

    assert asyncio.run(run()).retry_after_s == 30.0


def test_a_message_has_the_providers_words_and_its_id_but_no_escape_and_no_key() -> None:
    words = f"\x1b[31mIncorrect API key: {KEY}\nSee the site."
    reply = whole({"error": {"message": words, "code": "x"}}, status=401, x_request_id="req-9")

    failure = failure_from(reply)

    assert failure.message == (
        "openai: no access (`m`, HTTP 401): [31mIncorrect API key: *** See the site; request req-9; "
        "the key was that of `CANARY`"
    )


@pytest.mark.parametrize("key", ["sk-x\n", " sk-x ", "\tsk-x\r\n"])
def test_a_key_is_sent_and_masked_without_what_stands_around_it(key: str) -> None:
    async def run() -> tuple[str, Failure]:
        reply = whole({"error": {"message": "Bearer sk-x is not known"}}, status=401)
        async with model_server(reply) as server:
            async with opened(provider("openai", server.url), environ={"CANARY": key}) as backend:
                outcome = await backend.run(request_for(), Watcher())
            return server.received[0].headers["authorization"], failure_in(outcome)

    sent, failure = asyncio.run(run())

    assert sent == "Bearer sk-x"
    assert failure.message == (
        "openai: no access (`m`, HTTP 401): Bearer *** is not known; the key was that of `CANARY`"
    )


def test_a_401_without_a_key_says_how_one_is_sent() -> None:
    async def run() -> Failure:
        async with model_server(whole({"error": {"message": "no key"}}, status=401)) as server:
            return failure_in(await ask(ProviderSpec(type="openai", base_url=server.url), request_for()))

    assert asyncio.run(run()).message.endswith(
        "no key was sent: name its variable in `config.provider.api_key_env`"
    )


def test_a_model_that_does_not_exist_is_met_with_one_that_does() -> None:
    async def run() -> Failure:
        error = {"message": "there is no gpt-6-lunna", "code": "model_not_found"}
        async with model_server(whole({"error": error}, status=404)) as server:
            return failure_in(await ask(provider("openai", server.url), request_for("gpt-6-lunna")))

    failure = asyncio.run(run())

    assert failure.kind is FailureKind.MODEL_UNAVAILABLE
    assert failure.message.endswith("there is no gpt-6-lunna; did you mean `gpt-6-luna`")


@pytest.mark.parametrize("streaming", [False, True])
@pytest.mark.parametrize("wire", list(WireApi))
@pytest.mark.parametrize(
    "reply",
    [
        Reply(pieces=(b"<html>It works!</html>",), headers=HTML),
        Reply(pieces=(b"",)),
        Reply(pieces=(b'{"choices": [',)),
        whole({"choices": None}),
        whole({"choices": []}),
        whole({"hello": "world"}),
        whole([1, 2]),
        whole(None),
    ],
    ids=["html", "nothing", "half", "null", "empty", "foreign", "list", "none"],
)
def test_what_is_not_of_the_providers_protocol_is_malformed(
    reply: Reply, wire: WireApi, *, streaming: bool
) -> None:
    assert failure_from(reply, wire=wire, streaming=streaming).kind is FailureKind.MALFORMED


def test_an_error_inside_a_stream_is_what_it_would_have_been_before_it() -> None:
    event = {"error": {"message": "slow down", "code": "rate_limit_exceeded", "type": "requests"}}
    broken = Reply(pieces=(f"data: {json.dumps(event)}\n\n".encode(),), headers=EVENTS)

    async def run() -> tuple[Failure, int]:
        limiting = Limiting(clock=HastyClock())
        async with model_server(broken) as server:
            async with opened(provider("openai", server.url), limiting=limiting) as backend:
                outcome = await backend.run(request_for(streaming=True), Watcher())
            return failure_in(outcome), len(server.received)

    failure, requests = asyncio.run(run())

    assert failure.kind is FailureKind.RATE_LIMITED
    assert "slow down" in failure.message
    assert requests == MOST_REFUSALS


def test_an_answer_that_a_filter_stopped_is_refused_for_good() -> None:
    assert failure_from(chat("", finish="content_filter")).kind is FailureKind.REJECTED


def test_an_answer_that_never_began_before_its_bound_is_refused_for_good() -> None:
    failure = failure_from(chat("", finish="length"))

    assert failure.kind is FailureKind.REJECTED
    assert "no token was left" in failure.message


def test_an_answer_cut_off_by_its_bound_is_an_answer() -> None:
    assert answer_in(outcome_of(chat("half an ans", finish="length"))).output == "half an ans"


def test_requests_share_connections_one_after_another_and_have_their_own_side_by_side() -> None:
    async def run() -> tuple[int, int]:
        async with model_server() as server, opened(provider("openai", server.url)) as backend:
            for _ in range(3):
                await backend.run(request_for(), Watcher())
            in_turn = server.connections
            everybody = asyncio.Barrier(150)
            server.barrier = everybody
            await asyncio.gather(*(backend.run(request_for(), Watcher()) for _ in range(150)))
            return in_turn, server.connections

    assert asyncio.run(run()) == (1, 150)


def test_a_key_at_the_end_of_a_long_message_is_not_cut_into_view() -> None:
    words = "x" * 292 + KEY

    failure = failure_from(whole({"error": {"message": words}}, status=400))

    assert KEY[:8] not in failure.message
    assert failure.message.endswith("xxx***")


@pytest.mark.parametrize("wire", list(WireApi))
def test_a_stream_that_ends_before_it_says_anything_can_be_tried_again(wire: WireApi) -> None:
    silent = Reply(pieces=(), headers=EVENTS)

    assert failure_from(silent, wire=wire, streaming=True).kind is FailureKind.CONNECTION
