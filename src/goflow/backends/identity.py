"""Who answers for a model, as a text that is the same in every run, and never holds a key."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from goflow.backends.providers import Route

COPILOT: Final = "the copilot command"


def identity_of(route: Route | None) -> str:
    """Return what is asked in the end: the command, or a provider, its address, its interface, its model."""
    from goflow.backends.providers import CopilotRoute, ServiceRoute

    match route:
        case ServiceRoute(service=service, name=name):
            address = _address(service.base_url) if service.base_url else ""
            return " ".join(part for part in (service.provider, address, service.wire_api, name) if part)
        case CopilotRoute():
            return COPILOT
        case _:
            return "nobody"


def _address(url: str) -> str:
    """Leave out of an address what may be a key: its user, password, query and fragment."""
    try:
        parts = urlsplit(url)
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return "an address"
    return f"{parts.scheme}://{parts.hostname or ''}{port}{parts.path}"
