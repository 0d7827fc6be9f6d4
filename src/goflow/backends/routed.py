"""Steps whose models are reached in different ways: over HTTP, or through the `copilot` command."""

from __future__ import annotations

from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from goflow.backends.copilot import open_copilot
from goflow.backends.llm import open_llm
from goflow.backends.providers import CopilotRoute, Routes, ServiceRoute

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from goflow.backends.base import Backend, Outcome, Ports, Request


def keys_of(routes: Routes) -> tuple[str, ...]:
    """Return the names of the variables that hold keys."""
    services = [route.service for route in routes.values() if isinstance(route, ServiceRoute)]
    return tuple(dict.fromkeys(service.key_variable for service in services if service.key_variable))


@asynccontextmanager
async def open_routed(routes: Routes, environ: Mapping[str, str]) -> AsyncIterator[Backend]:
    """Open what the routes lead to, and nothing that none leads to."""
    names = {model: route.name for model, route in routes.items() if isinstance(route, CopilotRoute)}
    async with AsyncExitStack() as stack:
        llm = (
            None if len(names) == len(routes) else await stack.enter_async_context(open_llm(routes, environ))
        )
        copilot = await stack.enter_async_context(open_copilot(environ)) if names else None
        yield RoutedBackend(llm, copilot, names)


class RoutedBackend:
    """Gives each request to the backend that its model is reached through."""

    def __init__(
        self, llm: Backend | None, copilot: Backend | None, names: Mapping[str | None, str | None]
    ) -> None:
        self._llm = llm
        self._copilot = copilot
        self._names = names

    async def run(self, request: Request, ports: Ports) -> Outcome:
        """Make one attempt through the right backend; the command is told the model's own name."""
        if self._llm is None or request.model in self._names:
            return await self._copilot.run(replace(request, model=self._names[request.model]), ports)
        return await self._llm.run(request, ports)

    def versions(self) -> Mapping[str, str]:
        """Return the versions of all that is open."""
        opened = (backend for backend in (self._copilot, self._llm) if backend is not None)
        return {name: version for backend in opened for name, version in backend.versions().items()}
