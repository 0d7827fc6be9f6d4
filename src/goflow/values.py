"""`dataclass`, whose `frozen=True` is held by the type checker and costs nothing at run time.

A frozen class of the standard library sets each field through `object.__setattr__`, five times as slow as an
assignment. A run makes a dozen values a step: it took an eighth of the whole (`docs/decisions/0006`).

For each class the standard library also writes and compiles `__eq__`, `__hash__` and `__repr__`, whenever the
program starts: a quarter of that time. Here they are made of closures, and only `__init__` is compiled.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dataclasses import dataclass
else:
    import dataclasses
    from collections.abc import Callable
    from operator import attrgetter

    def dataclass(*, frozen: bool = False, eq: bool = True, **options: bool) -> Callable[[type], type]:
        """Make a dataclass; a frozen one can be hashed, and nothing but the type checker guards it."""

        def make(cls: type) -> type:
            made = dataclasses.dataclass(eq=False, repr=False, **options)(cls)
            fields = dataclasses.fields(made)
            if "__repr__" not in cls.__dict__:
                made.__repr__ = _shows([field.name for field in fields if field.repr])
            if eq:
                values_of = _values_of([field.name for field in fields if field.compare])
                made.__eq__ = _compares(values_of)
                made.__hash__ = _hashes(values_of) if frozen else None
            return made

        return make

    def _values_of(names: list[str]) -> Callable[[object], tuple[object, ...]]:
        if len(names) > 1:
            return attrgetter(*names)
        return lambda value: tuple([getattr(value, name) for name in names])

    def _shows(names: list[str]) -> Callable[[object], str]:
        def __repr__(self: object) -> str:  # noqa: N807 - the name stands in tracebacks
            fields = ", ".join([f"{name}={getattr(self, name)!r}" for name in names])
            return f"{type(self).__qualname__}({fields})"

        return __repr__

    def _compares(values_of: Callable[[object], tuple[object, ...]]) -> Callable[[object, object], bool]:
        def __eq__(self: object, other: object) -> bool:  # noqa: N807
            if other.__class__ is not self.__class__:
                return NotImplemented
            return values_of(self) == values_of(other)

        return __eq__

    def _hashes(values_of: Callable[[object], tuple[object, ...]]) -> Callable[[object], int]:
        def __hash__(self: object) -> int:  # noqa: N807
            return hash(values_of(self))

        return __hash__


__all__ = ["dataclass"]
