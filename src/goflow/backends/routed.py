"""Steps whose models are reached in different ways: over HTTP, or through the `copilot` command."""

from __future__ import annotations

from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from goflow.backends.copilot import open_copilot
from goflow.backends.llm import open_llm
from goflow.backends.providers import CopilotRoute, Routes, ServiceRoute
from goflow.tools.opening import OpenTools

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from goflow.backends.base import Backend, Outcome, Ports, Request
    from goflow.backends.limiting import Limiting


def keys_of(routes: Routes) -> tuple[str, ...]:
    """Return the names of the variables that hold keys."""
    services = [route.service for route in routes.values() if isinstance(route, ServiceRoute)]
    return tuple(dict.fromkeys(service.key_variable for service in services if service.key_variable))


@asynccontextmanager
async def open_routed(
    routes: Routes, environ: Mapping[str, str], open_tools: OpenTools, limiting: Limiting
) -> AsyncIterator[Backend]:
    """Open what the routes lead to, and nothing that none leads to."""
    names = {model: route.name for model, route in routes.items() if isinstance(route, CopilotRoute)}
    async with AsyncExitStack() as stack:
        table: dict[str | None, tuple[Backend, str | None]] = {}
        if len(names) < len(routes):
            opening = open_llm(routes, environ, limiting=limiting, open_tools=open_tools)
            llm = await stack.enter_async_context(opening)
            table.update((model, (llm, model)) for model in routes if model not in names)
        if names:
            copilot = await stack.enter_async_context(open_copilot(environ, limiting))
            table.update((model, (copilot, name)) for model, name in names.items())
        yield RoutedBackend(table)


class RoutedBackend:
    """Gives each request to the backend that its model is reached through, under the name it has there."""

    def __init__(self, table: Mapping[str | None, tuple[Backend, str | None]]) -> None:
        self._table = table

    async def run(self, request: Request, ports: Ports) -> Outcome:
        """Make one attempt through the right backend."""
        backend, name = self._table[request.model]
        return await backend.run(replace(request, model=name), ports)

    def versions(self) -> Mapping[str, str]:
        """Return the versions of all that is open."""
        backends = (backend for backend, _ in self._table.values())
        return {name: version for backend in backends for name, version in backend.versions().items()}
