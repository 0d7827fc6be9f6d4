from __future__ import annotations

from importlib.metadata import version

import goflow


def test_the_installed_distribution_and_the_package_have_one_version() -> None:
    assert goflow.__version__ == version("goflow-ai")
