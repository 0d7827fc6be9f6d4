"""The limiter against simulated providers: the seconds that calls take over what their quota would take.

The clock is simulated, so these figures are the same on every machine. The simulation is that of the tests.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from benchmarks.table import Figure
from goflow.governor import Bucket
from tests.unit.governor.servers import FixedWindow, Server, SlidingWindow, TokenBucket, Unlimited
from tests.unit.governor.simulation import Story, Tells, simulate

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

MOST_REFUSED = 0.15
LONGEST = 1.25


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """So many calls at once; `quota_s` is what the quota takes for them, and an answer comes on top."""

    name: str
    make: Callable[[], Server]
    calls: int
    quota_s: float
    tokens: float = 0.0
    changed_limit: int | None = None
    latencies_s: tuple[float, ...] = (0.05, 0.3, 1.0, 5.0)
    is_judged: bool = True


CASES = (
    Case(name="20 in each second", make=lambda: FixedWindow(20, 1.0, 0.3), calls=200, quota_s=10),
    Case(name="20 in any second", make=lambda: SlidingWindow(20, 1.0), calls=200, quota_s=10),
    Case(name="20 a second, filling", make=lambda: TokenBucket(20, 20), calls=200, quota_s=10),
    Case(
        name="1,000 tokens a second, 60,000 at once",
        make=lambda: TokenBucket(60_000, 1000, of_tokens=True),
        calls=200,
        quota_s=140,
        tokens=1000,
        latencies_s=(0.3, 1.0, 5.0),
    ),
    Case(
        name="20 in each second, 10 after 10 s",
        make=lambda: FixedWindow(20, 1.0),
        calls=600,
        quota_s=50,
        changed_limit=10,
    ),
    Case(
        name="20 in each second, 40 after 10 s",
        make=lambda: FixedWindow(20, 1.0),
        calls=1200,
        quota_s=35,
        changed_limit=40,
        is_judged=False,
    ),
    Case(
        name="1,200 a minute, filling, all at once",
        make=lambda: TokenBucket(1200, 20),
        calls=2400,
        quota_s=60,
        is_judged=False,
    ),
    Case(name="no limit", make=Unlimited, calls=1000, quota_s=1.0, is_judged=False),
)


def simulated(case: Case) -> Iterator[Figure]:
    """Give the worst over all latencies for each way a provider tells of limits."""
    for tells in Tells:
        outcomes = [_outcome(case, latency_s, tells) for latency_s in case.latencies_s]
        slowest = max(wall for wall, _ in outcomes)
        refused = max(share for _, share in outcomes)
        each = ", ".join(f"{wall:.2f}x {share:.0%}" for wall, share in outcomes)
        what = f"simulated: {case.name}, {tells.value}"
        bounds = (LONGEST, MOST_REFUSED) if case.is_judged else (None, None)
        latencies = " ".join(f"{latency_s:g}" for latency_s in case.latencies_s)
        raw = f"{case.calls:,} calls at latencies {latencies} s: {each}"
        yield Figure(
            row="limiter", what=f"{what}, wall", figure=slowest, unit="x", at_most=bounds[0], raw=raw
        )
        yield Figure(
            row="limiter",
            what=f"{what}, refused",
            figure=100 * refused,
            unit="%",
            at_most=bounds[1] and 100 * bounds[1],
            raw="",
        )


def _outcome(case: Case, latency_s: float, tells: Tells) -> tuple[float, float]:
    server = case.make()
    changes: tuple[tuple[float, Callable[[], None]], ...] = ()
    if (limit := case.changed_limit) is not None:
        changes = ((10.0, lambda: setattr(server, "limit", limit)),)
    story = Story(
        server=server,
        calls=case.calls,
        latency_s=latency_s,
        tells=tells,
        tokens=case.tokens,
        changes=changes,
    )
    outcome = simulate(story, Bucket())
    return outcome.wall_s / (case.quota_s + latency_s), outcome.refused_share(case.calls)
