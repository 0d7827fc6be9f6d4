"""Cases, run: who answers, what goes wrong on purpose, and that nothing is left of it."""

from __future__ import annotations

import asyncio
import json
import time
from pathlib import Path

import pytest

from goflow.api.cases import CaseResult, find_case_files, read_case_files, run_case
from goflow.api.cases.functions import judge
from goflow.events import MemoryWritten, ToolReturned
from goflow.problems import Span
from goflow.workflow.case import Passes, Satisfies

AT = Span(file="a.test.yaml", line=1, column=1)
WORKFLOW = """
name: digest
config: {shared_memory: {enabled: true, inject_into_prompt: true}, cache: {ttl: 1h}, model: first}
inputs: {topic: {default: ships}}
agents: {writer: {inline: {prompt: Write., model: [m1, m2]}}}
steps:
  - {id: plan, agent: writer, prompt: "Plan {{inputs.topic}}", retry_count: 2, timeout: 30s}
  - id: facts
    agent: writer
    prompt: "Facts of {{steps.plan.output}}"
    depends_on: [plan]
    on_error: continue
    output_schema: {type: object, required: [n], properties: {n: {type: integer}}}
  - {id: write, agent: writer, prompt: "Write {{steps.facts.output}}", depends_on: [facts]}
"""


def results_of(*cases: str, seed: int | None = None) -> list[CaseResult]:
    Path("digest.yaml").write_text(WORKFLOW, encoding="utf-8")
    text = "".join(f"  - {{{case}}}\n" for case in cases)
    Path("digest.test.yaml").write_text(f"cases:\n{text}", encoding="utf-8")
    [file] = read_case_files(find_case_files([]), home=Path.home(), seed=seed)

    async def run_all() -> list[CaseResult]:
        return [await run_case(case) for case in file.cases]

    return asyncio.run(run_all())


def missed(*cases: str) -> list[str]:
    return [miss.message for result in results_of(*cases) for miss in result.misses]


def attempts(result: CaseResult) -> dict[str, list[str]]:
    """Return the models asked in turn, by step."""
    return {step.id: [each.model or "" for each in step.attempts] for step in result.run.view.steps.values()}


def test_stubs_answer_and_steps_without_one_get_an_answer_made_for_them() -> None:
    [result] = results_of("stubs: {plan: three parts}, expect: {status: completed}")

    assert result.misses == ()
    assert result.run.outputs == {"plan": "three parts", "facts": '{"n":0}', "write": "stub output of write"}


def test_a_mock_script_answers_as_it_does_in_a_run() -> None:
    Path("script.yaml").write_text("answers: [{step: facts, answer: '{\"n\": 1}'}]", encoding="utf-8")
    [result] = results_of("mock: script.yaml, expect: {status: completed}")

    assert result.run.outputs == {"plan": "mock output", "facts": '{"n":1}', "write": "mock output"}


def test_inputs_of_a_case_are_those_of_its_run_and_a_file_of_the_workflow_can_be_one() -> None:
    Path("topic.txt").write_text("harbours", encoding="utf-8")

    assert (
        missed(
            "inputs: {topic: boats}, expect: {steps: {plan: {prompt: Plan boats}}}",
            "inputs: {topic: '@topic.txt'}, expect: {steps: {plan: {prompt: Plan harbours}}}",
            "expect: {steps: {plan: {prompt: Plan ships}}}",
        )
        == []
    )


def test_faults_are_met_by_retries_other_models_and_error_policies() -> None:
    [tried, limited, moved, spoilt] = results_of(
        "chaos: 'drop@50%:plan', seed: 0, expect: {steps: {plan: {output: stub output of plan}}}",
        "chaos: '429:plan', expect: {steps: {plan: {status: failed}}}",
        "stubs: {plan: [{fail: quota_exhausted}, fine]}, expect: {steps: {plan: {output: fine}}}",
        "chaos: badjson:facts, stubs: {facts: {n: 3}},"
        " expect: {exit_code: 0, steps: {facts: {status: failed}, write: {status: completed}}}",
    )

    assert [result.misses for result in (tried, limited, moved, spoilt)] == [(), (), (), ()]
    assert len(attempts(tried)["plan"]) == 1 + len(tried.case.met) > 1
    assert attempts(limited)["plan"] == ["m1", "m2", "first", "", "", ""]
    assert attempts(moved)["plan"] == ["m1", "m2"]


def test_waits_take_no_time_and_timeouts_count_them() -> None:
    started = time.monotonic()
    [slow, late] = results_of(
        "stubs: {plan: {fail: rate_limited, retry_after: 4s, times: 2, answer: at last}},"
        " expect: {steps: {plan: {output: at last}}}",
        "stubs: {plan: {answer: too late, delay: 1h}}, expect: {steps: {plan: {status: failed}}}",
    )

    assert (slow.misses, late.misses) == ((), ())
    assert slow.run.view.active_ms >= 8000
    assert late.run.view.active_ms == 30_000
    assert time.monotonic() - started < 30


def test_the_same_seed_disturbs_the_same_attempts_and_another_one_others() -> None:
    cases = [f"name: {n}, chaos: 429@40%, seed: {n % 2}, expect: {{exit_code: 0}}" for n in range(4)]
    met = [result.case.met for result in results_of(*cases)]
    forced = [result.case.met for result in results_of(*cases, seed=0)]

    assert met[0] == met[2] != met[1] == met[3]
    assert forced == [met[0]] * 4


def test_nothing_is_left_of_a_run_and_none_is_taken_from_an_earlier_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-canary")
    before = sorted(Path.home().rglob("*"))
    first, again = results_of(
        "name: one, stubs: {'*': '{\"n\":1}'}, expect: {status: completed}",
        "name: two, stubs: {'*': '{\"n\":2}'}, expect: {status: completed}",
    )

    left = {path.name for path in Path.home().rglob("*")} - {path.name for path in before}
    assert left == {"digest.yaml", "digest.test.yaml"}
    assert (first.run.outputs["facts"], again.run.outputs["facts"]) == ('{"n":1}', '{"n":2}')
    assert first.run.folder is None
    assert first.case.prepared.host.environ == {}
    assert {step.cache for step in first.run.plan.steps.values()} == {None}


def test_calls_of_a_script_read_and_talk_for_real_and_act_on_nothing() -> None:
    Path("notes.txt").write_text("the harbour\n", encoding="utf-8")
    calls = [
        {"tool": "view", "arguments": {"path": "notes.txt"}},
        {"tool": "write_memory", "arguments": {"text": "seen"}},
        {"tool": "create_file", "arguments": {"path": "made.txt", "content": "x"}},
        {"tool": "bash", "arguments": {"command": "touch made-too.txt"}},
        {"tool": "view", "arguments": {"path": "/etc/passwd"}},
    ]
    [result] = results_of(
        f"stubs: {{plan: {{answer: 'so: {{{{result}}}}', calls: {json.dumps(calls)}}}}},"
        " expect: {steps: {write: {prompt: {contains: seen}}}}"
    )

    facts = [event.fact for event in result.run.events]
    returned = [fact for fact in facts if isinstance(fact, ToolReturned)]
    assert result.misses == ()
    assert "the harbour" in returned[0].result
    assert [fact.result for fact in returned[2:4]] == ["stub result of create_file", "stub result of bash"]
    assert returned[4].is_error
    assert [fact.text for fact in facts if isinstance(fact, MemoryWritten)] == ["seen"]
    assert not list(Path.cwd().glob("made*"))


def test_a_question_that_nobody_answers_leaves_the_run_waiting() -> None:
    assert (
        missed(
            "stubs: {plan: {answer: 'so {{answer}}', ask: {question: Which?}}},"
            " expect: {status: waiting, exit_code: 5, skipped: []}"
        )
        == []
    )


FUNCTIONS = """
def holds(text): return len(text)
def fails(text): return ""
def nothing(text): pass
def asserts(text):
    assert "z" in text, "no z"
    return True
def bare(text): assert "z" in text
def breaks(text): raise KeyError(text)
def leaves(text): raise SystemExit(3)
class Odd:
    def __bool__(self): raise ValueError("odd")
def odd(text): return Odd()
"""


@pytest.mark.parametrize(
    ("name", "complaint"),
    [
        ("holds", None),
        ("fails", "the function gives no reason"),
        ("nothing", "it returned `None`; what is true says that the text is right"),
        ("asserts", "no z"),
        ("bare", "the function gives no reason"),
        ("breaks", "`judging:breaks` failed: KeyError: 'text'"),
        ("leaves", "`judging:leaves` failed: SystemExit: 3"),
        ("odd", "`judging:odd` returned what is neither true nor false: ValueError: odd"),
    ],
)
def test_a_function_says_what_it_has_against_a_text(name: str, complaint: str | None) -> None:
    Path("checks").mkdir()
    Path("checks/judging.py").write_text(FUNCTIONS, encoding="utf-8")

    check = Passes(function=f"judging:{name}", folder="checks", at=AT)
    try:
        assert judge(check, "text") == complaint
    finally:
        forget("judging")


def forget(module: str) -> None:
    import sys

    del sys.modules[module]


def test_a_schema_says_what_it_has_against_a_text() -> None:
    check = Satisfies(schema={"type": "object", "required": ["n"]}, at=AT)

    assert judge(check, '{"n": 1}') is None
    assert judge(check, "{}") is not None
    assert str(judge(check, "no")).startswith("the answer is not JSON")
