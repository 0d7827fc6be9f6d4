"""What a command may import: heavy libraries are paid for only where they are used."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

PROVIDERS = {
    "anthropic",
    "boto3",
    "botocore",
    "google.genai",
    "httpx",
    "httpx2",
    "mcp",
    "openai",
    "pydantic_ai",
}

WORKFLOW = """
name: two-steps
agents:
  writer: {inline: {description: writes, prompt: "You write."}}
steps:
  - {id: first, agent: writer, prompt: "Say something"}
  - {id: second, agent: writer, prompt: "Go on: {{steps.first.output}}", depends_on: [first]}
"""


@pytest.fixture
def workflow() -> str:
    Path("workflow.yaml").write_text(WORKFLOW, encoding="utf-8")
    return "workflow.yaml"


def imported_by(*arguments: str) -> set[str]:
    """Run the command to a good end and return every module that it imported."""
    command = [sys.executable, "-X", "importtime", "-m", "goflow", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    lines = done.stderr.splitlines()
    reports = [line for line in lines if line.startswith("import time:")]
    assert done.returncode == 0, "\n".join(line for line in lines if line not in reports)
    return {report.rpartition("|")[2].strip() for report in reports}


def test_help_imports_no_provider_no_pydantic_no_rich_and_no_yaml() -> None:
    imported = imported_by("--help")

    assert "click" in imported
    assert not imported & (PROVIDERS | {"pydantic", "rich", "yaml"})


def test_validate_imports_no_provider(workflow: str) -> None:
    imported = imported_by("validate", workflow)

    assert "yaml" in imported
    assert not imported & PROVIDERS


def test_a_mock_run_imports_no_provider_and_no_pydantic(workflow: str) -> None:
    imported = imported_by("run", workflow, "--mock")

    assert "asyncio" in imported
    assert not imported & (PROVIDERS | {"pydantic"})


SHADOWED = """
import importlib, json, pkgutil, goflow
public = {name: getattr(goflow, name) for name in goflow.__all__}
modules = [module.name for module in pkgutil.walk_packages(goflow.__path__, "goflow.")]
for module in modules:
    importlib.import_module(module)
shadowed = [name for name, value in public.items() if getattr(goflow, name) is not value]
print(json.dumps({"modules": modules, "public": sorted(public), "shadowed": shadowed}))
"""


def test_importing_every_submodule_leaves_every_public_name_as_it_was() -> None:
    done = subprocess.run([sys.executable, "-c", SHADOWED], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr

    found = json.loads(done.stdout)

    assert "goflow.errors" in found["modules"]
    assert "__version__" in found["public"]
    assert found["shadowed"] == []
