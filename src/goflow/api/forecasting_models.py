"""Which models a plan would ask, through whom, for which price, and what is missing: no key is needed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Final, TypeAlias

from goflow.errors import ProviderUnavailable
from goflow.projections.forecast_values import Price
from goflow.values import dataclass

if TYPE_CHECKING:
    from goflow.api.host import Host
    from goflow.backends.providers import Route, Routes, Surroundings
    from goflow.planning.plan import Plan
    from goflow.workflow import ProviderSpec, Workflow

_MANY: Final = 10_000
"""Tokens whose price is taken for that of each."""

Models: TypeAlias = Mapping[str | None, "AskedModel"]
"""By the name in steps; None is the provider's default."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedModel:
    """A model as steps name it (None is the provider's default), and who answers for it.

    `provider`, `name` and `address` are those of a service, also of one whose key is missing; they are
    absent for the `copilot` command, and where no way leads anywhere. `key_variable` holds the key. `missing`
    says why it cannot be asked, `help` what would be right.
    """

    model: str | None
    provider: str | None = None
    name: str | None = None
    address: str | None = None
    is_copilot: bool = False
    key_variable: str | None = None
    missing: str = ""
    help: str = ""
    price: Price | None = None

    @property
    def who(self) -> str:
        """Return who answers, as people read it."""
        if self.is_copilot:
            return "the `copilot` command"
        return "nobody" if self.provider is None else f"{self.provider}:{self.name}"


def models_of(plan: Plan, workflow: Workflow, host: Host) -> Models:
    """Return the models that steps name, each with the way to it."""
    from goflow.backends.around import look_around

    around = look_around(host.environ, host.settings.provider)
    names = tuple(dict.fromkeys(model for step in plan.steps.values() for model in step.models))
    spec = workflow.config.provider
    return {name: _priced(_found(name, names, spec, around)) for name in names}


def _found(
    model: str | None, names: Sequence[str | None], spec: ProviderSpec | None, around: Surroundings
) -> AskedModel:
    """Find the way to a model; without a key, the one that there would be with it."""
    from goflow.backends.services import Unavailable

    route = _route(model, names, spec, around)
    if not isinstance(route, Unavailable):
        return _asked(model, route)
    with_keys = _route(model, names, spec, replace(around, environ=_with_keys(spec, around)))
    wanted = AskedModel(model=model) if isinstance(with_keys, Unavailable) else _asked(model, with_keys)
    key = wanted.key_variable
    missing = route.message if key is None else f"the key `{key}` is not set"
    return replace(wanted, missing=missing, help=route.help)


def _route(
    model: str | None, names: Sequence[str | None], spec: ProviderSpec | None, around: Surroundings
) -> Route:
    from goflow.backends.providers import resolve_providers
    from goflow.backends.services import Unavailable

    # the default is that of the provider which the other names lead to
    asked = tuple(names) if model is None else (model,)
    try:
        routes: Routes = resolve_providers([asked], spec, around)
    except ProviderUnavailable as error:
        return Unavailable(message=error.message, help=error.help or "")
    return routes[model]


def _asked(model: str | None, route: Route) -> AskedModel:
    from goflow.backends.providers import ServiceRoute

    if isinstance(route, ServiceRoute):
        service = route.service
        return AskedModel(
            model=model,
            provider=service.provider,
            name=route.name,
            address=service.base_url,
            key_variable=service.key_variable,
        )
    return AskedModel(model=model, is_copilot=True)


def _with_keys(spec: ProviderSpec | None, around: Surroundings) -> Mapping[str, str]:
    from goflow.backends.vendors import VENDORS

    own = {one.api_key_env for one in (spec, around.preferred) if one is not None and one.api_key_env}
    known = {name for vendor in VENDORS.values() for name in vendor.key_variables[:1]}
    return dict.fromkeys(sorted(own | known), "set") | dict(around.environ)


def _priced(asked: AskedModel) -> AskedModel:
    from goflow.backends.prices import price_of

    if asked.provider is None or asked.name is None:
        return asked
    who = (asked.provider, asked.address, asked.name)
    given = price_of(*who, input_tokens=_MANY, output_tokens=0)
    taken = price_of(*who, input_tokens=0, output_tokens=_MANY)
    if given is None or taken is None:
        return asked
    return replace(asked, price=Price(input_usd=given / _MANY, output_usd=taken / _MANY))
