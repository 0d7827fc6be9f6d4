"""Many mock steps, whole process: goflow over the floor, and LangGraph over goflow."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING

from benchmarks.processes import (
    HERE,
    PYTHON,
    CommandFailedError,
    alternate,
    median_ratio,
    medians,
    peer_environment,
    run,
)
from benchmarks.table import Figure
from benchmarks.trees import differences

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from benchmarks.bench import Bench
    from benchmarks.places import Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One shape of one size, run in one place."""

    bench: Bench
    shape: str
    count: int
    workflow: Path
    place: Place

    def goflow_s(self) -> float:
        """Time a goflow run."""
        return self.bench.mock_run(self.workflow, self.place)

    def floor_s(self) -> float:
        """Time the script that only writes."""
        return self.script_s("floor.py", self.bench.empty(self.place))

    def langgraph_s(self) -> float:
        """Time LangGraph."""
        return self.script_s("langgraph_graph.py", self.bench.empty(self.place) / "checkpoints.sqlite")

    def script_s(self, name: str, target: Path) -> float:
        """Time one of the scripts in `peers`."""
        argv = [PYTHON, str(HERE / "peers" / name), self.shape, str(self.count), str(target)]
        home = self.bench.fast.path
        return run(argv, env=peer_environment(home), scratch=home).seconds

    @property
    def where(self) -> str:
        """Name the case in the table."""
        return f"{self.count:,} steps, {self.place.name}"


def measure_fan_out(bench: Bench) -> Iterator[Figure]:
    """Measure the fan-out."""
    return _measure(bench, "fan-out")


def measure_layers(bench: Bench) -> Iterator[Figure]:
    """Measure the layers of 50."""
    return _measure(bench, "layers")


def _measure(bench: Bench, shape: str) -> Iterator[Figure]:
    require_same_trees(bench, shape)
    count = 500 if bench.quick else 10_000
    workflow = bench.write_workflow(shape, count)
    for place in bench.places.values():
        case = Case(bench=bench, shape=shape, count=count, workflow=workflow, place=place)
        times = bench.repeats(place)
        pairs = alternate(times - times // 2, case.goflow_s, case.floor_s)
        wants_langgraph = shape == "fan-out" or place is bench.fast  # the layers on disk would only take time
        langgraph_s = case.langgraph_s() if wants_langgraph and find_spec("langgraph") else None
        pairs += alternate(times // 2, case.goflow_s, case.floor_s)
        yield _over_floor(case, pairs)
        if wants_langgraph:
            yield _under_langgraph(case, langgraph_s, goflow_s=medians(pairs)[0])


def require_same_trees(bench: Bench, shape: str) -> None:
    """Fail unless the floor leaves the tree that goflow leaves."""
    count = 200
    workflow = bench.write_workflow(shape, count)
    case = Case(bench=bench, shape=shape, count=count, workflow=workflow, place=bench.fast)
    folder = bench.empty(bench.fast)
    ours, theirs = folder / "goflow", folder / "floor"
    ours.mkdir()
    theirs.mkdir()
    bench.mock_run_kept(workflow, ours)
    case.script_s("floor.py", theirs)
    if found := differences(ours, theirs):
        raise CommandFailedError(f"the floor's tree is not goflow's: {'; '.join(found[:3])}")


def _over_floor(case: Case, pairs: list[tuple[float, float]]) -> Figure:
    goflow_s, floor_s = medians(pairs)
    return Figure(
        row=case.shape,
        what=f"goflow / floor, {case.where}",
        figure=median_ratio(pairs),
        unit="x",
        at_most=4 if case.place.name == "tmpfs" else None,
        raw=f"goflow {goflow_s:.2f} s, floor {floor_s:.2f} s, pairs: {len(pairs)}",
    )


def _under_langgraph(case: Case, langgraph_s: float | None, *, goflow_s: float) -> Figure:
    raw = "langgraph is not installed here; `make bench` installs it"
    if langgraph_s is not None:
        raw = f"LangGraph {langgraph_s:.1f} s (once, in the middle of the pairs), goflow {goflow_s:.2f} s"
    return Figure(
        row=case.shape,
        what=f"LangGraph / goflow, {case.where}",
        figure=None if langgraph_s is None else langgraph_s / goflow_s,
        unit="x",
        at_least=6,
        raw=raw,
    )
