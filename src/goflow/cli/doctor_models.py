"""What `goflow doctor` says of models: settings, keys, who is asked, and what is missing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set as AbstractSet
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from goflow.errors import ProviderUnavailable, UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from goflow.settings import Settings

_COMMAND: Final = (
    "the `copilot` command",
    "its tools are its own: goflow does not judge them, and agents without `tools` may do everything",
)
_EXTRAS: Final = ("anthropic", "bedrock", "google")
_NOBODY: Final = "none: set a key, `GOFLOW_PROVIDER`, or use `--mock`"


def rows_of_models(environ: Mapping[str, str], home: Path) -> Iterator[tuple[str, Sequence[str]]]:
    """Yield the user's configuration, whose keys are set, who would be asked, and missing packages."""
    from goflow.backends.llm import missing_packages
    from goflow.settings import Settings, config_folder, read_settings
    from goflow.settings.keys import KEYS

    path = config_folder(environ, home) / "config.toml"
    settings, complaints = Settings(), list[str]()
    try:
        settings = read_settings(environ, home)
    except UsageError as error:
        complaints = [f"no run can begin: {error.message}", error.help or ""]
    missing = missing_packages()
    there = str(path) if path.exists() else f"{path} is not there"
    variables = [f"`{key.variable}`" for key in KEYS.values() if key.variable and environ.get(key.variable)]
    also = [f"and the variables {', '.join(variables)}"] if variables else []
    yield "settings", [there, *also, *filter(None, complaints), *settings.notices]
    yield "keys", told_of_keys(environ, missing)
    yield "default", list(told_of_default(environ, settings, missing))
    yield "packages", told_of_packages(missing)


def told_of_keys(environ: Mapping[str, str], missing: AbstractSet[str]) -> list[str]:
    """Return the providers whose keys are set, with the names of the variables and never a value."""
    from goflow.backends.keys import key_in
    from goflow.backends.vendors import VENDORS

    lines = []
    for name, vendor in VENDORS.items():
        variables = [variable for variable in vendor.key_variables if key_in(environ, variable)]
        if variables:
            hint = f"; needs `pip install '{vendor.extra}'`" if vendor.package in missing else ""
            lines.append(f"{name}: `{'`, `'.join(variables)}`{hint}")
    return lines or ["none is set"]


def told_of_default(
    environ: Mapping[str, str], settings: Settings, missing: AbstractSet[str]
) -> tuple[str, ...]:
    """Return who answers a workflow that names neither a model nor a provider."""
    from goflow.backends.around import look_around
    from goflow.backends.providers import ServiceRoute, resolve_providers
    from goflow.backends.services import Unavailable

    around = replace(look_around(environ, settings.provider), missing_packages=frozenset(missing))
    models = tuple(dict.fromkeys((settings.model, None)))
    try:
        routes = resolve_providers([models], None, around)
    except ProviderUnavailable as error:
        return (f"none: {error.message}" if _names_one(environ, settings) else _NOBODY,)
    asked = next(route for model in models if not isinstance(route := routes[model], Unavailable))
    return (f"`{asked.name}` of {asked.service.provider}",) if isinstance(asked, ServiceRoute) else _COMMAND


def _names_one(environ: Mapping[str, str], settings: Settings) -> bool:
    """Say whether anything chooses a provider, though it cannot be asked."""
    from goflow.backends.services import copilot_service, vendor_with_key
    from goflow.backends.vendors import PLAIN_VENDORS

    chosen = settings.provider or settings.model or vendor_with_key(PLAIN_VENDORS, environ)
    return bool(chosen or copilot_service(environ))


def told_of_packages(missing: AbstractSet[str]) -> list[str]:
    """Return what installs the packages that are missing of the providers that goflow has extras for."""
    from goflow.backends.vendors import VENDORS

    wanted = [vendor.extra for name in _EXTRAS if (vendor := VENDORS[name]).package in missing]
    return [f"missing: `pip install '{extra}'`" for extra in wanted] or ["none is missing"]
