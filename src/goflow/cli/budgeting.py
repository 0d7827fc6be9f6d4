"""`--budget cost_usd=0.50,tokens=200k,time=10m`: text in, a budget out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from goflow.cli.flags import Flag
from goflow.cli.values import dollars, seconds
from goflow.errors import UsageError
from goflow.loader.token_counts import parse_tokens
from goflow.problems import shown, suggest

if TYPE_CHECKING:
    from goflow.workflow import Budget

BUDGET: Final = Flag(
    names=("--budget",),
    value="AMOUNTS",
    help="Stop the run, resumably, before it spends more: `cost_usd=0.50`, `tokens=200k`, `time=10m`, or "
    "several with commas.",
)
_NAMES: Final = ("cost_usd", "tokens", "time")


def read_budget(written: str | None) -> Budget | None:
    """Return the amounts that a flag gives; what it does not name stays as the workflow says."""
    from goflow.workflow import Budget

    if written is None:
        return None
    amounts = dict(_named(part) for part in written.split(","))
    return Budget(
        cost_usd=dollars("--budget cost_usd", amounts.get("cost_usd", "0"), as_in="0.50"),
        tokens=_tokens(amounts.get("tokens", "0")),
        time_s=seconds("--budget time", amounts.get("time", "0")) or 0.0,
    )


def _named(part: str) -> tuple[str, str]:
    name, equals, amount = part.strip().partition("=")
    if not equals or name not in _NAMES:
        near = suggest(name, _NAMES) or "write `cost_usd=0.50`, `tokens=200k` or `time=10m`"
        raise UsageError(f"`--budget` does not know {shown(part)}", help=near)
    return name, amount


def _tokens(written: str) -> int:
    found = parse_tokens(written)
    if found is None:
        raise UsageError(f"`--budget tokens` takes a number, as in `200000` or `200k`, not {shown(written)}")
    return found
