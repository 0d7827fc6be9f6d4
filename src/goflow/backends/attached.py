"""Files that go with a prompt: as text, as a picture or a document, or not at all."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from pydantic_ai.messages import BinaryContent
from pydantic_ai.models.openai import OpenAIResponsesModel

if TYPE_CHECKING:
    from pydantic_ai.messages import UserContent
    from pydantic_ai.models import Model

    from goflow.backends.base import AttachedFile

_TEXT: Final = re.compile(r"text/.*|image/svg\+xml|application/(.*\+)?(json|xml|yaml|toml|javascript)")
_SEEN: Final = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp", "application/pdf"})
_HEARD: Final = frozenset({"audio/wav", "audio/mpeg"})
_HEARING: Final = frozenset({"openai", "google"})
"""Providers with models that take sound; whether the model that is asked does, it says itself."""


def unfit(model: Model, files: Sequence[AttachedFile]) -> str | None:
    """Return why a file has no place in what a model is asked; None where each has."""
    taken = _SEEN | (_HEARD if _takes_sound(model) else frozenset())
    for file in files:
        if not _TEXT.fullmatch(file.media_type) and file.media_type not in taken:
            kinds = ", ".join(sorted(taken))
            return f"it takes no `{file.media_type}`, which `{file.name}` is; it takes texts, {kinds}"
    return None


def _takes_sound(model: Model) -> bool:
    is_known = any(model.system.startswith(provider) for provider in _HEARING)
    return is_known and not isinstance(model, OpenAIResponsesModel)


def parts_of(file: AttachedFile) -> Sequence[UserContent]:
    """Return a file as parts of a prompt; its text is shown between lines that name it."""
    if _TEXT.fullmatch(file.media_type):
        text = file.content.decode("utf-8", "replace")
        return [f"--- {file.name} ---\n{text}\n--- end of {file.name} ---"]
    return [f"The file {file.name}:", BinaryContent(data=file.content, media_type=file.media_type)]
