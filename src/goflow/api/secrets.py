"""Secrets of a run: what must be masked, and how a secret input is recognised again on resume."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from typing import TYPE_CHECKING

from goflow.errors import UsageError
from goflow.events import SecretInput

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from goflow.api.prepare import Prepared
    from goflow.planning.plan import Plan


def secret_values(prepared: Prepared) -> list[str]:
    """Return every text that must never be written: secret inputs and keys."""
    plan = prepared.plan
    return [
        *(plan.inputs[name] for name in plan.secret_inputs if name in plan.inputs),
        *prepared.answering.keys,
    ]


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
        if not hmac.compare_digest(_digest(given[secret.name], secret.salt), secret.digest):
            raise UsageError(
                f"the secret input `{secret.name}` is not the one that the run began with",
                help="give the same value, or start a new run",
            )
    return {secret.name: given[secret.name] for secret in known}
