"""From services to the models that are asked: built once a run and shared by all its attempts."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Any, Final

from pydantic_ai.exceptions import UserError
from pydantic_ai.models import infer_model
from pydantic_ai.models.openai import OpenAIChatModel
from pydantic_ai.profiles.openai import OpenAIModelProfile
from pydantic_ai.providers import infer_provider_class
from pydantic_ai.providers.openai_compatible import OpenAICompatibleProvider

from goflow.backends.error_kinds import errors_of_credentials
from goflow.backends.failures import Asked
from goflow.backends.http import NO_KEY
from goflow.backends.keys import key_in
from goflow.backends.limiting import NOT_LIMITED, Limiters, Limiting
from goflow.backends.providers import Routes, ServiceRoute
from goflow.backends.services import WITHOUT_A_MODEL, Service, Unavailable
from goflow.errors import ProviderUnavailable
from goflow.governor import Limiter
from goflow.values import dataclass
from goflow.workflow import WireApi

if TYPE_CHECKING:
    import httpx2
    from pydantic_ai.models import Model
    from pydantic_ai.providers import Provider

_OTHER_HTTP_CLIENT: Final = frozenset({"cohere", "groq", "huggingface"})
"""Providers whose libraries want another package's HTTP client; they bring their own, without our hooks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenModel:
    """A model that can be asked."""

    model: Model
    asked: Asked
    limiter: Limiter


async def open_models(
    routes: Routes,
    environ: Mapping[str, str],
    client: httpx2.AsyncClient,
    stack: AsyncExitStack,
    *,
    limiting: Limiting = NOT_LIMITED,
) -> Mapping[str | None, OpenModel | Unavailable]:
    """Build every model asked over HTTP; `stack` closes providers that hold connections of their own."""
    providers: dict[Service, Provider[Any]] = {}
    models: dict[str | None, OpenModel | Unavailable] = {}
    limiters = Limiters(limiting)
    stack.callback(limiters.close)
    for name, route in routes.items():
        if isinstance(route, Unavailable):
            models[name] = route
        elif isinstance(route, ServiceRoute):
            key = key_in(environ, route.service.key_variable)
            if route.service not in providers:
                provider = build_provider(route.service, key, client)
                never_retry(provider)
                providers[route.service] = await stack.enter_async_context(provider)
            asked = _asked(route, providers[route.service], key)
            models[name] = _open_model(
                route, providers[route.service], asked, limiters.limiter_of(name, asked, key)
            )
    return models


def _asked(route: ServiceRoute, provider: Provider[Any], key: str | None) -> Asked:
    secrets = (key,) if key else ()
    address, name = _address(provider), route.service.provider
    variable = route.service.key_variable
    return Asked(provider=name, model=route.name, address=address, secrets=secrets, key_variable=variable)


def _open_model(
    route: ServiceRoute, provider: Provider[Any], asked: Asked, limiter: Limiter
) -> OpenModel | Unavailable:
    try:
        model = build_model(route.service, route.name, provider)
    except UserError as error:
        message = f"{asked.provider} has no model `{route.name}`: {error}"
        return Unavailable(message=message, help="name another one")
    return OpenModel(model=model, asked=asked, limiter=limiter)


def _address(provider: Provider[Any]) -> str:
    """Return where the provider is, without the user and password that an address may hold."""
    scheme, separator, rest = provider.base_url.partition("://")
    return f"{scheme}{separator}{rest.rpartition('@')[2]}".rstrip("/")


def build_provider(service: Service, key: str | None, client: httpx2.AsyncClient) -> Provider[Any]:
    """Build a service's provider around our HTTP client."""
    if service.provider == "openai" and service.base_url:
        return OpenAICompatibleProvider(
            "openai", base_url=service.base_url, api_key=key or NO_KEY, http_client=client
        )
    wrong: tuple[type[Exception], ...] = (UserError, ValueError, ImportError, *errors_of_credentials())
    try:
        provider_class = infer_provider_class(service.provider)
        return provider_class(**_arguments(provider_class, service, key, client))
    except wrong as error:
        # Of a sentence that names a variable or a Python argument, the variable is what helps here.
        words = str(error).split(". ")[0].split(" or pass ")[0]
        raise ProviderUnavailable(
            f"{service.provider} cannot be asked: {words}", help=f"set what is missing, {WITHOUT_A_MODEL}"
        ) from error


def never_retry(provider: Provider[Any]) -> None:
    """Leave retrying to the runner; said once, as a client copies itself for each request that says it."""
    if hasattr(provider.client, "max_retries"):
        provider.client.max_retries = 0


def _arguments(
    provider_class: type[Provider[Any]], service: Service, key: str | None, client: httpx2.AsyncClient
) -> Mapping[str, Any]:
    """Choose what this provider takes of what we have to give."""
    taken = inspect.signature(provider_class.__init__).parameters
    address = "azure_endpoint" if service.provider == "azure" else "base_url"
    if service.base_url and address not in taken:
        raise ProviderUnavailable(
            f"{service.provider} has one address, and takes no `base_url`",
            help="remove it, or use `type: openai`, which is any server of its kind",
        )
    offered = {
        "api_key": key or (NO_KEY if service.base_url else None),
        address: service.base_url,
        "http_client": None if service.provider in _OTHER_HTTP_CLIENT else client,
    }
    return {name: value for name, value in offered.items() if name in taken and value is not None}


def build_model(service: Service, name: str, provider: Provider[Any]) -> Model:
    """Build one model of a service."""
    model = infer_model(f"{_prefix(service)}:{name}", provider_factory=lambda _: provider)
    if isinstance(model, OpenAIChatModel):
        return type(model)(name, provider=provider, profile=_corrections(service, model))
    return model


def _prefix(service: Service) -> str:
    match service.wire_api:
        case WireApi.RESPONSES:
            return f"{service.provider}-responses"
        case WireApi.CHAT if service.provider == "openai":
            return "openai-chat"
        case _:
            return service.provider


def _corrections(service: Service, model: OpenAIChatModel) -> OpenAIModelProfile:
    """Refuse a stream without an end; say `max_tokens` to servers that may know no other."""
    corrections = OpenAIModelProfile(openai_chat_streaming_requires_finish_reason=True)
    is_elsewhere = service.provider == "ollama" or (
        service.provider == "openai" and service.base_url is not None
    )
    if is_elsewhere and not model.profile.get("openai_supports_reasoning", False):
        corrections["openai_chat_supports_max_completion_tokens"] = False
    return corrections
