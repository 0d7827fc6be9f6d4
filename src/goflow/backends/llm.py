"""Models asked over HTTP, through pydantic-ai, which is imported when a run opens this and not before."""

from __future__ import annotations

import asyncio
import gc
import os
import sys
from contextlib import AsyncExitStack, asynccontextmanager
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Final

from goflow.backends.vendors import VENDORS
from goflow.tools.opening import OpenTools, open_no_tools

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from goflow.backends.base import Backend
    from goflow.backends.http import Patience
    from goflow.backends.limiting import Limiting
    from goflow.backends.providers import Routes

_HEAVY: Final = "goflow.backends.llm_backend"
_TURNS: Final = 10
"""More than generators nested in generators have been seen to take."""


def missing_packages() -> frozenset[str]:
    """Return the packages that vendors need and that are not installed, without importing any."""
    wanted = {vendor.package for vendor in VENDORS.values() if vendor.package}
    return frozenset(package for package in wanted if not _is_installed(package))


def _is_installed(package: str) -> bool:
    try:
        return find_spec(package) is not None
    except ModuleNotFoundError:  # the parent of a dotted name is missing
        return False


def preload() -> None:
    """Import what asking takes, which needs a second: in a thread, while a run is being set up."""
    is_new = _HEAVY not in sys.modules
    os.environ.setdefault("PYDANTIC_AI_NO_BANNER", "1")
    import_module(_HEAVY)
    if is_new:
        gc.freeze()  # a full collection over all this stops every stream for some 80 ms, and finds nothing


def versions() -> Mapping[str, str]:
    """Return the versions of what shapes answers and prices, without importing it."""
    from importlib.metadata import version

    return {"pydantic-ai": version("pydantic-ai-slim"), "genai-prices": version("genai-prices")}


@asynccontextmanager
async def open_llm(
    routes: Routes,
    environ: Mapping[str, str],
    *,
    patience: Patience | None = None,
    limiting: Limiting | None = None,
    open_tools: OpenTools = open_no_tools,
) -> AsyncIterator[Backend]:
    """Open the models that `routes` lead to: one HTTP client a run, one provider a service, for all attempts.

    Raises `ProviderUnavailable` where a service, a proxy or the certificates cannot be used.
    """
    await asyncio.to_thread(preload)
    from goflow.backends.http import Patience, open_http_client
    from goflow.backends.limiting import NOT_LIMITED
    from goflow.backends.llm_backend import LlmBackend
    from goflow.backends.models import open_models

    async with AsyncExitStack() as stack:
        client = await stack.enter_async_context(open_http_client(environ))
        models = await open_models(routes, environ, client, stack, limiting=limiting or NOT_LIMITED)
        stack.push_async_callback(_let_generators_end)
        tools = await open_tools()
        yield LlmBackend(models=models, patience=patience or Patience(), tools=tools)


async def _let_generators_end() -> None:
    """Give the event loop the turns it needs to close the generators that a broken stream has left."""
    for _ in range(_TURNS):
        await asyncio.sleep(0)
