"""The tables of a test file and its cases."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from yaml import MappingNode

from goflow.loader.case_chaos import chaos
from goflow.loader.case_expect import expect, read_named
from goflow.loader.case_written import Named, WrittenCase, WrittenFile
from goflow.loader.decode import Shape, fields_of, list_of, named
from goflow.loader.scalars import text, whole_number
from goflow.problems import Related, Span, shown

if TYPE_CHECKING:
    from yaml import Node

    from goflow.loader.findings import Findings


def written_file(at: Findings, root: Node) -> WrittenFile:
    """Return what a test file says, as far as it can be read."""
    values = fields_of(at, root, _FILE) or {}
    found = WrittenFile(**values)
    if not found.cases and not at.problems:
        at.error("GF701", "the test file has no cases", root, help=SKELETON)
    _check_names(at, found.cases)
    return found


SKELETON: Final = (
    "a case is `{name: …, stubs: {STEP: an answer}, expect: {status: completed}}`, below `cases:`"
)


def _node(_at: Findings, node: Node) -> Node:
    return node


def _input(at: Findings, _name: str, key: Node, node: Node) -> Named | None:
    value = text(at, node)
    return None if value is None else Named(text=value, at=at.place(key))


_CASE: Final = Shape(
    noun="a case",
    fields={
        "name": ("name", read_named),
        "inputs": ("inputs", named(_input, "inputs")),
        "stubs": ("stubs", _node),
        "mock": ("mock", read_named),
        "replay": ("replay", read_named),
        "chaos": ("chaos", chaos),
        "seed": ("seed", whole_number),
        "expect": ("expect", expect),
    },
    hints={"answers": "answers stand below `stubs`, by the step that gives them"},
)


def _case(at: Findings, node: Node) -> WrittenCase | None:
    known = len(at.problems)
    values = fields_of(at, node, _CASE)
    if values is None:
        return None
    name = values.pop("name", None) or Named(text="", at=at.place(node))
    found = WrittenCase(at=name.at, name=name, **values)
    if not found.expect.checks and len(at.problems) == known:
        at.error("GF704", "the case expects nothing", found.at, help="add `expect: {status: completed}`")
    _check_answers(at, found)
    return found


def _check_answers(at: Findings, case: WrittenCase) -> None:
    given = [("stubs", at.place(case.stubs))] if case.stubs is not None else []
    files = (("mock", case.mock), ("replay", case.replay))
    given += [(key, file.at) for key, file in files if file is not None]
    for key, place in given[1:]:
        related = (Related(span=given[0][1], message=f"`{given[0][0]}` is written here"),)
        at.error("GF703", f"`{given[0][0]}` and `{key}` both say who answers", place, related=related)


def _by_name(at: Findings, name: str, key: Node, node: Node) -> WrittenCase | None:
    found = _case(at, node)
    if found is None:
        return None
    place = Named(text=name, at=at.place(key))
    return replace(found, at=place.at, name=found.name if found.name.text else place)


_in_list: Final = list_of(_case, example="`[{name: …, expect: {status: completed}}]`")
_in_mapping: Final = named(_by_name, "cases")


def _cases(at: Findings, node: Node) -> tuple[WrittenCase, ...] | None:
    if isinstance(node, MappingNode):
        return tuple((_in_mapping(at, node) or {}).values())
    return tuple(_numbered(_in_list(at, node) or ()))


def _numbered(cases: tuple[WrittenCase, ...]) -> Iterator[WrittenCase]:
    """Name those without a name by their number."""
    for number, case in enumerate(cases, start=1):
        yield case if case.name.text else replace(case, name=replace(case.name, text=f"case {number}"))


def _check_names(at: Findings, cases: tuple[WrittenCase, ...]) -> None:
    first: dict[str, Span] = {}
    for case in cases:
        if case.name.text in first:
            related = (Related(span=first[case.name.text], message="first written here"),)
            at.error("GF709", f"two cases are called {shown(case.name.text)}", case.at, related=related)
        first.setdefault(case.name.text, case.at)


_FILE: Final = Shape(
    noun="a test file",
    fields={"workflow": ("workflow", read_named), "cases": ("cases", _cases)},
    required=("cases",),
)
