"""Parameters that several file tools share, under the names that models know from other programs."""

from __future__ import annotations

from goflow.tools.base import Parameter, ParameterType


def path(description: str, *, is_required: bool = False) -> Parameter:
    """Return the parameter that says which file or folder a call is about."""
    return text("path", description, "filePath", "file_path", "dirPath", is_required=is_required)


def text(name: str, description: str, *aliases: str, is_required: bool = True) -> Parameter:
    """Return a parameter that is a string."""
    return Parameter(
        name=name,
        type=ParameterType.TEXT,
        description=description,
        is_required=is_required,
        aliases=aliases,
    )


def whole(name: str, description: str, *aliases: str) -> Parameter:
    """Return an optional parameter that is a whole number."""
    return Parameter(name=name, type=ParameterType.WHOLE, description=description, aliases=aliases)


def flag(name: str, description: str, *aliases: str) -> Parameter:
    """Return an optional parameter that is true or false."""
    return Parameter(name=name, type=ParameterType.FLAG, description=description, aliases=aliases)
