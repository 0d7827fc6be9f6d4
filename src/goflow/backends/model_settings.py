"""What is asked besides the prompt, in pydantic-ai's words; what a model cannot take is refused."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final, cast

from pydantic_ai.models.openai import OpenAIChatModel, OpenAIResponsesModel

from goflow.workflow import ModelSettings

if TYPE_CHECKING:
    from pydantic_ai.models import Model
    from pydantic_ai.settings import ModelSettings as AskedSettings

_SAMPLING: Final = ("temperature", "top_p", "seed")


def asked_settings(model: Model, settings: ModelSettings) -> AskedSettings:
    """Translate the settings that are set; nothing is retried below us, or added to the prompt."""
    named = {name: getattr(settings, name) for name in (*_SAMPLING, "max_tokens")}
    asked: dict[str, object] = {name: value for name, value in named.items() if value is not None}
    body, effort = dict(settings.extra_body), "thinking"
    if isinstance(model, OpenAIChatModel | OpenAIResponsesModel):
        # pydantic-ai drops what it believes a model not to take; in the body, the provider itself judges it.
        body = {name: named[name] for name in _SAMPLING if asked.pop(name, None) is not None} | body
        effort = "openai_reasoning_effort"
    if settings.reasoning_effort is not None:
        asked[effort] = settings.reasoning_effort
    if settings.extra_headers:
        asked["extra_headers"] = dict(settings.extra_headers)
    if body:
        asked["extra_body"] = body
    if _retries_by_itself(model):
        asked["max_retries"] = 0
    asked["framing_announcement"] = "never"
    return cast("AskedSettings", asked)


def _retries_by_itself(model: Model) -> bool:
    """Whether the library below a model must be told so; `models.never_retry` has told some, once for all."""
    client = getattr(model, "client", None)
    return "max_retries" not in model.unsupported_settings and getattr(client, "max_retries", None) != 0


def refused_settings(model: Model, asked: Mapping[str, object]) -> list[str]:
    """Name the settings that would be dropped in silence, having no place in this model's interface."""
    refused = {str(name) for name in model.unsupported_settings if name in asked}
    if "thinking" in asked and not model.profile.get("supports_thinking", False):
        refused.add("reasoning_effort")
    if model.profile.get("anthropic_disallows_sampling_settings", False):
        refused |= {name for name in ("temperature", "top_p") if name in asked}
    return sorted(refused)
