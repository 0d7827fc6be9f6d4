"""The workflow that crash tests kill, and what a run of it must have come to whatever happened to it."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

from goflow.events import AttemptStarted, Event, RunFinished
from goflow.journal.blobs import LONGEST_TEXT
from goflow.journal.reader import read_events
from tests.properties.drive import ended_at_most_once

PARTS = tuple(f"part-{number}" for number in range(10))
LONG = "long " * LONGEST_TEXT
"""An answer that is kept as a blob."""


def workflow(provider: str) -> str:
    steps = [
        {"id": "plan", "prompt": "plan: what is to be done?"},
        *(_part(name) for name in PARTS),
        {"id": "flaky", "prompt": "flaky: try", "depends_on": ["part-0"], "on_error": "continue"},
        {
            "id": "maybe",
            "prompt": "maybe: only if",
            "depends_on": ["part-1"],
            "condition": {"step": "part-1", "contains": "nowhere to be found"},
        },
        {
            "id": "report",
            "prompt": "report: "
            + " ".join(f"{{{{steps.{name}.output}}}}" for name in (*PARTS[:5], "flaky", "maybe")),
            "depends_on": [*PARTS, "flaky", "maybe"],
        },
    ]
    config = f"config: {{max_concurrency: 4, provider: {{{provider}}}}}\n"
    return f"name: course\n{config}steps: {json.dumps(steps)}\n"


def _part(name: str) -> dict[str, object]:
    prompt = f"{name}: of {{{{steps.plan.output}}}}"
    return {"id": name, "prompt": prompt, "depends_on": ["plan"], "retry_count": 2}


SCRIPT = f"""
answers:
  - {{step: plan, delay: 40ms, answer: "the plan"}}
  - step: part-3
    attempts: [{{fail: overloaded, retry_after: 0s, delay: 30ms}}, "late answer of part-3"]
  - {{step: part-5, delay: 30ms, answer: "{LONG}"}}
  - {{step: "part-*", delay: 50ms, answer: "answer of {{{{step}}}}"}}
  - {{step: flaky, delay: 30ms, fail: rejected, message: "never"}}
  - {{step: report, delay: 60ms, answer: "read: {{{{prompt}}}}"}}
"""


def run_in(audit_dir: Path) -> Path | None:
    """Return the folder of the run that has begun there, if one has; earlier ones may not have got so far."""
    begun = [folder for folder in audit_dir.glob("*/") if read_events(folder)]
    assert len(begun) <= 1
    return begun[0] if begun else None


def texts(folder: Path) -> dict[str, bytes]:
    """Return what a run has left for people: prompts and outputs by path."""
    files = [*folder.glob("steps/*/*.md"), folder / "final_output.md"]
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def starts(events: list[Event]) -> Counter[str]:
    """Return how often each step was started."""
    return Counter(event.fact.step for event in events if isinstance(event.fact, AttemptStarted))


def check_run(audit_dir: Path, calm: Path) -> None:
    """The run has ended, each step once, and its folder is that of a run that nothing happened to."""
    folder, undisturbed = run_in(audit_dir), run_in(calm)
    assert folder is not None
    assert undisturbed is not None
    events = read_events(folder)
    assert isinstance(events[-1].fact, RunFinished), events[-1]
    assert ended_at_most_once(events), "a step has ended twice"
    assert texts(folder) == texts(undisturbed), "a prompt or an output is another one"
    assert not list(folder.rglob("*.tmp")), "a file was left half written"
