"""The floor: write the run folder of a mock run, and no more: `SHAPE COUNT FOLDER`.

One thread, no journal, no fsync, nothing scheduled, read or checked: it knows the shape, makes the texts a
goflow run would leave, and writes them with the cheapest calls plain Python has (`open` for text took twice
as long as `os.open` of a relative name). What the journal needs (its lines, its long texts, the sources
kept by digest) is not written.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
import re
import sys
from pathlib import Path

from benchmarks.shapes import SHAPES, Shape, Step, as_yaml, levels

REFERENCE = re.compile(r"\{\{steps\.[\w-]+\.output\}\}")
OUTPUT = "mock output"


def write_run_folder(name: str, shape: Shape, audit: Path) -> None:
    """Write the folder of one run under `audit`."""
    folder = audit / f"{dt.datetime.now().astimezone():%Y-%m-%dT%H-%M-%S}_{name}"
    (folder / "steps").mkdir(parents=True)
    os.chdir(folder)
    level_of = levels(shape)
    for step in shape:
        write_step(step, f"steps/{level_of[step.id]:02}_{step.id}")
    source = as_yaml(name, shape)
    write("workflow.yaml", source)
    write("workflow.meta.json", run_meta(name, source))
    write("final_output.md", final_output(shape))


def write_step(step: Step, folder: str) -> None:
    """Write the three files of one step."""
    os.mkdir(folder)  # noqa: PTH102 - as cheap as can be
    write(f"{folder}/prompt.md", REFERENCE.sub(OUTPUT, step.prompt))
    write(f"{folder}/output.md", OUTPUT)
    write(f"{folder}/step.meta.json", step_meta(step))


def write(path: str, text: str) -> None:
    """Write one file with as little ceremony as there can be."""
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o666)
    os.write(file, text.encode())
    os.close(file)


def final_output(shape: Shape) -> str:
    """Make what goflow prints."""
    return "# Workflow Results\n" + "".join(f"\n## Step: {step.id}\n\n{OUTPUT}\n" for step in shape)


def step_meta(step: Step) -> str:
    """Describe a step that completed."""
    now = utc_now()
    needs = ", ".join(f'"{need}"' for need in step.depends_on)
    return f"""{{
  "step_id": "{step.id}",
  "agent": "worker",
  "agent_file": "",
  "model": "",
  "status": "completed",
  "started_at": "{now}",
  "completed_at": "{now}",
  "duration_seconds": 0.001,
  "output_file": "output.md",
  "depends_on": [{needs}],
  "condition": null,
  "condition_result": null,
  "skip_reason": "",
  "session_id": "",
  "error": "",
  "interactive": false
}}
"""


def run_meta(name: str, source: str) -> str:
    """Describe a run that completed."""
    meta = {
        "run_id": "r-0123456789ab",
        "workflow_name": name,
        "started_at": utc_now(),
        "completed_at": utc_now(),
        "status": "completed",
        "inputs": {},
        "config_hash": hashlib.sha256(source.encode()).hexdigest(),
    }
    return json.dumps(meta, indent=2) + "\n"


def utc_now() -> str:
    """Write the time as the run folder has it."""
    return dt.datetime.now(dt.UTC).isoformat(timespec="milliseconds")[:23] + "Z"


def main(shape_name: str, count: str, audit: str) -> None:
    """Write one run folder."""
    write_run_folder(shape_name, SHAPES[shape_name](int(count)), Path(audit))


if __name__ == "__main__":
    main(*sys.argv[1:])
