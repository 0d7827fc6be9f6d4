"""Faults on purpose, in front of whatever answers: the run's own ways with failures do the rest.

Which attempts are disturbed follows from the seed, the step and the attempt alone, never from time.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from goflow.backends.base import Backend, OpenBackend, Outcome, Ports, Refusal, Request
from goflow.backends.mock_script import glob
from goflow.events import Failure, FailureKind
from goflow.loader.json_text import NotJson, parse_json
from goflow.scheduler.retry import LONG_WAIT_S
from goflow.values import dataclass
from goflow.workflow.case import Disturbance, Fault

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence

_FAILURES: Final = {
    Fault.RATE_LIMITED: Failure(
        kind=FailureKind.RATE_LIMITED,
        message="disturbed: the provider answers 429",
        retry_after_s=2 * LONG_WAIT_S,
    ),
    Fault.SERVER_ERROR: Failure(kind=FailureKind.OVERLOADED, message="disturbed: the provider answers 500"),
    Fault.TIMEOUT: Failure(kind=FailureKind.TIMEOUT, message="disturbed: the request takes too long"),
    Fault.DROP: Failure(kind=FailureKind.CONNECTION, message="disturbed: the connection is lost"),
    Fault.EMPTY: Failure(kind=FailureKind.EMPTY_OUTPUT, message="disturbed: the answer is empty"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Disturbed:
    """An attempt that a fault has met."""

    step: str
    attempt: int
    fault: Fault


class ChaosBackend:
    """Disturbs attempts, and notes in `met` which.

    A request that it fails never reaches the backend behind, which does not count it either.
    """

    def __init__(
        self, behind: Backend, disturbances: Sequence[Disturbance], *, seed: int, met: list[Disturbed]
    ) -> None:
        self._behind = behind
        self._disturbances = disturbances
        self._seed = seed
        self._met = met
        self._withheld = Counter[str]()

    async def run(self, request: Request, ports: Ports) -> Outcome:
        """Fail the attempt, or have it answered and perhaps spoil the answer."""
        fault = fault_of(self._disturbances, self._seed, request.step, request.attempt)
        if fault is not None:
            self._met.append(Disturbed(step=request.step, attempt=request.attempt, fault=fault))
        if fault is not None and fault in _FAILURES:
            self._withheld[request.step] += 1
            return Refusal(failure=_FAILURES[fault])
        seen = max(0, request.failed_attempts - self._withheld[request.step])
        outcome = await self._behind.run(replace(request, failed_attempts=seen), ports)
        if fault is None or isinstance(outcome, Refusal):
            return outcome
        return replace(outcome, output=cut_off(outcome.output))

    def versions(self) -> Mapping[str, str]:
        """Return those of the backend behind."""
        return self._behind.versions()


def fault_of(disturbances: Sequence[Disturbance], seed: int, step: str, attempt: int) -> Fault | None:
    """Return the first fault that meets an attempt."""
    for place, each in enumerate(disturbances):
        is_meant = glob(each.step).fullmatch(step)
        if is_meant and chance_of(f"{seed}\0{place}\0{each.fault}", step, attempt) < each.chance:
            return each.fault
    return None


def chance_of(seed: str, step: str, attempt: int) -> float:
    """Return a number in [0, 1), always the same for the same."""
    digest = hashlib.sha256(f"{seed}\0{step}\0{attempt}".encode("utf-8", "surrogatepass")).digest()
    return int.from_bytes(digest[:7], "big") / 2**56


def cut_off(answer: str) -> str:
    """Return the first half of an answer, which is no JSON, and not blank."""
    whole = answer.strip()
    half = whole[: len(whole) // 2]
    return f"[{half}," if _is_json(half) or not half.strip() else half


def _is_json(text: str) -> bool:
    try:
        parse_json(text)
    except NotJson:
        return False
    return True


@asynccontextmanager
async def open_chaos(
    behind: OpenBackend, disturbances: Sequence[Disturbance], *, seed: int, met: list[Disturbed]
) -> AsyncIterator[Backend]:
    """Open a backend with faults in front of it; `met` takes what they do."""
    async with behind as opened:
        yield ChaosBackend(opened, disturbances, seed=seed, met=met)
