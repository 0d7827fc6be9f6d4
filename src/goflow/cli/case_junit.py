"""Results as JUnit XML, which most systems that run tests can show."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import groupby
from typing import TYPE_CHECKING, Final
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from goflow.reporters.sanitize import sanitize

if TYPE_CHECKING:
    from goflow.api.cases import CaseResult

_NOT_XML: Final = re.compile("[^\t\n\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 cannot hold, escaped or not."""


def junit(tested: Sequence[tuple[str, CaseResult]]) -> str:
    """Return one document; a test file is a suite."""
    root = Element("testsuites", _counts([result for _, result in tested]))
    for file, group in groupby(tested, key=lambda pair: pair[0]):
        results = [result for _, result in group]
        suite = SubElement(root, "testsuite", {"name": _fit(file), **_counts(results)})
        for result in results:
            _add(suite, file, result)
    indent(root)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{tostring(root, encoding="unicode")}\n'


def _counts(results: Sequence[CaseResult]) -> dict[str, str]:
    return {
        "tests": str(len(results)),
        "failures": str(sum(bool(result.misses) for result in results)),
        "errors": "0",
        "time": f"{sum(result.seconds for result in results):.3f}",
    }


def _add(suite: Element, file: str, result: CaseResult) -> None:
    place = {"classname": _fit(file), "file": _fit(file), "line": str(result.case.at.line)}
    case = SubElement(
        suite, "testcase", {"name": _fit(result.case.name), **place, "time": f"{result.seconds:.3f}"}
    )
    if result.misses:
        failure = SubElement(case, "failure", {"message": _fit(result.misses[0].message)})
        failure.text = _fit("\n".join(_told(result)))


def _told(result: CaseResult) -> list[str]:
    return [
        line
        for miss in result.misses
        for line in (f"{miss.at.file}:{miss.at.line}:{miss.at.column}: {miss.message}", *miss.lines)
    ]


def _fit(text: str) -> str:
    """Return a text without what a terminal obeys, and without what XML cannot hold."""
    return _NOT_XML.sub("\ufffd", sanitize(text))
