"""Runs that take results, killed on their way: what a run has paid for in any part is not paid again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.flows.goflow_process import goflow, going
from tests.flows.scripted_server import KEY, KEY_VARIABLE, Gate, Said, Scripted, scripted_server, step_of
from tests.model_server import Received, chat

WORKFLOW = """
name: chain
config: {model: m1, provider: PROVIDER}
steps:
  - {id: a, prompt: "a: WORDS"}
  - {id: b, prompt: "b: {{steps.a.output}}", depends_on: [a]}
  - {id: c, prompt: "c: {{steps.b.output}}", depends_on: [b]}
  - {id: x, prompt: "x: alone"}
  - {id: y, prompt: "y: {{steps.x.output}}", depends_on: [x]}
"""


@dataclass
class Model:
    """A model that says the same again, and holds the answers of one step until it is let go on."""

    gate: Gate = field(default_factory=Gate)
    held: str = ""

    def __call__(self, request: Received) -> Said:
        reply = chat(f"the answer of {step_of(request)}")
        return self.gate.hold(reply) if step_of(request) == self.held else reply


@dataclass(frozen=True, kw_only=True)
class Trial:
    served: Scripted
    model: Model

    def write(self, words: str = "ships") -> None:
        text = WORKFLOW.replace("PROVIDER", self.served.provider).replace("WORDS", words)
        Path("w.yaml").write_text(text, encoding="utf-8")

    def asked_by(self, *arguments: str) -> list[str]:
        """Run the command; return the steps whose requests the server has seen meanwhile, by name."""
        before = len(self.served.server.received)
        done = goflow(*arguments, "--progress", "none", "-o", "out.md")
        assert done.code == 0, done.stderr
        return sorted(map(step_of, self.served.server.received[before:]))

    def kill_at(self, step: str, *arguments: str) -> None:
        """Run the command until a step is asked, and kill it then."""
        self.model.held = step
        with going(*arguments, "--progress", "none", "-o", "out.md"):
            self.model.gate.wait_until_reached()
        self.model.held = ""
        self.model.gate.reached.clear()


@pytest.fixture
def trial(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Trial]:
    monkeypatch.setenv(KEY_VARIABLE, KEY)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    model = Model()
    with scripted_server(model) as served:
        trial = Trial(served=served, model=model)
        trial.write()
        yield trial
        served.release(model.gate)


@pytest.mark.parametrize(
    ("words", "flags", "asked"),
    [
        ("boats", (), ["a"]),
        ("rafts", ("--allow-changed",), ["a"]),
        ("ships", ("--allow-changed",), []),
    ],
    ids=["as it was edited", "edited once more", "put back"],
)
def test_a_resume_with_changed_files_that_was_killed_loses_no_result(
    trial: Trial, words: str, flags: tuple[str, ...], asked: list[str]
) -> None:
    trial.asked_by("run", "w.yaml")
    trial.write("boats")
    trial.kill_at("a", "resume", "@last", "--allow-changed")

    trial.write(words)

    assert trial.asked_by("resume", "@last", *flags) == asked


def test_a_rerun_that_was_killed_and_goes_on_with_changed_files_still_takes_from_the_earlier_run(
    trial: Trial,
) -> None:
    trial.asked_by("run", "w.yaml")
    trial.kill_at("a", "rerun", "@last", "--from", "a", "-j", "1")

    trial.write("boats")

    assert trial.asked_by("resume", "@last", "--allow-changed") == ["a", "b", "c"]


def test_what_a_killed_rerun_was_told_to_ask_does_not_come_from_the_cache(trial: Trial) -> None:
    trial.asked_by("run", "w.yaml", "--cache")
    trial.kill_at("a", "rerun", "@last", "--from", "a", "--cache")

    assert trial.asked_by("resume", "@last") == ["a", "b", "c"]
