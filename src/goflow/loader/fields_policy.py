"""The tables of the small settings that several parts of a workflow share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from yaml import MappingNode

from goflow.loader.decode import Shape, record
from goflow.loader.fields_headers import headers
from goflow.loader.json_values import json_mapping
from goflow.loader.scalars import boolean, choice, duration, number, text, whole_number
from goflow.loader.token_counts import parse_tokens
from goflow.problems import shown
from goflow.workflow import (
    Budget,
    CachePolicy,
    CacheScope,
    LimitSpec,
    ModelSettings,
    SharedMemory,
    Truncate,
    TruncateStrategy,
)

if TYPE_CHECKING:
    from yaml import Node

    from goflow.loader.findings import Findings

_TRUNCATE = Shape(
    noun="`truncate`",
    fields={
        "strategy": ("strategy", choice({each.value: each for each in TruncateStrategy})),
        "limit": ("limit", whole_number),
    },
    required=("limit",),
)
_SHARED_MEMORY = Shape(
    noun="`shared_memory`",
    fields={
        "enabled": ("enabled", boolean),
        "inject_into_prompt": ("inject_into_prompt", boolean),
        "initial_content": ("initial_content", text),
        "initial_file": ("initial_file", text),
    },
)
_CACHE = Shape(
    noun="`cache`",
    fields={
        "ttl": ("ttl_s", duration),
        "scope": ("scope", choice({each.value: each for each in CacheScope})),
    },
)
_LIMIT = Shape(
    noun="a limit",
    fields={
        "rpm": ("rpm", whole_number),
        "tpm": ("tpm", whole_number),
        "concurrency": ("concurrency", whole_number),
    },
)
_SETTINGS = Shape(
    noun="`settings`",
    fields={
        "temperature": ("temperature", number),
        "top_p": ("top_p", number),
        "max_tokens": ("max_tokens", whole_number),
        "reasoning_effort": ("reasoning_effort", text),
        "seed": ("seed", whole_number),
        "request_timeout": ("request_timeout_s", duration),
        "extra_headers": ("extra_headers", headers),
        "extra_body": ("extra_body", json_mapping),
    },
)


def _bound(*, limit: int, strategy: TruncateStrategy = TruncateStrategy.CHARS) -> Truncate | None:
    return Truncate(strategy=strategy, limit=limit) if limit else None


_cache_table = record(_CACHE, CachePolicy)


def cache(at: Findings, node: Node) -> CachePolicy | None:
    """Read `true`, `false`, or the table of a cache that is used."""
    if isinstance(node, MappingNode):
        return _cache_table(at, node)
    if text(at, node, expected="`true`, `false`, or a mapping of `ttl` and `scope`") is None:
        return None
    is_used = boolean(at, node)
    return None if is_used is None else CachePolicy(enabled=is_used)


_limit_table = record(_LIMIT, LimitSpec)


def limit(at: Findings, _name: str, _key: Node, node: Node) -> LimitSpec | None:
    """Read what one model, or each model of one provider, may be asked."""
    return _limit_table(at, node)


def _amount(at: Findings, node: Node) -> float | None:
    written = number(at, node)
    if written is not None and written < 0:
        at.error("GF105", f"{shown(str(node.value))} is less than nothing", node, help="0 means no bound")
        return None
    return written


def _tokens(at: Findings, node: Node) -> int | None:
    written = text(at, node, expected="a whole number")
    if written is None:
        return None
    count = parse_tokens(written)
    if count is None:
        told = f"{shown(written)} is not a whole number, 0 or more"
        at.error("GF107", told, node, help="as in `200000`, `200k` or `3M`")
    return count


_BUDGET = Shape(
    noun="`budget`",
    fields={
        "cost_usd": ("cost_usd", _amount),
        "tokens": ("tokens", _tokens),
        "time": ("time_s", duration),
    },
)

truncate = record(_TRUNCATE, _bound)
"""A limit of 0 is none, like the other limits."""
shared_memory = record(_SHARED_MEMORY, SharedMemory)
settings = record(_SETTINGS, ModelSettings)
budget = record(_BUDGET, Budget)
