"""Secrets of a run: what must be masked, and how a secret input is recognised again on resume."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from typing import TYPE_CHECKING, Final

from goflow.errors import UsageError
from goflow.events import SecretInput

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from goflow.api.prepare import Prepared
    from goflow.events import RunCreated
    from goflow.planning.plan import Plan


SHORTEST_KEY: Final = 8
"""A shorter key is a stand-in, as local servers want one (`ollama`, `none`): a word that answers hold."""


def secret_values(prepared: Prepared) -> list[str]:
    """Return every text that must never be written: keys, secret inputs, and each line of these.

    A file's last newline is no part of the secret it holds, and a model quotes lines.
    """
    plan, environ = prepared.plan, prepared.host.environ
    inputs = [plan.inputs[name] for name in plan.secret_inputs if name in plan.inputs]
    named = (prepared.bundle.workflow.config.provider, prepared.host.settings.provider)
    variables = [spec.api_key_env for spec in named if spec is not None and spec.api_key_env]
    keys = [environ.get(name, "") for name in (*prepared.answering.key_variables, *variables)]
    parts = (line.strip() for value in inputs for line in (value, *value.splitlines()))
    return [*inputs, *parts, *(key.strip() for key in keys if len(key.strip()) >= SHORTEST_KEY)]


def remember(plan: Plan) -> tuple[SecretInput, ...]:
    """Return what the journal keeps of the secret inputs: a hash of each, with a salt of its own."""
    known = sorted(name for name in plan.secret_inputs if name in plan.inputs)
    return tuple(_remember(name, plan.inputs[name]) for name in known)


def _remember(name: str, value: str) -> SecretInput:
    salt = secrets.token_hex(16)
    return SecretInput(name=name, salt=salt, digest=_digest(value, salt))


def _digest(value: str, salt: str) -> str:
    return hmac.new(bytes.fromhex(salt), value.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()


def supplied_again(known: Iterable[SecretInput], given: Mapping[str, str]) -> dict[str, str]:
    """Return the secret inputs of a resumed run.

    Raise `UsageError` for those missing or not what they were.
    """
    known = tuple(known)
    missing = [secret.name for secret in known if secret.name not in given]
    if missing:
        told = " ".join(f"--inputs {name}=VALUE" for name in missing)
        raise UsageError(f"secret input not kept: {', '.join(missing)}", help=f"give it again: `{told}`")
    for secret in known:
        if not _is(given[secret.name], secret):
            raise UsageError(
                f"the secret input `{secret.name}` is not the one that the run began with",
                help="give the same value, or start a new run",
            )
    return {secret.name: given[secret.name] for secret in known}


def other_secrets(plan: Plan, earlier: RunCreated) -> frozenset[str]:
    """Return the secret inputs of which it is not known that an earlier run had the same: they look the same.

    One whose value that run has written down was no secret then.
    """
    known = {secret.name: secret for secret in earlier.secrets}
    given = {name: plan.inputs[name] for name in plan.secret_inputs if name in plan.inputs}
    return frozenset(
        name
        for name, value in given.items()
        if not (_is(value, known[name]) if name in known else value == earlier.inputs.get(name))
    )


def _is(value: str, secret: SecretInput) -> bool:
    return hmac.compare_digest(_digest(value, secret.salt), secret.digest)
