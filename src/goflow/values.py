"""`dataclass`, whose `frozen=True` is held by the type checker and costs nothing at run time.

A frozen class of the standard library sets each field through `object.__setattr__`, five times as slow as an
assignment. A run makes a dozen values a step: it took an eighth of the whole (`docs/decisions/0006`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dataclasses import dataclass
else:
    import dataclasses
    from collections.abc import Callable

    def dataclass(*, frozen: bool = False, eq: bool = True, **options: bool) -> Callable[[type], type]:
        """Make a dataclass; a frozen one can be hashed, and nothing but the type checker guards it."""
        return dataclasses.dataclass(eq=eq, unsafe_hash=frozen and eq, **options)


__all__ = ["dataclass"]
