"""What the tools of a run work in: worked out when the first of them is offered."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from goflow.api.prepare import Prepared
    from goflow.tools.opening import OpenTools
    from goflow.tools.toolbox import Toolbox


def tools_of(prepared: Prepared, *, has_person: bool) -> OpenTools:
    """Return how the backend of a run comes by its tools, the same each time."""
    making = asyncio.Lock()
    made: list[Toolbox] = []

    async def open_tools() -> Toolbox:
        async with making:
            if not made:
                made.append(await asyncio.to_thread(_make, prepared, has_person=has_person))
        return made[0]

    return open_tools


def _make(prepared: Prepared, *, has_person: bool) -> Toolbox:
    from goflow.settings.folders import state_folder
    from goflow.settings.trust import is_trusted
    from goflow.tools.command_environ import safe_environ
    from goflow.tools.functions import find_functions
    from goflow.tools.permissions import Circumstances
    from goflow.tools.sandbox import find_confinement, own_code
    from goflow.tools.toolbox import Toolbox

    host, options = prepared.host, prepared.options
    workspace = str(host.cwd.resolve())
    trusted = options.trust or is_trusted(host.cwd, state_folder(host.environ, host.home))
    confinement = find_confinement(host.environ)
    return Toolbox(
        workspace=workspace,
        circumstances=Circumstances(
            is_trusted=trusted,
            has_person=has_person,
            is_confined=confinement is not None,
            allows_all=options.allow_all_tools,
        ),
        protected=(str(prepared.audit_dir.resolve()), *own_code()),
        confinement=confinement,
        environ=safe_environ(host.environ),
        functions=find_functions(prepared.plan, workspace) if trusted or options.allow_all_tools else {},
    )
