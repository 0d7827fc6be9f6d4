"""Durations as workflow files and flags write them: `300ms`, `90s`, `1h30m`."""

from __future__ import annotations

import re

from goflow.problems import shown

_WHOLE = re.compile(r"[0-9]{1,16}")
_PART = re.compile(r"([0-9]+(?:\.[0-9]*)?|\.[0-9]+)(ns|us|µs|μs|ms|s|m|h)")
_SECONDS = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "μs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}
_MAX_SECONDS = 1e9


class NotDuration(ValueError):
    """A text is not a duration; `reason` says why, and `help` what would be right."""

    def __init__(self, reason: str, help: str | None = None) -> None:  # noqa: A002 - the word users see
        super().__init__(reason)
        self.reason = reason
        self.help = help


def parse_duration(written: str) -> float | None:
    """Return a time in seconds, None for 0, which means none; raise `NotDuration` for any other text."""
    if written in {"0", "+0", "-0"}:
        return None
    amounts = _PART.findall(written)
    seconds = sum(float(amount) * _SECONDS[unit] for amount, unit in amounts)
    if "".join(amount + unit for amount, unit in amounts) != written.removeprefix("+") or not amounts:
        raise NotDuration(f"{shown(written)} is not a duration", _forms(written))
    if seconds > _MAX_SECONDS:
        raise NotDuration(f"the duration {shown(written)} is longer than 30 years")
    return seconds or None


def _forms(written: str) -> str:
    if _WHOLE.fullmatch(written):
        return f"write `{written}s` for seconds, `{written}m` for minutes, `{written}h` for hours"
    return "write a number and a unit, as in `300ms`, `90s`, `1.5h` or `1h30m`; `0` means none"
