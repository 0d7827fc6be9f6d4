"""What runs are called: an id means nothing to a terminal, to a shell or to a file system."""

from __future__ import annotations

import re
from typing import Final

RUN_ID: Final = "[0-9A-Za-z][0-9A-Za-z._-]{0,99}"

_is_whole: Final = re.compile(RUN_ID).fullmatch


def is_run_id(text: str) -> bool:
    """Tell whether a run may be called so; what says otherwise was not written by goflow."""
    return _is_whole(text) is not None
