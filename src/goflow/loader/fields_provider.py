"""The table of a provider. A key that was pasted into it is refused, and shown to nobody."""

from __future__ import annotations

from typing import TYPE_CHECKING

from goflow.loader.decode import Shape, record
from goflow.loader.entries import known_entries
from goflow.loader.scalars import choice, text
from goflow.problems import shown, suggest
from goflow.workflow import ProviderSpec, WireApi
from goflow.workflow.provider_words import PROVIDERS, is_address, is_variable

if TYPE_CHECKING:
    from yaml import Node

    from goflow.loader.findings import Findings

_ANY_OTHER = "`openai` with a `base_url` is any server of its kind"


def _type(at: Findings, node: Node) -> str | None:
    written = text(at, node)
    if written is None or written in PROVIDERS:
        return written
    at.error(
        "GF105",
        f"{shown(written)} is no known provider",
        node,
        help=suggest(written.lower(), PROVIDERS) or _ANY_OTHER,
    )
    return None


def _base_url(at: Findings, node: Node) -> str | None:
    written = text(at, node)
    if not written or is_address(written):
        return written
    told = "write it whole and without variables, as in `http://localhost:11434/v1`"
    at.error("GF116", f"{shown(written)} is no address of a server", node, help=told)
    return None


def _api_key_env(at: Findings, node: Node) -> str | None:
    written = text(at, node)
    if not written or is_variable(written):
        return written
    at.hide(node)
    at.error(
        "GF117",
        "`api_key_env` is not the name of a variable",
        node,
        help="write the name alone, as in `OPENAI_API_KEY`: a key does not stand in a file",
    )
    return None


_PROVIDER = Shape(
    noun="`provider`",
    fields={
        "type": ("type", _type),
        "base_url": ("base_url", _base_url),
        "api_key_env": ("api_key_env", _api_key_env),
        "wire_api": ("wire_api", choice({each.value: each for each in WireApi})),
    },
    required=("type",),
    hints={"api_key": "keys do not stand in files: `api_key_env` names the variable that holds the key"},
)
_table = record(_PROVIDER, ProviderSpec)


def provider(at: Findings, node: Node) -> ProviderSpec | None:
    """Read which service answers; what stands below `api_key` is hidden."""
    if pasted := known_entries(at, node).get("api_key"):
        at.hide(pasted[1])
    return _table(at, node)
