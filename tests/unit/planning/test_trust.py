from __future__ import annotations

from dataclasses import replace

import pytest

from goflow.planning.plan import Plan
from goflow.planning.trust import wants_trust
from goflow.workflow import AgentStep, Permissions
from goflow.workflow.permissions import read_rule
from tests.properties.worlds import plan_of


def plan_with(*layers: Permissions, tools: tuple[str, ...] | None = None) -> Plan:
    plan = plan_of(AgentStep(id="a", prompt="x"), AgentStep(id="b", prompt="x"))
    steps = {
        name: replace(step, permissions=layers, agent=replace(step.agent, tools=tools))
        for name, step in plan.steps.items()
    }
    return replace(plan, steps=steps)


def allowing(*rules: str) -> Permissions:
    return Permissions(allow=tuple(read_rule(rule) for rule in rules))


@pytest.mark.parametrize("rule", ["view", "read", "fetch_webpage(example.org)", "web", "ask_user", "talk"])
def test_reading_talking_and_the_web_take_no_trust(rule: str) -> None:
    assert wants_trust(plan_with(allowing(rule), tools=("view", "server/tool"))) == ()


@pytest.mark.parametrize("rule", ["bash(git *)", "run", "edit(src/**)", "write", "*", "mytools:count"])
def test_writing_running_and_what_is_not_known_take_trust(rule: str) -> None:
    assert wants_trust(plan_with(allowing(rule))) == (f"allow `{rule}`",)


def test_the_network_and_functions_take_trust_and_each_is_said_once() -> None:
    plan = plan_with(Permissions(network=True), Permissions(network=False), tools=("mytools:count", "view"))

    assert wants_trust(plan) == ("let commands use the network", "run the Python function `mytools:count`")


@pytest.mark.parametrize(
    ("folder", "takes_trust"),
    [
        ("more", False),
        ("./a/b..c", False),
        ("/root", True),
        ("../up", True),
        ("a/../../b", True),
        ("~/x", True),
    ],
)
def test_a_folder_elsewhere_takes_trust(folder: str, takes_trust: bool) -> None:  # noqa: FBT001 - of the table
    plan = plan_with()
    steps = {name: replace(step, extra_dirs=(folder,)) for name, step in plan.steps.items()}

    assert wants_trust(replace(plan, steps=steps)) == (
        (f"let tools read and write in `{folder}`",) if takes_trust else ()
    )


def test_what_is_asked_about_or_denied_takes_none() -> None:
    rules = (read_rule("bash"),)

    assert wants_trust(plan_with(Permissions(ask=rules, deny=rules))) == ()
