"""What `goflow doctor` says of models: settings, keys, who is asked, and what is missing."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping, Sequence, Set as AbstractSet
from typing import TYPE_CHECKING, Final

from goflow.errors import ProviderUnavailable, UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from goflow.settings import Settings

_COMMAND: Final = "the `copilot` command"


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
    yield "default", [told_of_default(environ, settings, missing)]
    yield "packages", told_of_packages(missing)


def told_of_keys(environ: Mapping[str, str], missing: AbstractSet[str]) -> list[str]:
    """Return the providers whose keys are set, with the names of the variables and never a value."""
    from goflow.backends.vendors import VENDORS

    lines = []
    for name, vendor in VENDORS.items():
        variables = [variable for variable in vendor.key_variables if environ.get(variable)]
        if variables:
            hint = f"; needs `pip install '{vendor.extra}'`" if vendor.package in missing else ""
            lines.append(f"{name}: `{'`, `'.join(variables)}`{hint}")
    return lines or ["none is set"]


def told_of_default(environ: Mapping[str, str], settings: Settings, missing: AbstractSet[str]) -> str:
    """Return who answers a workflow that names neither a model nor a provider."""
    from goflow.backends.providers import ServiceRoute, Surroundings, resolve_providers
    from goflow.backends.services import Unavailable

    around = Surroundings(
        environ=environ,
        preferred=settings.provider,
        copilot_is_installed=shutil.which("copilot", path=environ.get("PATH")) is not None,
        missing_packages=frozenset(missing),
    )
    models = tuple(dict.fromkeys((settings.model, None)))
    try:
        routes = resolve_providers([models], None, around)
    except ProviderUnavailable as error:
        return f"nobody is asked: {error.message}"
    asked = next(route for model in models if not isinstance(route := routes[model], Unavailable))
    return f"`{asked.name}` of {asked.service.provider}" if isinstance(asked, ServiceRoute) else _COMMAND


def told_of_packages(missing: AbstractSet[str]) -> list[str]:
    """Return what installs the packages of providers that are missing, where we have an extra."""
    from goflow.backends.vendors import VENDORS

    wanted = {vendor.extra for vendor in VENDORS.values() if vendor.package in missing}
    extras = sorted(extra for extra in wanted if extra and extra.startswith("goflow-ai["))
    return [f"missing: `pip install '{extra}'`" for extra in extras] or ["none is missing"]
