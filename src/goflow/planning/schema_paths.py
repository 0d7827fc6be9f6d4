"""Whether a path can lead anywhere in what satisfies a schema."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from enum import IntEnum
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from goflow.planning.schemas import referred
from goflow.templating.json_path import index_of
from goflow.values import dataclass

if TYPE_CHECKING:
    from goflow.planning.schemas import Schema

_MOST_VISITS: Final = 2_000
"""How many schemas are looked at for one path; what lies beyond is taken to be possible."""


class Reach(IntEnum):
    """What a schema says of a part of a path; the larger one counts where either of two schemas may hold."""

    IMPOSSIBLE = 0
    UNNAMED = 1
    """It names others, and does not forbid this one."""
    OPEN = 2
    """It says nothing."""
    NAMED = 3


View: TypeAlias = "tuple[Reach, Any]"
"""What a schema says of a part, and the schema of what is there: `True` where nothing is known of it."""

_SILENT: Final[View] = (Reach.OPEN, True)
_NO: Final[View] = (Reach.IMPOSSIBLE, False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Misstep:
    """The first part of a path that leads nowhere, or perhaps nowhere.

    `names` are the properties that stand there, `types` what is there instead of a list or an object.
    """

    index: int
    is_possible: bool
    names: tuple[str, ...]
    types: tuple[str, ...]


def misstep(root: Schema, path: Sequence[str | int]) -> Misstep | None:
    """Return where `path` leaves what satisfies the schema; None where nothing speaks against it.

    Shapes that are not known are taken to be possible.
    """
    schema: Any = root
    walk = _Walk(root)
    for index, part in enumerate(path):
        walk.names.clear()
        walk.types.clear()
        reach, schema = walk.look(schema, part, frozenset())
        if reach <= Reach.UNNAMED:
            is_possible = reach is Reach.UNNAMED
            names = tuple(walk.names)
            return Misstep(index=index, is_possible=is_possible, names=names, types=tuple(walk.types))
    return None


class _Walk:
    """Looks into schemas, and remembers what was there in the place of the part that is looked for."""

    def __init__(self, root: Schema) -> None:
        self._root = root
        self._visits_left = _MOST_VISITS
        self.names: dict[str, None] = {}
        self.types: dict[str, None] = {}

    def look(self, schema: Any, part: str | int, within: frozenset[int]) -> View:  # noqa: ANN401 - JSON
        """Return what `schema` says of `part`; `within` are the schemas that are being looked into."""
        self._visits_left -= 1
        if schema is False:
            return _NO
        if not isinstance(schema, Mapping) or id(schema) in within or self._visits_left < 0:
            return _SILENT
        inner = within | {id(schema)}
        views = [self._own(schema, part)]
        views += [self.look(each, part, inner) for each in _listed(schema, "allOf")]
        views += [self._any(_listed(schema, key), part, inner) for key in ("anyOf", "oneOf") if key in schema]
        if "if" in schema:
            views.append(self._any([schema.get("then", True), schema.get("else", True)], part, inner))
        if "$ref" in schema:
            views.append(self.look(referred(self._root, schema["$ref"]), part, inner))
        return _all_of(views)

    def _any(self, schemas: Sequence[Any], part: str | int, within: frozenset[int]) -> View:
        return _any_of([self.look(each, part, within) for each in schemas]) if schemas else _SILENT

    def _own(self, schema: Mapping[str, Any], part: str | int) -> View:
        types = _types(schema)
        views = []
        if isinstance(part, str) and (not types or "object" in types):
            views.append(self._property(schema, part))
        index = index_of(part)
        if index is not None and (not types or "array" in types):
            views.append(_item(schema, index))
        if not views:
            self.types.update(dict.fromkeys(types))
        return _any_of(views)

    def _property(self, schema: Mapping[str, Any], name: str) -> View:
        listed = schema.get("properties")
        properties = listed if isinstance(listed, Mapping) else {}
        if name in properties:
            return _named(properties[name])
        self.names.update(dict.fromkeys(properties))
        more = schema.get("additionalProperties", True)
        if schema.get("patternProperties") or name in _listed(schema, "required"):
            return _SILENT
        if more is False or isinstance(more, Mapping):
            return _NO if more is False else (Reach.OPEN, more)
        return (Reach.UNNAMED, True) if properties else _SILENT


def _item(schema: Mapping[str, Any], index: int) -> View:
    most = schema.get("maxItems")
    if isinstance(most, int | float) and index >= most:
        return _NO
    first = _listed(schema, "prefixItems")
    return _named(first[index] if index < len(first) else schema.get("items", True))


def _named(schema: Any) -> View:  # noqa: ANN401 - JSON
    return _NO if schema is False else (Reach.NAMED, schema)


def _all_of(views: Sequence[View]) -> View:
    """Return what schemas say together: one that forbids is enough, and else one that names."""
    reaches = {reach for reach, _ in views}
    strongest = next(reach for reach in (Reach.IMPOSSIBLE, Reach.NAMED, *Reach) if reach in reaches)
    return strongest, _joined("allOf", [schema for _, schema in views if schema is not True])


def _any_of(views: Sequence[View]) -> View:
    """Return what schemas say of which one holds: one that allows is enough."""
    possible = [view for view in views if view[0] is not Reach.IMPOSSIBLE]
    if not possible:
        return _NO
    return max(reach for reach, _ in possible), _joined("anyOf", [schema for _, schema in possible])


def _joined(keyword: str, schemas: Iterable[Any]) -> Any:  # noqa: ANN401 - JSON
    apart = list({id(schema): schema for schema in schemas}.values())
    if not apart or True in apart:
        return True
    return apart[0] if len(apart) == 1 else {keyword: apart}


def _types(schema: Mapping[str, Any]) -> tuple[str, ...]:
    written = schema.get("type")
    if isinstance(written, str):
        return (written,)
    return tuple(map(str, written)) if isinstance(written, list) else ()


def _listed(schema: Mapping[str, Any], keyword: str) -> list[Any]:
    written = schema.get(keyword)
    return written if isinstance(written, list) else []
