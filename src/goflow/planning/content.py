"""What a step's answer follows from, as named texts: two steps with the same content need one answer.

Never keys, clocks or ids of runs: the same work must look the same in every run.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import fields
from hashlib import sha256
from typing import TYPE_CHECKING, TypeAlias

from goflow.templating import InputRef

if TYPE_CHECKING:
    from goflow.planning.plan import Plan, PlannedStep
    from goflow.workflow import ModelSettings

Content: TypeAlias = Mapping[str, str]
"""The parts by name, such as `prompt` or `models`; `explain` shows which of them differ."""


def content_of(planned: PlannedStep, *, system: str, prompt: str, upstream: Iterable[str]) -> Content:
    """Return a step's content: its texts as rendered, without secrets, and the outputs of what it needs."""
    return {
        "system": system,
        "prompt": prompt,
        "upstream": _json([*map(_digest, upstream)]),
        **_fixed(planned),
    }


def written_content(planned: PlannedStep, plan: Plan) -> Content:
    """Return what of a step's content is known before a run: its texts with the inputs filled in."""
    inputs = {**plan.inputs, **dict.fromkeys(plan.secret_inputs, "")}
    return {
        **secrets_named(planned, plan),
        "system": planned.agent.system.render_inputs(inputs),
        "prompt": planned.prompt.render_inputs(inputs),
        "needs": _json(planned.needs),
        "condition": repr(planned.condition),
        "truncate": repr(plan.bound),
        "memory": repr(plan.memory),
        **_fixed(planned),
    }


def secrets_named(planned: PlannedStep, plan: Plan) -> Content:
    """Return which secrets a step's texts insert, in their order, if any: rendered, all look the same."""
    refs = (*planned.agent.system.refs, *planned.prompt.refs)
    names = [ref.name for ref in refs if isinstance(ref, InputRef) and ref.name in plan.secret_inputs]
    return {"secret inputs": _json(names)} if names else {}


def fingerprint_of(content: Content) -> str:
    """Return a digest of a content, the same in every process."""
    return _digest(_json(content))


def _fixed(planned: PlannedStep) -> dict[str, str]:
    """Return the parts that no run changes."""
    return {
        "agent": planned.agent.name,
        "models": _json(_named(planned.models)),
        "settings": "" if planned.settings is None else _json(_set(planned.settings)),
        "tools": "every tool" if planned.agent.tools is None else _json(planned.agent.tools),
        "output_schema": "" if planned.output_schema is None else _json(planned.output_schema),
        "attachments": _json([(file.name, file.digest) for file in planned.attachments]),
        "interactive": _json(planned.interactive),
    }


def _named(models: Iterable[str | None]) -> list[str | None]:
    """Return the models that are named; the provider's default counts where it is the only one.

    Whether a provider has a default, only its environment tells, and no plan that is made again knows of it.
    """
    return [model for model in models if model is not None] or [None]


def _set(settings: ModelSettings) -> dict[str, object]:
    """Return the settings that were given; headers may hold keys, so they count by their names alone."""
    given = {field.name: getattr(settings, field.name) for field in fields(settings)}
    headers = sorted(settings.extra_headers)
    return {name: value for name, value in given.items() if value not in (None, {})} | {
        "extra_headers": headers
    }


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=True, sort_keys=True, separators=(",", ":"))


def _digest(text: str) -> str:
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
