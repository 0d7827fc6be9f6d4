"""What reaches the caller of a run where a part that is not a run's own has failed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def one_error_alone() -> Iterator[None]:
    """Raise the first error of a group as itself: a caller has made one call, and knows of no tasks."""
    group: BaseExceptionGroup | None = None
    try:
        yield
    except BaseExceptionGroup as caught:
        group = caught
    if group is not None:
        raise _first(group)


def _first(error: BaseException) -> BaseException:
    return _first(error.exceptions[0]) if isinstance(error, BaseExceptionGroup) else error
