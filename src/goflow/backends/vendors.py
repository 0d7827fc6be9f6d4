"""Which model services there are, as data: the variables of their keys, default models, extras."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from goflow.values import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Vendor:
    """A service by the prefix that names it in `provider:model`.

    Of `key_variables` the first that is set is used; where there are none, the service's own library finds
    its credentials. `package` is what must be importable, `extra` what installs it.
    """

    key_variables: tuple[str, ...] = ()
    needs_key: bool = True
    default_model: str | None = None
    base_url: str | None = None
    base_url_variable: str | None = None
    package: str | None = None
    extra: str | None = None


def _keyed(*names: str) -> Vendor:
    return Vendor(key_variables=names)


VENDORS: Final[Mapping[str, Vendor]] = {
    "openai": Vendor(
        key_variables=("OPENAI_API_KEY",), default_model="gpt-6.1-terra", base_url_variable="OPENAI_BASE_URL"
    ),
    "anthropic": Vendor(
        key_variables=("ANTHROPIC_API_KEY",),
        default_model="claude-sonnet-5-5",
        base_url_variable="ANTHROPIC_BASE_URL",
        package="anthropic",
        extra="pydantic-ai-slim[anthropic]",
    ),
    "google": Vendor(
        key_variables=("GOOGLE_API_KEY", "GEMINI_API_KEY"),
        default_model="gemini-3.8-flash",
        package="google.genai",
        extra="pydantic-ai-slim[google]",
    ),
    "azure": Vendor(key_variables=("AZURE_OPENAI_API_KEY",), base_url_variable="AZURE_OPENAI_ENDPOINT"),
    "ollama": Vendor(
        key_variables=("OLLAMA_API_KEY",),
        needs_key=False,
        base_url="http://localhost:11434/v1",
        base_url_variable="OLLAMA_BASE_URL",
    ),
    "vllm": Vendor(
        key_variables=("VLLM_API_KEY",),
        needs_key=False,
        base_url="http://localhost:8000/v1",
        base_url_variable="VLLM_BASE_URL",
    ),
    "bedrock": Vendor(package="boto3", extra="pydantic-ai-slim[bedrock]"),
    "google-cloud": Vendor(package="google.genai", extra="pydantic-ai-slim[google]"),
    "bedrock-mantle": Vendor(package="botocore", extra="pydantic-ai-slim[bedrock-mantle]"),
    "openai-codex": Vendor(),
    "snowflake": Vendor(),
    "groq": Vendor(key_variables=("GROQ_API_KEY",), package="groq", extra="pydantic-ai-slim[groq]"),
    "mistral": Vendor(
        key_variables=("MISTRAL_API_KEY",), package="mistralai", extra="pydantic-ai-slim[mistral]"
    ),
    "cohere": Vendor(key_variables=("CO_API_KEY",), package="cohere", extra="pydantic-ai-slim[cohere]"),
    "xai": Vendor(key_variables=("XAI_API_KEY",), package="xai_sdk", extra="pydantic-ai-slim[xai]"),
    "huggingface": Vendor(
        key_variables=("HF_TOKEN",), package="huggingface_hub", extra="pydantic-ai-slim[huggingface]"
    ),
    "alibaba": _keyed("ALIBABA_API_KEY", "DASHSCOPE_API_KEY"),
    "cerebras": _keyed("CEREBRAS_API_KEY"),
    "crusoe": _keyed("CRUSOE_API_KEY"),
    "deepseek": _keyed("DEEPSEEK_API_KEY"),
    "fireworks": _keyed("FIREWORKS_API_KEY"),
    "github-copilot": _keyed("GITHUB_COPILOT_API_KEY", "GITHUB_COPILOT_API_TOKEN", "COPILOT_GITHUB_TOKEN"),
    "heroku": _keyed("HEROKU_INFERENCE_KEY"),
    "meta": _keyed("META_API_KEY"),
    "moonshotai": _keyed("MOONSHOTAI_API_KEY"),
    "nebius": _keyed("NEBIUS_API_KEY"),
    "openrouter": _keyed("OPENROUTER_API_KEY"),
    "ovhcloud": _keyed("OVHCLOUD_API_KEY"),
    "sambanova": _keyed("SAMBANOVA_API_KEY"),
    "together": _keyed("TOGETHER_API_KEY"),
    "vercel": _keyed("VERCEL_AI_GATEWAY_API_KEY", "VERCEL_OIDC_TOKEN"),
    "zai": _keyed("ZAI_API_KEY"),
}

PLAIN_VENDORS: Final = ("openai", "anthropic", "google")
"""Vendors that a bare model name can be enough to know, in the order in which their keys are looked for."""

# Names of models that only one vendor gives: the shape, and the vendor.
_PLAIN_NAMES: Final = (
    (re.compile(r"(gpt|chatgpt|codex)-|o\d"), "openai"),
    (re.compile(r"claude-"), "anthropic"),
    (re.compile(r"gemini-"), "google"),
)


def vendor_of_name(model: str) -> str | None:
    """Return the vendor of a bare model name whose vendor is plain."""
    found = (vendor for shape, vendor in _PLAIN_NAMES if shape.match(model.lower()))
    return next(found, None)
