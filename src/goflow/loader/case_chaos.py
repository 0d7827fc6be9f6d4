"""What goes wrong on purpose: `429@20%, timeout:step3` → disturbances."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from yaml import SequenceNode

from goflow.loader.decode import list_of
from goflow.loader.scalars import text
from goflow.problems import shown, suggest
from goflow.workflow.case import Disturbance, Fault

if TYPE_CHECKING:
    from yaml import Node

    from goflow.loader.findings import Findings
    from goflow.problems import Span

MOST_PERCENT: Final = 100
FORMS: Final = "as in `429@20%` (of all attempts), `timeout:STEP` or `drop@50%:STEP`"
_ITEM: Final = re.compile(
    r"(?P<word>[^@:%\s]+)(?:@(?P<percent>[0-9]{1,3}(?:\.[0-9]+)?)%)?(?::(?P<step>\S+))?"
)


def chaos(at: Findings, node: Node) -> tuple[Disturbance, ...] | None:
    """Read a text of disturbances, parted by commas, or a list of such texts."""
    if isinstance(node, SequenceNode):
        found = list_of(_items)(at, node) or ()
        return tuple(item for items in found for item in items)
    return _items(at, node)


def _items(at: Findings, node: Node) -> tuple[Disturbance, ...] | None:
    written = text(at, node)
    if written is None:
        return None
    places = _Places(at, node)
    found = [_item(at, part.strip(), places.next(part.strip())) for part in written.split(",")]
    return tuple(each for each in found if each is not None)


class _Places:
    """Finds the parts of a text one after another; the whole stands for one that is folded or escaped."""

    def __init__(self, at: Findings, node: Node) -> None:
        self._at = at
        self._node = node
        self._after = node.start_mark.index

    def next(self, part: str) -> Span:
        """Return where a part is written."""
        source = self._at.source
        found = source.text.find(part, self._after, self._node.end_mark.index)
        if not part or found < 0:
            return self._at.place(self._node)
        self._after = found + len(part)
        return source.span(found, self._after)


def _item(at: Findings, written: str, place: Span) -> Disturbance | None:
    found = _ITEM.fullmatch(written)
    if found is None:
        at.error("GF705", f"{shown(written)} is no disturbance", place, help=FORMS)
        return None
    word, percent = found["word"], float(found["percent"] or MOST_PERCENT)
    if word not in list(Fault):
        known = f"known: {', '.join(f'`{fault}`' for fault in Fault)}"
        at.error("GF705", f"{shown(word)} is no fault", place, help=suggest(word, Fault) or known)
        return None
    if percent > MOST_PERCENT:
        at.error("GF705", f"`{percent:g}%` is more than all attempts", place, help=FORMS)
        return None
    return Disturbance(fault=Fault(word), chance=percent / MOST_PERCENT, step=found["step"] or "*", at=place)
