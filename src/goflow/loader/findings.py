"""What reading one file brings to light."""

from __future__ import annotations

from typing import TYPE_CHECKING

from goflow.problems import Problem, Related, Severity, Span

if TYPE_CHECKING:
    from yaml import Node

    from goflow.loader.source_text import SourceText


class Findings:
    """The problems of one file, and where the list items begin that are left out: null or mistaken ones."""

    def __init__(self, source: SourceText, *, unknown_key: Severity = Severity.ERROR) -> None:
        self.source = source
        self.unknown_key = unknown_key
        self.problems: list[Problem] = []
        self.dropped: set[int] = set()

    def place(self, node: Node) -> Span:
        """Return where a node stands."""
        return self.source.span(node.start_mark.index, node.end_mark.index)

    def hide(self, node: Node) -> None:
        """Keep a value that is secret out of the lines that are shown."""
        self.source.hide(node.start_mark.index, node.end_mark.index)

    def error(
        self,
        code: str,
        message: str,
        where: Node | Span,
        *,
        help: str | None = None,  # noqa: A002 - the word users see
        related: tuple[Related, ...] = (),
    ) -> None:
        """Add a mistake."""
        span = where if isinstance(where, Span) else self.place(where)
        self.problems.append(Problem(code=code, message=message, span=span, help=help, related=related))

    def warning(self, code: str, message: str, where: Node | Span, *, help: str | None = None) -> None:  # noqa: A002
        """Add a problem that does not stop the run."""
        span = where if isinstance(where, Span) else self.place(where)
        self.problems.append(
            Problem(code=code, message=message, span=span, help=help, severity=Severity.WARNING)
        )
