"""What a verb can be told, as data: parsing, help texts and the reference all come from it."""

from __future__ import annotations

from dataclasses import fields
from enum import Enum, auto
from typing import TYPE_CHECKING, Any, TypeVar

from goflow.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

T = TypeVar("T")


class Kind(Enum):
    """What may follow a flag."""

    VALUE = auto()
    """A value."""
    VALUES = auto()
    """A value; the flag can be repeated."""
    SWITCH = auto()
    """Nothing: off unless given."""
    CHOICE = auto()
    """Nothing: on, off by its `--no-` form, and something else says where it is not given."""
    OPTIONAL_VALUE = auto()
    """A value after `=`, or nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Flag:
    """One flag: its names, the long one last, and one sentence of help."""

    names: tuple[str, ...]
    help: str
    kind: Kind = Kind.VALUE
    value: str = ""

    @property
    def long(self) -> str:
        """Return the long name."""
        return self.names[-1]

    @property
    def attribute(self) -> str:
        """Return the name under which the verb finds the value."""
        return self.long.removeprefix("--").replace("-", "_")

    @property
    def opposite(self) -> str:
        """Return the name that takes a switch back."""
        return f"--no-{self.long.removeprefix('--')}"

    @property
    def is_switch(self) -> bool:
        """Say whether the flag is on or off."""
        return self.kind in {Kind.SWITCH, Kind.CHOICE}

    @property
    def shown(self) -> str:
        """Return the flag as help texts show it."""
        match self.kind:
            case Kind.SWITCH:
                return ", ".join(self.names)
            case Kind.CHOICE:
                return f"{', '.join(self.names)} / {self.opposite}"
            case Kind.OPTIONAL_VALUE:
                return f"{', '.join(self.names)}[={self.value}]"
            case _:
                return f"{', '.join(self.names)} {self.value}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Argument:
    """A word that is known by its place."""

    name: str
    help: str
    is_list: bool = False

    @property
    def attribute(self) -> str:
        """Return the name under which the verb finds the value."""
        return self.name.lower()

    @property
    def shown(self) -> str:
        """Return the argument as usage lines show it."""
        return f"[{self.name}...]" if self.is_list else f"[{self.name}]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """Flags that belong together."""

    title: str
    flags: tuple[Flag, ...]


def all_flags(sections: Sequence[Section]) -> tuple[Flag, ...]:
    """Return the flags of all sections."""
    return tuple(flag for section in sections for flag in section.flags)


def pick(kind: type[T], values: Mapping[str, Any]) -> T:
    """Return the values that belong into a dataclass of flags."""
    return kind(**{field.name: values[field.name] for field in fields(kind)})  # type: ignore[arg-type]
