from __future__ import annotations

from goflow.loader.source_text import SourceText
from goflow.problems import Problem, Related


def test_what_is_hidden_is_shown_in_no_line_and_all_else_keeps_its_place() -> None:
    source = SourceText("w.yaml", "key: sécret\n  two\nb: 1\n")
    before = Problem(
        code="GF101",
        message="x",
        span=source.span(0, 3),
        related=(Related(span=source.span(20), message="y"),),
    )
    source.hide(5, 17)
    source.hide(5, 11)

    (shown,) = source.conceal([before])

    assert shown.span is not None
    assert (shown.span.text, shown.span.column, shown.span.width) == ("key: ******", 1, 3)
    assert shown.related[0].span.text == "b: 1"
    assert source.span(14).text == "  ***"
