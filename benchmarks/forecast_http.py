"""Forecasts by `goflow plan` held to whole processes over HTTP, each by the runs before it alone."""

from __future__ import annotations

import contextlib
import json
import random
import statistics
import subprocess
from typing import TYPE_CHECKING, Any

from benchmarks.processes import HERE, PYTHON
from benchmarks.table import Figure

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from benchmarks.bench import Bench

MODEL = "gpt-5-mini"
SIGMA, RUN_SIGMA = 0.5, 0.2
LEARNED, FRESH = 10, 80
PARTS, SLOTS = 12, 4
MEDIAN_S = 0.25


def measure(bench: Bench) -> Iterator[Figure]:
    """Run a map-reduce often enough to learn; then forecast each further run before it begins."""
    learned, fresh = (3, 4) if bench.quick else (LEARNED, FRESH)
    with serving() as port:
        world = Processes(bench, port)
        for _ in range(learned):
            world.run()
        pairs = [(world.forecast(), world.run()) for _ in range(fresh)]
    for what, key in (("cost", "cost_usd"), ("wall time", "seconds")):
        ranges = [(expected[key]["low"], expected[key]["high"]) for expected, _ in pairs]
        seen = [run[key] for _, run in pairs]
        ratio = statistics.median(high / low for low, high in ranges)
        yield Figure(
            row="forecast",
            what=f"{what}, real runs over HTTP: share in the range",
            figure=statistics.fmean(
                low <= value <= high for (low, high), value in zip(ranges, seen, strict=True)
            ),
            unit="",
            at_least=0.9,
            raw=f"{learned} runs learned from, {fresh} fresh; median high / low {ratio:.2f}, last range "
            f"{ranges[-1][0]:.4g} to {ranges[-1][1]:.4g}, seen {min(seen):.4g} to {max(seen):.4g}",
        )


class Processes:
    """A workflow whose steps take other times and tokens in each run, as its inputs say."""

    def __init__(self, bench: Bench, port: int) -> None:
        self._bench = bench
        self._chance = random.Random("runs over HTTP")
        self._steps = ["split", *(f"part-{k}" for k in range(PARTS)), "merge"]
        self._usual = {step: (MEDIAN_S * self._factor(0.5), 1500 * self._factor(0.5)) for step in self._steps}
        self._workflow = self._write(port)
        self._audit = bench.empty(bench.fast)
        self._env = {"XDG_STATE_HOME": str(bench.fast.path / "state-forecast"), "BENCH_KEY": "x"}

    def run(self) -> dict[str, float]:
        """Run it once; return what it cost and how long it took."""
        slower, larger = self._factor(RUN_SIGMA), self._factor(RUN_SIGMA)
        flags = [word for step in self._steps for word in ("-i", self._input(step, slower, larger))]
        self._bench.goflow(
            "run",
            str(self._workflow),
            "--audit-dir",
            str(self._audit),
            "--progress",
            "none",
            *flags,
            env=self._env,
        )
        listed = self._bench.goflow("runs", "--json", "-n", "1", "--audit-dir", str(self._audit))
        entry = json.loads(listed.stdout)
        return {"cost_usd": entry["usage"]["cost_usd"], "seconds": entry["active_seconds"]}

    def forecast(self) -> dict[str, Any]:
        """Return the forecast for programs."""
        flags = [word for step in self._steps for word in ("-i", f"{step}=delay=0.1 in=500 out=500")]
        told = self._bench.goflow("plan", str(self._workflow), "--format", "json", *flags, env=self._env)
        found: dict[str, Any] = json.loads(told.stdout)["forecast"]
        return found

    def _factor(self, sigma: float) -> float:
        return self._chance.lognormvariate(0, sigma)

    def _input(self, step: str, slower: float, larger: float) -> str:
        delay_s, tokens = self._usual[step]
        delay_s *= slower * self._factor(SIGMA)
        half = round(tokens * larger * self._factor(SIGMA) / 2)
        return f"{step}=delay={delay_s:.3f} in={half} out={half}"

    def _write(self, port: int) -> Path:
        parts = self._steps[1:-1]
        needs = {"split": "", "merge": ", ".join(parts)}
        url = f"http://127.0.0.1:{port}/v1"
        provider = f"{{type: openai, base_url: '{url}', api_key_env: BENCH_KEY}}"
        lines = [
            "name: forecast",
            f"config: {{model: {MODEL}, max_concurrency: {SLOTS}, provider: {provider}}}",
            "agents: {worker: {inline: {prompt: You work., tools: []}}}",
            "inputs:",
            *(f"  {step}: {{default: ''}}" for step in self._steps),
            "steps:",
            *(
                f"  - {{id: {step}, agent: worker, prompt: '{{{{inputs.{step}}}}}', "
                f"depends_on: [{needs.get(step, 'split')}]}}"
                for step in self._steps
            ),
        ]
        path = self._bench.fast.path / "forecast.yaml"
        path.write_text("\n".join(lines) + "\n")
        return path


@contextlib.contextmanager
def serving() -> Iterator[int]:
    """Start the server, and stop it at the end of the block."""
    argv = [PYTHON, "-I", str(HERE / "forecast_server.py")]
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        try:
            yield int(process.stdout.readline())
        finally:
            process.communicate()
