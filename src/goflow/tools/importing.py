"""Functions of the workspace's own modules."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import RLock
from types import ModuleType
from typing import Any, Final, TypeAlias

from goflow.tools.base import ToolError
from goflow.tools.foreign_code import foreign_code

Function: TypeAlias = Callable[..., Any]

_ONE_AT_A_TIME: Final = RLock()


def import_function(module: str, name: str, workspace: str) -> Function:
    """Return a function of a module, which lies in the workspace or is installed; raise `ToolError`."""
    spec = f"{module}:{name}"
    found = _import(module, spec, workspace)
    with foreign_code(f"`{spec}` cannot be looked up"):
        function: object = getattr(found, name, None)
    if function is None:
        raise ToolError(f"`{spec}`: the module has no `{name}`")
    if not callable(function) or isinstance(function, type):
        raise ToolError(f"`{spec}` is no function, but of type `{type(function).__name__}`")
    return function


def _import(module: str, spec: str, workspace: str) -> ModuleType:
    with _ONE_AT_A_TIME, _importable(workspace):
        if not _exists(module):
            raise ToolError(
                f"`{spec}`: there is no module `{module}` in `{workspace}`, and none is installed"
            )
        with foreign_code(f"`{spec}`: the module `{module}` cannot be imported"):
            found = importlib.import_module(module)
    _require_own(found, spec, workspace)
    return found


def _exists(module: str) -> bool:
    """Whether there is such a module; its packages are imported for that."""
    with foreign_code(f"the package of `{module}` cannot be imported"):
        try:
            return module in sys.modules or importlib.util.find_spec(module) is not None
        except ModuleNotFoundError as error:
            if f"{module}.".startswith(f"{error.name}."):
                return False
            raise


@contextmanager
def _importable(folder: str) -> Iterator[None]:
    """Have modules of a folder found first, while one is imported and what that imports."""
    sys.path.insert(0, folder)
    importlib.invalidate_caches()
    try:
        yield
    finally:
        with suppress(ValueError):
            sys.path.remove(folder)


def _require_own(module: ModuleType, spec: str, workspace: str) -> None:
    """Refuse a module that was imported before from elsewhere, and hides the workspace's of that name."""
    top = Path(workspace, module.__name__.partition(".")[0])
    is_own = top.with_suffix(".py").is_file() or (top / "__init__.py").is_file()
    file = getattr(module, "__file__", None)
    if is_own and not (file and Path(file).resolve().is_relative_to(Path(workspace).resolve())):
        raise ToolError(f"`{spec}`: another module of this name is loaded, from `{file}`: rename yours")
