"""JSON texts → values, strictly: no key twice in an object, no number that JSON does not have."""

from __future__ import annotations

import json
import math
from collections import Counter
from typing import TYPE_CHECKING, Any, NoReturn

if TYPE_CHECKING:
    from goflow.workflow.policy import Json


class NotJson(ValueError):
    """A text is not JSON; `reason` says why, and `offset` where, as far as that is known."""

    def __init__(self, reason: str, offset: int | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.offset = offset


def parse_json(text: str) -> Json:
    """Return the value of a JSON text; raise `NotJson` for any other."""
    try:
        value: Json = json.loads(
            text, parse_constant=_constant, parse_float=_float, object_pairs_hook=_object
        )
    except json.JSONDecodeError as error:
        raise NotJson(error.msg[:1].lower() + error.msg[1:], error.pos) from error
    except NotJson:
        raise
    except ValueError as error:
        raise NotJson("a whole number has too many digits") from error
    except RecursionError as error:
        raise NotJson("nested too deep") from error
    return value


def _constant(written: str) -> NoReturn:
    raise NotJson(f"`{written}` is no number of JSON")


def _float(written: str) -> float:
    value = float(written)
    if not math.isfinite(value):
        raise NotJson(f"the number `{written[:40]}` is too large")
    return value


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        counts = Counter(key for key, _ in pairs)
        raise NotJson(f"the key `{counts.most_common(1)[0][0][:40]}` is written twice")
    return found
