"""What opening takes and leaves: nothing heavy before, nothing open after, every vendor known."""

from __future__ import annotations

import asyncio
import json
import socket
import subprocess
import sys
from decimal import Decimal
from importlib.metadata import version
from pathlib import Path

import httpx2
import pytest
from genai_prices import Usage, calc_price
from pydantic_ai.models import known_model_names
from pydantic_ai.providers import infer_provider_class

from goflow.backends.llm import missing_packages, open_llm, versions
from goflow.backends.models import build_model, build_provider
from goflow.backends.providers import Surroundings, resolve_providers
from goflow.backends.services import Service
from goflow.backends.vendors import PLAIN_VENDORS, VENDORS
from goflow.errors import ProviderUnavailable
from goflow.events import FailureKind
from goflow.workflow import ProviderSpec, WireApi
from tests.asking import KEY, Watcher, answer_in, failure_in, opened, provider, request_for
from tests.model_server import model_server


def imported_by(code: str) -> set[str]:
    command = f"{code}\nimport json, sys\nprint(json.dumps(list(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", command], capture_output=True, text=True, check=True)
    return set(json.loads(done.stdout))


def test_importing_the_backend_imports_no_library_of_a_provider() -> None:
    imported = imported_by("import goflow.backends.llm, goflow.backends.providers")

    assert not imported & {"anthropic", "httpx2", "openai", "pydantic", "pydantic_ai"}


def test_preloading_imports_openai_and_no_other_vendor() -> None:
    imported = imported_by("from goflow.backends.llm import preload\npreload()")

    assert "pydantic_ai.models.openai" in imported
    assert not imported & {"anthropic", "boto3", "google.genai", "logfire"}


def test_a_run_prints_nothing_of_its_own() -> None:
    code = """
import asyncio
from goflow.backends.llm import open_llm
from goflow.backends.providers import Surroundings, resolve_providers
from tests.asking import Watcher, answer_in, opened, provider, request_for
from tests.model_server import model_server

async def run():
    async with model_server() as server, opened(provider("openai", server.url)) as backend:
        answer_in(await backend.run(request_for(), Watcher()))

asyncio.run(run())
"""
    folder = Path(__file__).parents[2]
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=folder
    )

    assert (done.stdout, done.stderr) == ("", "")


def test_versions_are_those_that_are_installed() -> None:
    assert versions() == {"pydantic-ai": version("pydantic-ai-slim"), "genai-prices": version("genai-prices")}


def test_nothing_is_open_after_a_run(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[socket.socket] = []
    original = socket.socket.__init__

    def remember(self: socket.socket, *arguments: object, **named: object) -> None:
        made.append(self)
        original(self, *arguments, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(socket.socket, "__init__", remember)

    async def run() -> None:
        async with model_server() as server, opened(provider("openai", server.url)) as backend:
            for _ in range(3):
                answer_in(await backend.run(request_for(), Watcher()))

    asyncio.run(run())

    assert len(made) > 2
    assert [each for each in made if each.fileno() != -1] == []


def test_the_key_is_in_no_representation_of_what_is_open() -> None:
    async def run() -> str:
        async with opened(provider("openai", "http://127.0.0.1:9")) as backend:
            return repr(backend)

    assert KEY not in asyncio.run(run())


def test_a_model_without_a_way_is_refused_as_not_available() -> None:
    async def run() -> tuple[str, str]:
        routes = resolve_providers([("gpt-4o", "ollama:llama3")], None, Surroundings())
        async with open_llm(routes, {}) as backend:
            closed = failure_in(await backend.run(request_for("gpt-4o"), Watcher()))
            foreign = failure_in(await backend.run(request_for("elsewhere"), Watcher()))
            assert {closed.kind, foreign.kind} == {FailureKind.MODEL_UNAVAILABLE}
            return closed.message, foreign.message

    assert asyncio.run(run()) == (
        "no provider for `gpt-4o`",
        "`elsewhere` is not among the models of this run",
    )


def test_a_name_that_a_provider_cannot_have_is_a_model_that_is_not_available() -> None:
    async def run() -> str:
        async with opened(
            ProviderSpec(type="openrouter", api_key_env="CANARY"), "no-vendor-in-it"
        ) as backend:
            failure = failure_in(await backend.run(request_for("no-vendor-in-it"), Watcher()))
            assert failure.kind is FailureKind.MODEL_UNAVAILABLE
            return failure.message

    assert asyncio.run(run()).startswith("openrouter has no model `no-vendor-in-it`: ")


@pytest.mark.parametrize("name", sorted(VENDORS))
def test_every_vendor_is_one_that_pydantic_ai_knows(name: str) -> None:
    try:
        infer_provider_class(name)
    except ImportError:
        assert VENDORS[name].package in missing_packages()


def test_no_vendor_of_models_that_pydantic_ai_names_is_missing() -> None:
    prefixes = {name.partition(":")[0] for name in known_model_names()}
    others = {"google-decisions", "openai-chat", "openai-decisions", "test", "typesafe"}

    assert {prefix for prefix in prefixes - others if not prefix.startswith("gateway/")} - set(
        VENDORS
    ) == set()


@pytest.mark.parametrize("vendor", PLAIN_VENDORS)
def test_a_default_model_is_one_that_exists_and_has_a_price(vendor: str) -> None:
    model = VENDORS[vendor].default_model

    assert f"{vendor}:{model}" in known_model_names()
    assert calc_price(Usage(input_tokens=1000), str(model), provider_id=vendor).total_price > Decimal(0)


@pytest.mark.parametrize(
    ("service", "model_class"),
    [
        (Service(provider="openai"), "OpenAIResponsesModel"),
        (Service(provider="openai", wire_api=WireApi.CHAT), "OpenAIChatModel"),
        (Service(provider="openai", base_url="http://x", wire_api=WireApi.RESPONSES), "OpenAIResponsesModel"),
        (Service(provider="azure", base_url="https://x/openai/v1"), "OpenAIChatModel"),
        (
            Service(provider="azure", base_url="https://x/openai/v1", wire_api=WireApi.RESPONSES),
            "OpenAIResponsesModel",
        ),
        (Service(provider="ollama", base_url="http://x/v1"), "OllamaModel"),
        (Service(provider="openrouter"), "OpenRouterModel"),
        (Service(provider="deepseek"), "OpenAIChatModel"),
        (Service(provider="anthropic"), "AnthropicModel"),
    ],
)
def test_each_service_is_asked_through_its_own_interface(service: Service, model_class: str) -> None:
    async def run() -> str:
        async with httpx2.AsyncClient() as client:
            built = build_provider(service, KEY, client)
            return type(build_model(service, "some/model", built)).__name__

    assert asyncio.run(run()) == model_class


def opening_fails(spec: ProviderSpec, **environ: str) -> ProviderUnavailable:
    async def run() -> None:
        around = Surroundings(environ=environ)
        async with open_llm(resolve_providers([("m",)], spec, around), environ):
            pass

    with pytest.raises(ProviderUnavailable) as caught:
        asyncio.run(run())
    return caught.value


def test_a_provider_with_one_address_takes_no_other() -> None:
    error = opening_fails(ProviderSpec(type="deepseek", base_url="http://x/v1", api_key_env=""))

    assert error.message == "deepseek has one address, and takes no `base_url`"
    assert error.help == "remove it, or use `type: openai`, which is any server of its kind"


def test_what_else_a_provider_needs_is_said_in_its_librarys_words() -> None:
    error = opening_fails(ProviderSpec(type="azure"), AZURE_OPENAI_API_KEY=KEY)

    assert error.message.startswith("azure cannot be asked: Must provide")
    assert "AZURE_OPENAI_ENDPOINT" in error.message
    assert error.help == "set what is missing, or try the workflow without a model: `--mock`"
