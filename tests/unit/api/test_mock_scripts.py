from __future__ import annotations

from goflow.api.mock_scripts import stray_rules
from goflow.backends.mock_parser import parse_script
from goflow.problems import Problem
from goflow.workflow import AgentStep, Workflow


def warnings_of(script: str, *steps: str) -> list[Problem]:
    workflow = Workflow(name="w", steps=tuple(AgentStep(id=step, prompt="x") for step in steps))
    return list(stray_rules(parse_script(script, "mock.yaml"), workflow))


def test_a_rule_for_a_step_that_is_not_there_is_a_warning() -> None:
    script = "answers:\n  - {step: scna, answer: x}\n  - {step: [scan, 'no-*', scna], answer: y}\n"

    assert [(each.code, each.severity, each.message, each.help) for each in warnings_of(script, "scan")] == [
        (
            "GF607",
            "warning",
            "the mock script has a rule for step `scna`, which the workflow does not have",
            "did you mean `scan`?",
        ),
        (
            "GF607",
            "warning",
            "the mock script has a rule for step `no-*`, which the workflow does not have",
            "steps: scan",
        ),
    ]


def test_a_pattern_that_fits_a_step_and_a_rule_for_any_step_are_none() -> None:
    assert not warnings_of("answers:\n  - {step: 's?an*', answer: x}\n  - {agent: a, answer: y}\n", "scan")


def test_with_very_many_names_the_nearest_is_not_looked_for() -> None:
    rules = "".join(f"  - {{step: other-{number}, answer: x}}\n" for number in range(200))
    steps = [f"step-{number}" for number in range(100)]

    found = warnings_of(f"answers:\n{rules}", *steps)

    assert (len(found), {each.help for each in found}) == (200, {None})
