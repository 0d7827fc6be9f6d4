"""Whole processes against providers with quotas, over HTTP: how long they take, what they ask in vain."""

from __future__ import annotations

import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.processes import HERE
from benchmarks.table import Figure

sys.path.insert(0, str(HERE.parent))  # the provider is the one of the tests

from tests.flows.quotas import Allowance, Quota, Telling, by_model, ideal_s, refuse_for, steps
from tests.flows.scripted_server import KEY, KEY_VARIABLE, scripted_server

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from benchmarks.bench import Bench
    from tests.flows.scripted_server import Said
    from tests.model_server import Received

PER_S = 20.0
MOST_SLOWER = 1.25
MOST_REFUSED = 15.0
FALLBACK_WITHIN_S = 1.0


def measure(bench: Bench) -> Iterator[Figure]:
    """Ask 200 steps at once of 20 requests a second, in every way that a provider tells of it, and beyond."""
    count = 60 if bench.quick else 200
    for telling in Telling:
        quota = Quota(Allowance(PER_S, PER_S), telling=telling)
        _run(bench, quota.answer, steps(count, "m"))
        yield from _figures(f"{count} steps, told {telling.value}", quota, ideal_s(count, quota.requests))
    yield from _shared(bench, count)
    yield from _tokens(bench, count)
    yield from _halved(bench, count)
    yield _fallback(bench, count)
    yield _not_slowed(bench, count)


def _shared(bench: Bench, count: int) -> Iterator[Figure]:
    for telling in (Telling.ALL, Telling.WAIT):
        quota = Quota(Allowance(PER_S, PER_S), telling=telling)
        _run(bench, quota.answer, steps(count // 2, "m"), processes=2)
        what = f"2 processes of {count // 2} steps, told {telling.value}"
        yield from _figures(what, quota, ideal_s(count, quota.requests))


def _tokens(bench: Bench, count: int) -> Iterator[Figure]:
    """A step takes some 18 tokens as this provider counts them."""
    quota = Quota(Allowance(1e6, 1e6), tokens=Allowance(400.0, 400.0), telling=Telling.ALL)
    _run(bench, quota.answer, steps(count, "m"))
    assert quota.tokens is not None
    yield from _figures(f"{count} steps, a quota of tokens", quota, ideal_s(quota.tokens_taken, quota.tokens))


def _halved(bench: Bench, count: int) -> Iterator[Figure]:
    for telling in (Telling.ALL, Telling.NOTHING):
        quota = Quota(Allowance(PER_S, PER_S), telling=telling, change=_halve_after(count // 2))
        _run(bench, quota.answer, steps(count, "m"))
        whole_s = (count / 2 - PER_S) / PER_S + count / 2 / (PER_S / 2)
        yield from _figures(f"{count} steps, halved in the middle, told {telling.value}", quota, whole_s)


def _halve_after(taken: int) -> Callable[[Quota], None]:
    def change(quota: Quota) -> None:
        if len(quota.taken) >= taken and quota.requests.per_s == PER_S:
            quota.requests.fill()
            quota.requests.per_s /= 2
            quota.requests.at_once /= 2

    return change


def _fallback(bench: Bench, count: int) -> Figure:
    """Measure from the first refusal to the last answer of the other model."""
    first = Quota(Allowance(1.0, 0.0))
    second = Quota(Allowance(1e6, 1e6))

    async def answer(request: Received) -> object:
        if request.body["model"] == "second":
            return await second.answer(request)
        await first.answer(request)
        return refuse_for(30)

    agents = "agents: {a: {inline: {prompt: x, model: [first, second], tools: []}}}"
    lines = [f"- {{id: s{n}, prompt: 'say {n}', agent: a}}" for n in range(count)]
    _run(bench, answer, lines, top=agents)  # type: ignore[arg-type]
    return Figure(
        row="limits",
        what=f"Retry-After: 30, first refusal to the first answer of another model, {count} steps",
        figure=min(second.taken) - min(first.refused),
        unit="s",
        at_most=FALLBACK_WITHIN_S,
        raw=f"the last of {len(second.taken)} after {max(second.taken) - min(first.refused):.2f} s, "
        f"{len(first.refused)} refused",
    )


def _not_slowed(bench: Bench, count: int) -> Figure:
    """Compare the time of steps of one model alone, and beside as many of a throttled one."""
    alone, beside = Quota(Allowance(1e6, 1e6)), Quota(Allowance(1e6, 1e6))
    _run(bench, by_model({"quick": alone}), steps(count, "quick"))  # type: ignore[arg-type]
    quotas = {"quick": beside, "slow": Quota(Allowance(PER_S, PER_S))}
    lines = [*steps(count // 4, "slow", name="slow"), *steps(count, "quick")]
    _run(bench, by_model(quotas), lines)  # type: ignore[arg-type]
    return Figure(
        row="limits",
        what=f"{count} steps of a model, beside {count // 4} of a throttled one / alone",
        figure=beside.seconds / alone.seconds,
        unit="x",
        raw=f"{beside.seconds:.2f} s, {alone.seconds:.2f} s",
    )


def _figures(what: str, quota: Quota, ideal: float) -> Iterator[Figure]:
    yield Figure(
        row="limits",
        what=f"{what}: wall time / the quota's own",
        figure=quota.seconds / ideal,
        unit="x",
        at_most=MOST_SLOWER,
        raw=f"{quota.seconds:.2f} s, {ideal:.2f} s",
    )
    yield Figure(
        row="limits",
        what=f"{what}: refused",
        figure=100 * quota.refused_share,
        unit="%",
        at_most=MOST_REFUSED,
        raw=f"{len(quota.refused)} beside {len(quota.taken)} answered",
    )


def _run(
    bench: Bench,
    answer: Callable[[Received], Said],
    lines: Sequence[str],
    *,
    top: str = "x-top: {}",
    processes: int = 1,
) -> None:
    folder = Path(tempfile.mkdtemp(prefix="limits-", dir=bench.fast.path))
    environ = {KEY_VARIABLE: KEY, "XDG_STATE_HOME": str(folder / "state")}
    with scripted_server(answer) as served:
        workflow = folder / "workflow.yaml"
        head = ["name: limits", f"config: {{provider: {served.provider}}}", top, "steps:"]
        workflow.write_text("\n".join([*head, *lines]) + "\n")
        flags = ("run", str(workflow), "--audit-dir", str(folder / "runs"), "--progress", "none")
        with ThreadPoolExecutor(processes) as pool:
            list(pool.map(lambda _: bench.goflow(*flags, env=environ), range(processes)))
