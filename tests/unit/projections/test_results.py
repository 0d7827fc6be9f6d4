"""What is printed on stdout, byte for byte."""

from __future__ import annotations

import json
from dataclasses import replace

from goflow.planning.plan import Plan
from goflow.projections import RunView, render_results
from goflow.workflow import OutputFormat, OutputSpec
from tests.properties.worlds import plan_of
from tests.unit.projections.runs import fails, not_run, runs, skipped, starts, step, view_of


def plan_with(output_format: OutputFormat, *named: str) -> Plan:
    """Plan five steps, of which the given ones are printed."""
    plan = plan_of(*(step(name) for name in ("zeta", "skip", "fail", "never", "alpha")))
    return replace(plan, output=OutputSpec(steps=named, format=output_format))


def ended(plan: Plan) -> RunView:
    return view_of(
        *runs("alpha", "first\n\nline"),
        skipped("skip"),
        *fails("fail", "HTTP 400"),
        not_run("never", "fail"),
        *runs("zeta", "last 'ä'"),
        plan=plan,
    )


ALL = ("fail", "skip", "never", "alpha")


def test_markdown_is_a_title_and_a_section_a_completed_step_in_the_order_of_the_file() -> None:
    plan = plan_with(OutputFormat.MARKDOWN)

    assert render_results(ended(plan), plan) == (
        "# Workflow Results\n\n## Step: zeta\n\nlast 'ä'\n\n## Step: alpha\n\nfirst\n\nline\n"
    )


def test_markdown_of_named_steps_shows_skipped_and_failed_ones_in_the_order_named() -> None:
    plan = plan_with(OutputFormat.MARKDOWN, *ALL)

    assert render_results(ended(plan), plan) == (
        "# Workflow Results\n\n## Step: fail\n\n*Failed: HTTP 400*\n\n## Step: skip\n\n*Skipped*\n\n"
        "## Step: alpha\n\nfirst\n\nline\n"
    )


def test_plain_and_text_are_the_same_with_a_blank_line_between_steps() -> None:
    for output_format in (OutputFormat.PLAIN, OutputFormat.TEXT):
        plan = plan_with(output_format, *ALL)

        assert render_results(ended(plan), plan) == (
            "=== fail ===\n\n(failed: HTTP 400)\n\n=== skip ===\n\n(skipped)\n\n"
            "=== alpha ===\n\nfirst\n\nline\n"
        )


def test_json_has_an_entry_a_step_and_no_output_where_there_is_none() -> None:
    plan = plan_with(OutputFormat.JSON, *ALL)
    text = render_results(ended(plan), plan)

    assert list(json.loads(text)["steps"].items()) == [
        ("fail", {"status": "failed", "error": "HTTP 400"}),
        ("skip", {"status": "skipped"}),
        ("alpha", {"status": "completed", "output": "first\n\nline"}),
    ]


def test_json_is_indented_keeps_letters_and_ends_its_last_line() -> None:
    plan = plan_with(OutputFormat.JSON, "zeta")

    assert render_results(ended(plan), plan) == (
        '{\n  "steps": {\n    "zeta": {\n      "status": "completed",\n'
        '      "output": "last \'ä\'"\n    }\n  }\n}\n'
    )


def test_a_run_of_which_nothing_completed_prints_an_empty_document() -> None:
    for output_format, text in (
        (OutputFormat.MARKDOWN, "# Workflow Results\n"),
        (OutputFormat.PLAIN, ""),
        (OutputFormat.JSON, '{\n  "steps": {}\n}\n'),
    ):
        plan = plan_with(output_format)

        assert render_results(view_of(starts("alpha"), plan=plan), plan) == text


def test_a_name_that_is_no_step_and_one_that_stands_twice_change_nothing() -> None:
    plan = plan_with(OutputFormat.PLAIN, "nobody", "alpha", "alpha")

    assert render_results(ended(plan), plan) == "=== alpha ===\n\nfirst\n\nline\n"


def test_braces_in_a_failure_stay_as_they_are() -> None:
    plan = plan_with(OutputFormat.PLAIN, "fail")

    assert render_results(view_of(*fails("fail", "{0} {x}")), plan) == "=== fail ===\n\n(failed: {0} {x})\n"
