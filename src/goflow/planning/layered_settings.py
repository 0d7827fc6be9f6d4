"""The settings of a step laid over those of its agent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace

from goflow.workflow import ModelSettings


def merge_settings(base: ModelSettings | None, own: ModelSettings | None) -> ModelSettings | None:
    """Lay a step's settings over its agent's: field by field, headers and the body key by key."""
    if base is None or own is None:
        return own or base
    given = {field.name: value for field in fields(own) if (value := getattr(own, field.name)) is not None}
    given["extra_headers"] = _merge_headers(base.extra_headers, own.extra_headers)
    given["extra_body"] = {**base.extra_body, **own.extra_body}
    return replace(base, **given)


def _merge_headers(base: Mapping[str, str], own: Mapping[str, str]) -> dict[str, str]:
    """Lay headers over others; names that differ in case alone are the same."""
    written = {name.lower() for name in own}
    return {**{name: value for name, value in base.items() if name.lower() not in written}, **own}
