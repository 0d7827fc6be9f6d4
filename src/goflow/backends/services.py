"""A model service as it is reached, or why it cannot be: its key, its address, its interface, its package."""

from __future__ import annotations

from collections.abc import Mapping, Set as AbstractSet
from typing import Final
from urllib.parse import urlsplit

from goflow.backends.keys import flaw_of, key_in
from goflow.backends.vendors import VENDORS, Vendor
from goflow.problems import suggest
from goflow.values import dataclass
from goflow.workflow import ProviderSpec, WireApi

WITHOUT_A_MODEL: Final = "or try the workflow without a model: `--mock`"
_TWO_INTERFACES: Final = frozenset({"openai", "azure"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """Where and how models are asked.

    `key_variable` names the variable that holds the key, None where no key is sent, or where the provider's
    library finds its credentials itself; `wire_api` is None where the provider's usual one is meant.
    """

    provider: str
    base_url: str | None = None
    key_variable: str | None = None
    wire_api: WireApi | None = None
    default_model: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Unavailable:
    """A model that cannot be asked: why, and what would be right."""

    message: str
    help: str


def vendor_with_key(vendors: tuple[str, ...], environ: Mapping[str, str]) -> str | None:
    """Return the first of these vendors whose key is set."""
    return next((name for name in vendors if _set_variable(VENDORS[name].key_variables, environ)), None)


def service_of(
    spec: ProviderSpec, environ: Mapping[str, str], missing_packages: AbstractSet[str]
) -> Service | Unavailable:
    """Work out how the provider is reached; its key is looked at, not kept."""
    vendor = VENDORS.get(spec.type)
    if vendor is None:
        return _unknown_provider(spec.type)
    if vendor.package in missing_packages:
        return _missing_package(spec.type, vendor)
    if spec.wire_api and spec.type not in _TWO_INTERFACES:
        return Unavailable(
            message=f"{spec.type} has no `wire_api` to choose",
            help="remove `wire_api`, which is for openai and azure",
        )
    set_url = environ.get(vendor.base_url_variable or "")
    base_url = spec.base_url or set_url or vendor.base_url
    key_variable = _key_variable(spec, vendor, environ)
    if key_variable is None and _needs_key(spec, vendor, has_own_url=bool(set_url) and spec.type == "openai"):
        return _missing_key(spec, vendor, environ)
    if refused := _unsendable_key(key_variable, environ):
        return refused
    is_elsewhere = bool(base_url) and spec.type == "openai"
    return Service(
        provider=spec.type,
        base_url=base_url,
        key_variable=key_variable,
        wire_api=spec.wire_api or (WireApi.CHAT if is_elsewhere else None),
        default_model=None if is_elsewhere else vendor.default_model,
    )


def copilot_service(environ: Mapping[str, str]) -> Service | Unavailable | None:
    """Return the service that the `copilot` command's own variables describe, if they do."""
    url = environ.get("COPILOT_PROVIDER_BASE_URL")
    if not url:
        return None
    provider = environ.get("COPILOT_PROVIDER_TYPE") or "openai"
    has_path = bool(urlsplit(url).path.strip("/"))
    key_variable = _set_variable(("COPILOT_PROVIDER_API_KEY",), environ)
    return _unsendable_key(key_variable, environ) or Service(
        provider=provider,
        base_url=url if has_path or provider != "openai" else url.rstrip("/") + "/v1",
        key_variable=key_variable,
        wire_api=WireApi.CHAT if provider == "openai" else None,
        default_model=environ.get("COPILOT_MODEL"),
    )


def _set_variable(names: tuple[str, ...], environ: Mapping[str, str]) -> str | None:
    return next((name for name in names if key_in(environ, name)), None)


def _key_variable(spec: ProviderSpec, vendor: Vendor, environ: Mapping[str, str]) -> str | None:
    """Return the variable whose key is sent.

    A `base_url` that was written gets only a key whose variable was written too: otherwise a workflow from
    elsewhere could have a user's key sent to whom it likes, unseen.
    """
    if spec.api_key_env is not None:
        return _set_variable((spec.api_key_env,), environ)
    return None if spec.base_url else _set_variable(vendor.key_variables, environ)


def _needs_key(spec: ProviderSpec, vendor: Vendor, *, has_own_url: bool) -> bool:
    if spec.api_key_env is not None:
        return spec.api_key_env != ""
    return vendor.needs_key and bool(vendor.key_variables) and not spec.base_url and not has_own_url


def _missing_key(spec: ProviderSpec, vendor: Vendor, environ: Mapping[str, str]) -> Unavailable:
    variable = spec.api_key_env or vendor.key_variables[0]
    lacks = "is blank" if environ.get(variable) else "is not set"
    return Unavailable(
        message=f"no key for {spec.type}: the environment variable `{variable}` {lacks}",
        help=f"`export {variable}=...`, name another one in `config.provider.api_key_env`, {WITHOUT_A_MODEL}",
    )


def _unsendable_key(variable: str | None, environ: Mapping[str, str]) -> Unavailable | None:
    flaw = flaw_of(key_in(environ, variable) or "")
    if flaw is None:
        return None
    return Unavailable(
        message=f"the key in `{variable}` cannot be sent: it holds {flaw}",
        help=f"copy it anew, in one piece and as it was given, {WITHOUT_A_MODEL}",
    )


def _missing_package(name: str, vendor: Vendor) -> Unavailable:
    return Unavailable(
        message=f"{name} needs a package that is not installed: `{vendor.package}`",
        help=f"`pip install '{vendor.extra}'`, {WITHOUT_A_MODEL}",
    )


def _unknown_provider(name: str) -> Unavailable:
    return Unavailable(
        message=f"unknown provider `{name}`",
        help=suggest(name.lower(), VENDORS) or "`openai` with a `base_url` is any server of its kind",
    )
