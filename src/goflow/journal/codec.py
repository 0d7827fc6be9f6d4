"""Events as lines of JSON.

    {"v":1,"seq":1,"ts":"2026-11-23T16:02:11.034Z","type":"run.created","run":"r-...", the fact's fields}

Lines are ASCII: every other character is escaped, which also keeps line breaks that only some programs know
(U+2028), terminal codes and lone surrogates out of the file. Fields at their default are left out. Unknown
fields are ignored in reading, so that a later version may add some; one that changes what is there takes a
new version.
"""

from __future__ import annotations

import json
from functools import lru_cache
from json.encoder import encode_basestring_ascii as quote
from typing import Final

from goflow.errors import JournalCorrupt
from goflow.events import WIRE_NAMES, Event, RunCreated
from goflow.journal.moments import read_moment, show_moment
from goflow.journal.run_ids import is_run_id
from goflow.journal.shapes import (
    ReadShape,
    ReadText,
    WriteText,
    make_read_shape,
    make_write_shape,
    read_text,
)
from goflow.problems import shown

VERSION: Final = 1


class Encoder:
    """Writes the events of one run; `write_text` gives the JSON of a text."""

    def __init__(self, run_id: str, write_text: WriteText = quote) -> None:
        self._heads = {cls: f'Z","type":"{name}","run":{quote(run_id)}' for cls, name in WIRE_NAMES.items()}
        self._shapes = {cls: make_write_shape(cls, write_text) for cls in WIRE_NAMES}

    def encode(self, event: Event) -> str:
        """Return the event's line, without its line break; raise ValueError where the fact is no event's."""
        fact = event.fact
        cls = type(fact)
        moment = show_moment(event.at_ms)
        fields = self._shapes[cls].write(fact)
        return f'{{"v":{VERSION},"seq":{event.seq},"ts":"{moment[:-1]}{self._heads[cls]}{fields}}}'


class Decoder:
    """Reads lines; `read_text` makes a text of what stands where one belongs."""

    def __init__(self, read_text: ReadText = read_text) -> None:
        self._shapes: dict[str, ReadShape] = {
            name: make_read_shape(cls, read_text) for cls, name in WIRE_NAMES.items()
        }
        self._parse = json.JSONDecoder().raw_decode
        # The events of a batch share their time.
        self._read_moment = lru_cache(maxsize=2)(read_moment)

    def decode(self, line: str) -> tuple[str, Event]:
        """Return a line's run and event; raise `JournalCorrupt` that says why it cannot be read."""
        try:
            fields, end = self._parse(line)
            return self._event(fields if end == len(line) else None)
        except (ValueError, RecursionError) as error:
            reason = (
                "it is no JSON" if isinstance(error, json.JSONDecodeError | RecursionError) else str(error)
            )
            raise JournalCorrupt(reason) from error

    def _event(self, fields: object) -> tuple[str, Event]:
        if type(fields) is not dict:
            message = "it is no JSON object"
            raise ValueError(message)
        if fields.get("v") != VERSION:
            message = f"its version is `{fields.get('v')}`, and this goflow reads version {VERSION}"
            raise ValueError(message)
        name = fields.get("type")
        shape = self._shapes.get(name) if type(name) is str else None
        if shape is None:
            message = f"its type is `{name}`, which this goflow does not know"
            raise ValueError(message)
        seq, run_id = fields.get("seq"), read_text(fields.get("run"))
        if type(seq) is not int:
            message = f"its seq is `{seq}`, which is no whole number"
            raise ValueError(message)
        fact = shape.read(fields)
        for named in (run_id, fact.run_id) if isinstance(fact, RunCreated) else (run_id,):
            if not is_run_id(named):  # ids are shown to people as they are
                message = f"{shown(named)} is no id of a run"
                raise ValueError(message)
        return run_id, Event(seq, self._read_moment(read_text(fields.get("ts"))), fact)
