"""Which service answers for which model: decided once, from what was written and what is set."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import field
from typing import Final, TypeAlias

from goflow.backends.services import (
    WITHOUT_A_MODEL,
    Service,
    Unavailable,
    copilot_service,
    service_of,
    vendor_with_key,
)
from goflow.backends.vendors import PLAIN_VENDORS, VENDORS, vendor_of_name
from goflow.errors import ProviderUnavailable
from goflow.values import dataclass
from goflow.workflow import ProviderSpec

_COPILOT: Final = "copilot"


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceRoute:
    """Ask `service` for its model `name`."""

    service: Service
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CopilotRoute:
    """Drive the `copilot` command, with the model as written; None leaves the choice to it."""

    name: str | None


Route: TypeAlias = ServiceRoute | CopilotRoute | Unavailable
Routes: TypeAlias = Mapping[str | None, Route]
"""The way to each model as requests name it; None is the provider's own default."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What the choice depends on besides the workflow; `preferred` is the user's own provider."""

    environ: Mapping[str, str] = field(default_factory=dict)
    preferred: ProviderSpec | None = None
    copilot_is_installed: bool = False
    missing_packages: frozenset[str] = frozenset()


def resolve_providers(
    models_of_steps: Iterable[tuple[str | None, ...]], spec: ProviderSpec | None, around: Surroundings
) -> Routes:
    """Find the way to every model.

    In this order: `provider:name`; `config.provider`; the user's own; a bare name whose vendor is plain and
    whose key is set; `COPILOT_PROVIDER_BASE_URL`; the `copilot` command. Raises `ProviderUnavailable` where a
    step has no way.
    """
    lists = tuple(models_of_steps)
    names = dict.fromkeys(model for models in lists for model in models if model is not None)
    routes: dict[str | None, Route] = {name: _route(name, spec, around) for name in names}
    routes[None] = _default_route(tuple(routes.values()), spec, around)
    for models in lists:
        closed = [route for model in models if isinstance(route := routes[model], Unavailable)]
        if closed and len(closed) == len(models):
            raise ProviderUnavailable(closed[0].message, help=closed[0].help)
    return routes


def _route(model: str, spec: ProviderSpec | None, around: Surroundings) -> Route:
    prefix, _, rest = model.partition(":")
    if rest and prefix in VENDORS:
        written = (one for one in (spec, around.preferred) if one and one.type == prefix)
        return _through(next(written, ProviderSpec(type=prefix)), rest, around)
    if chosen := spec or around.preferred:
        return _through(chosen, model, around)
    vendor = vendor_of_name(model)
    if vendor and vendor_with_key((vendor,), around.environ):
        return _through(ProviderSpec(type=vendor), model, around)
    return _through_copilot(model, around) or _nobody(model, vendor, around.environ)


def _default_route(named: tuple[Route, ...], spec: ProviderSpec | None, around: Surroundings) -> Route:
    """Find the default model of the chosen provider, else of the first one that the models' names led to."""
    if chosen := spec or around.preferred:
        return _through(chosen, None, around)
    for route in named:
        match route:
            case ServiceRoute(service=service) if service.default_model:
                return _to(service, None)
            case CopilotRoute():
                return CopilotRoute(name=None)
            case ServiceRoute() | Unavailable():
                continue
    if vendor := vendor_with_key(PLAIN_VENDORS, around.environ):
        return _through(ProviderSpec(type=vendor), None, around)
    return _through_copilot(None, around) or _nobody(None, None, around.environ)


def _through(spec: ProviderSpec, model: str | None, around: Surroundings) -> Route:
    if spec.type == _COPILOT:
        return _through_copilot_command(model, around) or Unavailable(
            message="the `copilot` command is not installed",
            help=f"install it, choose another provider in `config.provider`, {WITHOUT_A_MODEL}",
        )
    match service_of(spec, around.environ, around.missing_packages):
        case Service() as service:
            return _to(service, model)
        case Unavailable() as refused:
            return refused


def _through_copilot(model: str | None, around: Surroundings) -> Route | None:
    match copilot_service(around.environ):
        case Service() as service:
            return _to(service, model)
        case refused:
            return refused or _through_copilot_command(model, around)


def _through_copilot_command(model: str | None, around: Surroundings) -> CopilotRoute | None:
    return CopilotRoute(name=model) if around.copilot_is_installed else None


def _to(service: Service, model: str | None) -> Route:
    if name := model or service.default_model:
        return ServiceRoute(service=service, name=name)
    return Unavailable(
        message=f"no model is named, and {service.provider} has no default",
        help=f"name one in `config.model` or with `-m`, {WITHOUT_A_MODEL}",
    )


def _nobody(model: str | None, vendor: str | None, environ: Mapping[str, str]) -> Unavailable:
    """List every way to a provider that is left, the one that fits the model's name first."""
    with_key = [name for name in PLAIN_VENDORS if vendor_with_key((name,), environ)]
    without = sorted(
        (name for name in PLAIN_VENDORS if name not in with_key), key=lambda name: name != vendor
    )
    ways = [
        *_by_prefix([] if vendor else with_key, model),
        *_by_key([f"`{VENDORS[name].key_variables[0]}`" for name in without]),
        "choose one in `config.provider`, `GOFLOW_PROVIDER` or as `provider:name`",
        "set `COPILOT_PROVIDER_BASE_URL` and `COPILOT_MODEL`",
        "install the `copilot` command",
    ]
    wanted = f"`{model}`" if model else "the workflow, which names no model"
    return Unavailable(message=f"no provider for {wanted}", help=f"{'; or '.join(ways)}; {WITHOUT_A_MODEL}")


def _by_prefix(providers: Sequence[str], model: str | None) -> Iterator[str]:
    if model and providers:
        yield f"write {' or '.join(f'`{name}:{model}`' for name in providers)}"


def _by_key(variables: Sequence[str]) -> Iterator[str]:
    if variables:
        others = f" (or {', '.join(variables[1:])})" if variables[1:] else ""
        yield f"set {variables[0]}{others}"
