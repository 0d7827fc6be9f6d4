"""The floor: write the run folder of a mock run, and no more: `SHAPE COUNT FOLDER`.

One thread, no journal, no fsync, nothing scheduled, read or checked: it knows the shape, makes the
prompts and metadata a goflow run would leave, and writes them with the cheapest calls plain Python has
(an unbuffered `open` was twice as fast as one for text). What only the journal needs (`events.jsonl`, the
kept sources) is not written.
"""

from __future__ import annotations

import datetime as dt
import json
import re
import sys
from pathlib import Path

from benchmarks.shapes import SHAPES, Shape, Step, levels

REFERENCE = re.compile(r"\{\{steps\.[\w-]+\.output\}\}")
OUTPUT = "mock output"


def write_run_folder(name: str, shape: Shape, audit: Path) -> None:
    """Write the folder of one run under `audit`."""
    started = dt.datetime.now().astimezone()
    folder = audit / f"{started:%Y-%m-%dT%H-%M-%S}_{name}"
    steps = folder / "steps"
    steps.mkdir(parents=True)
    level_of = levels(shape)
    for step in shape:
        write_step(step, f"{steps}/{level_of[step.id]:02}_{step.id}")
    write(f"{folder}/workflow.meta.json", json.dumps(run_meta(name), indent=2) + "\n")
    write(f"{folder}/final_output.md", final_output(shape))


def write_step(step: Step, folder: str) -> None:
    """Write the three files of one step."""
    Path(folder).mkdir()
    write(f"{folder}/prompt.md", REFERENCE.sub(OUTPUT, step.prompt))
    write(f"{folder}/output.md", OUTPUT)
    write(f"{folder}/step.meta.json", json.dumps(step_meta(step), indent=2) + "\n")


def write(path: str, text: str) -> None:
    """Write one file with as little ceremony as there can be."""
    with open(path, "wb", buffering=0) as file:  # noqa: PTH123 (a Path would cost a tenth more)
        file.write(text.encode())


def final_output(shape: Shape) -> str:
    """Make what goflow prints."""
    return "# Workflow Results\n" + "".join(f"\n## Step: {step.id}\n\n{OUTPUT}\n" for step in shape)


def step_meta(step: Step) -> dict[str, object]:
    """Describe a step that completed."""
    now = utc_now()
    return {
        "step_id": step.id,
        "agent": "worker",
        "agent_file": None,
        "model": None,
        "status": "completed",
        "started_at": now,
        "completed_at": now,
        "duration_seconds": 0.001,
        "output_file": "output.md",
        "depends_on": list(step.depends_on),
    }


def run_meta(name: str) -> dict[str, object]:
    """Describe a run that completed."""
    now = utc_now()
    return {
        "run_id": "r-0123456789ab",
        "workflow_name": name,
        "started_at": now,
        "completed_at": now,
        "status": "completed",
        "inputs": {},
        "config_hash": "0" * 64,
    }


def utc_now() -> str:
    """Write the time as the run folder has it."""
    return f"{dt.datetime.now(dt.UTC):%Y-%m-%dT%H:%M:%S.%f}Z"


def main(shape_name: str, count: str, audit: str) -> None:
    """Write one run folder."""
    write_run_folder(shape_name, SHAPES[shape_name](int(count)), Path(audit))


if __name__ == "__main__":
    main(*sys.argv[1:])
