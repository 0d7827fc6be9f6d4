"""Run a shape as a static LangGraph graph with its SQLite checkpointer: `SHAPE COUNT DATABASE`.

Where LangGraph offers a choice, the one that is fastest here: plain edges (a join by a list of edges
stored 680 MB for the fan-out and took half as long again; both shapes keep their meaning, as all that a
step needs ends in the superstep before it), a reducer that updates in place (one that copies is
quadratic), synchronous nodes, and the default durability.
"""

from __future__ import annotations

import sqlite3
import sys
from typing import Annotated, TypedDict

from langgraph.checkpoint.sqlite import SqliteSaver
from langgraph.graph import START, StateGraph

from benchmarks.shapes import SHAPES, Step


def merge(known: dict[str, str], new: dict[str, str]) -> dict[str, str]:
    """Add the new outputs to the known ones."""
    known.update(new)
    return known


class State(TypedDict):
    """What the graph carries: each step's output."""

    outputs: Annotated[dict[str, str], merge]


def add_step(graph: StateGraph[State], step: Step) -> None:
    """Add a node that answers at once, and an edge for each step it needs."""

    def answer(state: State) -> State:
        return {"outputs": {step.id: "mock output"}}

    graph.add_node(step.id, answer)
    for need in step.depends_on or (START,):
        graph.add_edge(need, step.id)


def main(shape_name: str, count: str, database: str) -> None:
    """Build, compile and run; every step must have answered."""
    shape = SHAPES[shape_name](int(count))
    saver = SqliteSaver(sqlite3.connect(database, check_same_thread=False))
    graph = StateGraph(State)
    for step in shape:
        add_step(graph, step)
    end = graph.compile(checkpointer=saver).invoke(
        {"outputs": {}}, {"configurable": {"thread_id": "1"}, "recursion_limit": len(shape) + 2}
    )
    if len(end["outputs"]) != len(shape):
        sys.exit(f"{len(end['outputs'])} of {len(shape)} steps answered")


if __name__ == "__main__":
    main(*sys.argv[1:])
