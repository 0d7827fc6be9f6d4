"""The installed `goflow` as a process, and what it said, made the same for every run."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Final

from goflow import __version__

GOFLOW: Final = str(Path(sys.executable).parent / "goflow")
LONGEST_S: Final = 50

_PLACEHOLDERS: Final = (
    (re.compile(r"\br-[0-9a-f]{10}\b"), "r-RUN"),
    (re.compile(r"\b\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d(?=_)"), "STARTED"),
    (re.compile(r"^\d\d:\d\d:\d\d\b", re.MULTILINE), "HH:MM:SS"),
    (re.compile(r'"ts":"[^"]*"'), '"ts":"MOMENT"'),
    (re.compile(r'"owner":"[^"]*"'), '"owner":"HOST:PROCESS"'),
    (re.compile(rf"\b{re.escape(__version__)}\b"), "VERSION"),
    (re.compile(r"\b\d+\.\d{1,2}s\b"), "TIME"),
    (re.compile(r"\bbug-[0-9T-]+\.txt\b"), "bug-REPORT.txt"),
)


@dataclass(frozen=True, kw_only=True)
class Done:
    """A process that has ended."""

    stdout: bytes
    stderr: str
    code: int


def goflow(
    *arguments: str, stdin: bytes = b"", environ: Mapping[str, str] | None = None, cwd: Path | None = None
) -> Done:
    """Run the command to its end."""
    done = subprocess.run(
        [GOFLOW, *arguments],
        input=stdin,
        capture_output=True,
        check=False,
        cwd=cwd,
        env={**os.environ, **(environ or {})},
        timeout=LONGEST_S,
    )
    return Done(stdout=done.stdout, stderr=done.stderr.decode(), code=done.returncode)


@dataclass
class Going:
    """A process that goes on."""

    process: subprocess.Popen[bytes]
    heard: list[str] = field(default_factory=list)

    @property
    def stdin(self) -> IO[bytes]:
        """Return the end of the pipe that answers are written to."""
        assert self.process.stdin is not None
        return self.process.stdin

    def hear(self, words: str) -> str:
        """Wait until stderr has a line with these words, and return the line."""
        assert self.process.stderr is not None
        for line in iter(self.process.stderr.readline, b""):
            self.heard.append(line.decode())
            if words in self.heard[-1]:
                return self.heard[-1]
        raise AssertionError(f"`{words}` was never said: {''.join(self.heard)}")

    def end(self) -> Done:
        """Wait for its end."""
        stdout, stderr = self.process.communicate(timeout=LONGEST_S)
        text = "".join(self.heard) + stderr.decode()
        return Done(stdout=stdout, stderr=text, code=self.process.returncode)


@contextmanager
def going(*arguments: str, stdin: int = subprocess.DEVNULL) -> Iterator[Going]:
    """Start the command in a session of its own, with no terminal; it ends with the block at the latest."""
    pipe = subprocess.PIPE
    process = subprocess.Popen(
        [GOFLOW, *arguments], stdin=stdin, stdout=pipe, stderr=pipe, start_new_session=True
    )
    with process:
        try:
            yield Going(process)
        finally:
            process.kill()


def made_equal(text: str, work: Path) -> str:
    """Put placeholders in place of what differs from run to run: ids, times, folders."""
    text = text.replace(str(work), "$WORK").replace(os.environ["HOME"], "$HOME")
    for pattern, placeholder in _PLACEHOLDERS:
        text = pattern.sub(placeholder, text)
    return text


def tree(work: Path) -> str:
    """List all files of a folder."""
    files = sorted(path.relative_to(work).as_posix() for path in work.rglob("*") if path.is_file())
    return "".join(f"{file}\n" for file in files)
