"""The settings as they are written: names in the file, variables, and what fits."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any, Final, TypeVar

from goflow.settings.values import ProgressMode
from goflow.values import dataclass
from goflow.workflow import WireApi
from goflow.workflow.provider_words import PROVIDERS, is_address, is_variable

Member = TypeVar("Member", bound=StrEnum)


_UNITS: Final = {"": 1, "kB": 1_000, "MB": 1_000_000, "GB": 1_000_000_000}
_SIZE: Final = re.compile(r"([0-9]{1,15}) ?(kB|MB|GB|)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """How one setting is written; `right` says what fits, after "write"."""

    read: Callable[[object], Any]
    """Returns None for a value that does not fit; digits in a variable arrive as a number."""
    right: str
    variable: str | None = None
    may_be_secret: bool = False
    """Whether a value that does not fit may be a key in the wrong place, which is shown to nobody."""


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def _provider_type(value: object) -> str | None:
    return value if isinstance(value, str) and value in PROVIDERS else None


def _provider(value: object) -> str | None:
    return value if isinstance(value, str) and value.partition(":")[0] in PROVIDERS else None


def _address(value: object) -> str | None:
    return value if isinstance(value, str) and is_address(value) else None


def _variable(value: object) -> str | None:
    return value if isinstance(value, str) and (not value or is_variable(value)) else None


def _whole_number(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


def _size(value: object) -> int | None:
    if isinstance(value, str) and (written := _SIZE.fullmatch(value)):
        return int(written[1]) * _UNITS[written[2]]
    return _whole_number(value)


def _switch(value: object) -> bool | None:
    if isinstance(value, str):
        value = {"true": True, "false": False}.get(value)
    return bool(value) if isinstance(value, int) and value in (0, 1) else None


def _member(kind: type[Member], value: object) -> Member | None:
    return next((each for each in kind if each.value == value), None)


def _wire_api(value: object) -> WireApi | None:
    return _member(WireApi, value)


def _progress(value: object) -> StrEnum | None:
    return _member(ProgressMode, value)


def _fail_on(value: object) -> StrEnum | None:
    from goflow.projections import FailOn

    return _member(FailOn, value)


KEYS: Final[Mapping[str, Key]] = {
    "provider": Key(
        variable="GOFLOW_PROVIDER",
        read=_provider,
        right="a provider, as in `openai`, or a provider and a model, as in `anthropic:claude-sonnet-5-5`",
    ),
    "provider.type": Key(read=_provider_type, right="a provider, as in `openai`"),
    "provider.base_url": Key(
        variable="GOFLOW_PROVIDER_BASE_URL",
        read=_address,
        right="an address, as in `http://localhost:11434/v1`",
    ),
    "provider.api_key_env": Key(
        variable="GOFLOW_PROVIDER_API_KEY_ENV",
        read=_variable,
        right="the name of the variable that holds the key, as in `OPENAI_API_KEY`, or nothing for no key",
        may_be_secret=True,
    ),
    "provider.wire_api": Key(
        variable="GOFLOW_PROVIDER_WIRE_API", read=_wire_api, right="`chat` or `responses`"
    ),
    "model": Key(variable="GOFLOW_MODEL", read=_text, right="a model, as in `gpt-5` or `ollama:llama3`"),
    "audit_dir": Key(variable="GOFLOW_AUDIT_DIR", read=_text, right="a folder, as in `~/goflow-runs`"),
    "max_concurrency": Key(
        variable="GOFLOW_MAX_CONCURRENCY", read=_whole_number, right="a whole number, 0 or more"
    ),
    "progress": Key(variable="GOFLOW_PROGRESS", read=_progress, right="`plain` or `none`"),
    "cache_size": Key(
        variable="GOFLOW_CACHE_SIZE", read=_size, right="bytes, as in `500000000`, `500MB` or `2GB`"
    ),
    "history": Key(variable="GOFLOW_HISTORY", read=_switch, right="`true` or `false`"),
    "fail_on": Key(variable="GOFLOW_FAIL_ON", read=_fail_on, right="`run`, `any` or `never`"),
}
