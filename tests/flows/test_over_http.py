"""Whole runs of the installed command against a real HTTP server."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from llmock.pytest_plugin import LLMock

from tests.flows.goflow_process import Done, goflow

SEED = Path(__file__).parent / "cases" / "seed"
KEY = "sk-canary-of-the-environment"


@pytest.fixture
def asked(llmock: LLMock) -> dict[str, str]:
    """Return the environment in which OpenAI is the server of the test."""
    return {"OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": llmock.base_url("openai"), "NO_PROXY": "127.0.0.1"}


def first_requests(llmock: LLMock) -> list[object]:
    """Return the requests that begin a conversation; those after a call of a tool go on with one."""
    bodies = [request.body["messages"] for request in llmock.requests]
    return [body for body in bodies if all(message["role"] != "tool" for message in body)]


def run_seed(name: str, asked: dict[str, str], *flags: str) -> Done:
    shutil.copy(SEED / name / f"{name}.yaml", Path.cwd())
    return goflow("run", "--workflow", f"{name}.yaml", "-m", "openai:gpt-4o-mini", *flags, environ=asked)


def test_the_pages_fan_out_runs_over_http_and_says_what_the_page_says(
    llmock: LLMock, asked: dict[str, str]
) -> None:
    done = run_seed("fan-out-fan-in", asked, "--verbose")
    said = [line for line in done.stderr.splitlines() if line.startswith("[INFO]")]

    assert done.code == 0, done.stderr
    assert [line for line in said if "Step:" not in line][:-1] == [
        "[INFO] Loading workflow: fan-out-fan-in.yaml",
        "[INFO] Starting workflow: multi-reviewer",
        "[INFO] Level 0: prepare",
        "[INFO] Level 1: security-review, perf-review, a11y-review",
        "[INFO] Level 2: final-report",
    ]
    assert said[-1].startswith("[INFO] Workflow completed in ")
    assert done.stdout.startswith(b"# Workflow Results\n\n## Step: final-report\n\n")
    assert len(first_requests(llmock)) == 5


@pytest.mark.parametrize(("name", "requests"), [("levels", 5), ("with-shared-memory", 2)])
def test_the_pages_other_workflows_run_over_http(
    llmock: LLMock, asked: dict[str, str], name: str, requests: int
) -> None:
    done = run_seed(name, asked, "--stream")

    assert done.code == 0, done.stderr
    assert len(first_requests(llmock)) == requests
    assert "note:" not in done.stderr


def test_a_step_that_is_told_to_wait_does_so_within_its_attempt_and_the_key_is_nowhere(
    llmock: LLMock, asked: dict[str, str]
) -> None:
    llmock.rate_limit(times=1, retry_after=2)
    Path("one.yaml").write_text("name: one\nsteps:\n  - {id: a, prompt: hello}\n", encoding="utf-8")
    done = goflow("run", "one.yaml", "-m", "openai:gpt-4o-mini", "--json", environ=asked)
    events = [json.loads(line) for line in done.stdout.splitlines()]

    assert done.code == 0, done.stderr
    told = ("attempt", "call", "step")
    assert [event["type"] for event in events if event["type"].startswith(told)] == [
        "attempt.started",
        "call.throttled",
        "call.admitted",
        "step.completed",
    ]
    completed = next(event for event in events if event["type"] == "step.completed")
    assert completed["usage"]["requests"] == 2
    written = [path.read_bytes() for path in Path(".workflow-runs").rglob("*") if path.is_file()]
    assert KEY.encode() not in b"".join((*written, done.stdout, done.stderr.encode()))


def test_a_key_that_is_refused_ends_with_4_and_resume_goes_on_with_a_good_one(
    llmock: LLMock, asked: dict[str, str]
) -> None:
    llmock.fail(401, times=1)
    Path("one.yaml").write_text("name: one\nsteps:\n  - {id: a, prompt: hello}\n", encoding="utf-8")
    refused = goflow("run", "one.yaml", "-m", "openai:gpt-4o-mini", environ=asked)
    again = goflow("resume", "@last", environ=asked)

    assert refused.code == 4, refused.stderr
    assert again.code == 0, again.stderr
    assert len(llmock.requests) == 2
