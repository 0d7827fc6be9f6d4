"""Run multi-agent LLM workflows from YAML."""

from __future__ import annotations

from goflow._version import __version__

__all__ = ["__version__"]
