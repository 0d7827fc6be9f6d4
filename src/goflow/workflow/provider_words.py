"""What the parts of a provider may be: its name, its address, and the variable of its key."""

from __future__ import annotations

import re
from typing import Final

PROVIDERS: Final = (
    *("openai", "anthropic", "google", "azure", "ollama", "vllm", "bedrock", "google-cloud"),
    *("bedrock-mantle", "openai-codex", "snowflake", "groq", "mistral", "cohere", "xai", "huggingface"),
    *("alibaba", "cerebras", "crusoe", "deepseek", "fireworks", "github-copilot", "heroku", "meta"),
    *("moonshotai", "nebius", "openrouter", "ovhcloud", "sambanova", "together", "vercel", "zai"),
    "copilot",
)
"""Every provider that can be asked; `copilot` is the command."""

_ADDRESS: Final = re.compile(r"https?://[^\s/?#]+\S*", re.IGNORECASE)
_VARIABLE: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def is_address(text: str) -> bool:
    """Return whether a text is the address of a server that speaks HTTP."""
    return _ADDRESS.fullmatch(text) is not None


def is_variable(text: str) -> bool:
    """Return whether a text can be the name of an environment variable."""
    return _VARIABLE.fullmatch(text) is not None
