"""What a provider receives: prompts, settings, keys, and nothing else."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from goflow.backends.base import Outcome, Request
from goflow.events import FailureKind
from goflow.workflow import ModelSettings, ProviderSpec, WireApi
from tests.asking import KEY, Watcher, answer_in, ask, failure_in, opened, provider, request_for
from tests.model_server import Received, Reply, anthropic, chat, model_server, responses

EVERY_SETTING = ModelSettings(
    temperature=0.25,
    top_p=0.5,
    max_tokens=77,
    reasoning_effort="low",
    seed=11,
    extra_headers={"x-team": "red"},
    extra_body={"logit_bias": {"50256": -100}},
)


REPLIES: dict[str, Reply | Callable[[Received], Reply]] = {
    "chat": chat(),
    "responses": responses(),
    "anthropic": anthropic,
}
PLAIN = request_for(system="You are brief.")


def exchange(
    interface: str, request: Request = PLAIN, reply: Reply | None = None
) -> tuple[Outcome, list[Received]]:
    """Ask once, and return what came of it and what the server received."""

    async def run() -> tuple[Outcome, list[Received]]:
        async with model_server(reply or REPLIES[interface]) as server:
            if interface == "anthropic":
                spec = provider("anthropic", server.url)
            else:
                spec = provider("openai", f"{server.url}/v1", WireApi(interface))
            return await ask(spec, request), server.received

    return asyncio.run(run())


def received(interface: str, request: Request = PLAIN) -> Received:
    outcome, [got] = exchange(interface, request)
    answer_in(outcome)
    return got


def test_chat_sends_the_system_prompt_and_the_prompt_as_they_are() -> None:
    got = received("chat")

    assert got.target == "/v1/chat/completions"
    assert got.body == {
        "model": "m",
        "messages": [{"role": "system", "content": "You are brief."}, {"role": "user", "content": "hello"}],
        "stream": False,
    }


def test_without_a_system_prompt_none_is_sent() -> None:
    assert received("chat", request_for()).body["messages"] == [{"role": "user", "content": "hello"}]


def test_responses_are_asked_for_where_the_workflow_says_so() -> None:
    got = received("responses")

    assert got.target == "/v1/responses"
    assert got.body["instructions"] == "You are brief."
    assert got.body["input"] == [{"role": "user", "content": "hello"}]


def test_anthropic_gets_its_own_form() -> None:
    got = received("anthropic", request_for("claude-sonnet-4-6", system="You are brief."))

    assert got.target.partition("?")[0] == "/v1/messages"
    assert got.body["system"] == [{"type": "text", "text": "You are brief."}]
    assert got.body["messages"] == [{"role": "user", "content": [{"type": "text", "text": "hello"}]}]


def test_every_setting_reaches_a_chat_server() -> None:
    got = received("chat", request_for(settings=EVERY_SETTING))

    assert {name: got.body[name] for name in got.body if name not in {"model", "messages", "stream"}} == {
        "temperature": 0.25,
        "top_p": 0.5,
        "max_tokens": 77,
        "reasoning_effort": "low",
        "seed": 11,
        "logit_bias": {"50256": -100},
    }
    assert got.headers["x-team"] == "red"


def test_every_setting_reaches_a_responses_server() -> None:
    got = received("responses", request_for(settings=EVERY_SETTING))

    assert {
        name: got.body[name] for name in ("temperature", "top_p", "max_output_tokens", "seed", "logit_bias")
    } == {
        "temperature": 0.25,
        "top_p": 0.5,
        "max_output_tokens": 77,
        "seed": 11,
        "logit_bias": {"50256": -100},
    }
    assert got.body["reasoning"]["effort"] == "low"
    assert got.headers["x-team"] == "red"


def test_settings_reach_anthropic_as_it_names_them() -> None:
    settings = ModelSettings(
        temperature=0.25,
        max_tokens=77,
        extra_headers={"x-team": "red"},
        extra_body={"metadata": {"user_id": "u"}},
    )

    got = received("anthropic", request_for("claude-sonnet-4-6", settings=settings))

    assert {name: got.body[name] for name in ("temperature", "max_tokens", "metadata")} == {
        "temperature": 0.25,
        "max_tokens": 77,
        "metadata": {"user_id": "u"},
    }
    assert got.headers["x-team"] == "red"


def test_reasoning_effort_reaches_anthropic() -> None:
    settings = ModelSettings(reasoning_effort="low")

    got = received("anthropic", request_for("claude-sonnet-5-5", settings=settings))

    assert got.body["output_config"]["effort"] == "low"


def test_a_reasoning_model_elsewhere_gets_the_bound_as_openai_names_it_and_all_that_was_asked() -> None:
    got = received("chat", request_for("gpt-5", settings=ModelSettings(temperature=0.25, max_tokens=77)))

    assert (got.body["max_completion_tokens"], got.body["temperature"]) == (77, 0.25)


@pytest.mark.parametrize(
    ("model", "settings", "words"),
    [
        ("claude-sonnet-4-6", ModelSettings(seed=1), "it takes no `seed`"),
        (
            "claude-sonnet-5-5",
            ModelSettings(temperature=0.1, top_p=0.2),
            "it takes no `temperature`, `top_p`",
        ),
    ],
)
def test_a_setting_that_the_model_cannot_take_is_refused_before_anything_is_sent(
    model: str, settings: ModelSettings, words: str
) -> None:
    outcome, requests = exchange("anthropic", request_for(model, settings=settings))

    failure = failure_in(outcome)
    assert (failure.kind, requests) == (FailureKind.REJECTED, [])
    assert words in failure.message


def test_the_key_is_sent_and_an_empty_one_is_not() -> None:
    async def run(spec_for: Callable[[str], ProviderSpec]) -> Received:
        async with model_server() as server:
            answer_in(await ask(spec_for(server.url), request_for()))
            return server.last

    keyed = asyncio.run(run(lambda url: provider("openai", url)))
    keyless = asyncio.run(run(lambda url: ProviderSpec(type="openai", base_url=url, api_key_env="")))
    unnamed = asyncio.run(run(lambda url: ProviderSpec(type="openai", base_url=url)))

    assert keyed.headers["authorization"] == f"Bearer {KEY}"
    assert "authorization" not in keyless.headers
    assert "authorization" not in unnamed.headers


def test_openai_itself_is_asked_through_responses_and_the_users_own_address_through_chat(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def run() -> list[str]:
        async with model_server(
            lambda got: responses() if got.target.endswith("responses") else chat()
        ) as server:
            spec = ProviderSpec(type="openai")
            own = {"OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": server.url}
            async with opened(spec, environ=own) as backend:
                answer_in(await backend.run(request_for(), Watcher()))
            # The library reads this variable too, which lets a test stand in for OpenAI's own address.
            monkeypatch.setenv("OPENAI_BASE_URL", server.url)
            async with opened(spec, environ={"OPENAI_API_KEY": KEY}) as backend:
                answer_in(await backend.run(request_for(), Watcher()))
            return [request.target for request in server.received]

    assert asyncio.run(run()) == ["/chat/completions", "/responses"]


def test_azure_is_asked_at_its_deployment_with_its_own_key_header() -> None:
    async def run() -> Received:
        async with model_server() as server:
            spec = ProviderSpec(type="azure", base_url=f"{server.url}/openai/v1", api_key_env="CANARY")
            answer_in(await ask(spec, request_for("my-deployment")))
            return server.last

    request = asyncio.run(run())

    assert request.target == "/openai/v1/chat/completions"
    assert KEY in (
        request.headers.get("api-key", ""),
        request.headers.get("authorization", "").removeprefix("Bearer "),
    )
    assert request.body["model"] == "my-deployment"


def test_ollama_is_asked_without_a_key_and_with_the_one_name_it_knows_for_the_bound() -> None:
    async def run() -> Received:
        async with model_server() as server:
            spec = ProviderSpec(type="ollama", base_url=f"{server.url}/v1")
            answer_in(await ask(spec, request_for("llama3:8b", settings=ModelSettings(max_tokens=5))))
            return server.last

    request = asyncio.run(run())

    assert (request.target, request.body["model"]) == ("/v1/chat/completions", "llama3:8b")
    assert request.body["max_tokens"] == 5
    assert "authorization" not in request.headers


def test_what_an_answer_consumed_is_counted_and_priced() -> None:
    reply = chat(model="gpt-4o", prompt_tokens=1_000_000, completion_tokens=0)

    usage = answer_in(exchange("chat", request_for("gpt-4o"), reply)[0]).usage

    assert (usage.requests, usage.input_tokens, usage.output_tokens) == (1, 1_000_000, 0)
    assert usage.cost_usd == 2.5


@pytest.mark.parametrize("interface", ["chat", "responses", "anthropic"])
def test_cached_tokens_are_counted_on_every_interface(interface: str) -> None:
    reply = chat(prompt_tokens_details={"cached_tokens": 2}) if interface == "chat" else None

    assert answer_in(exchange(interface, request_for(), reply)[0]).usage.cached_tokens == 2


def test_a_model_without_a_known_price_costs_nothing_that_is_known() -> None:
    assert answer_in(exchange("chat", request_for("house-model"))[0]).usage.cost_usd is None


def test_the_answer_names_the_model_as_it_was_asked_for_and_the_providers_id() -> None:
    outcome, _ = exchange("chat", request_for("openai:gpt-4o"), chat(model="gpt-4o-2024-08-06"))

    assert (answer_in(outcome).model, answer_in(outcome).session_id) == ("openai:gpt-4o", "chat-1")
