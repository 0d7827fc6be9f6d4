"""The one exception tree. A *problem* in a file is not an exception: see `goflow.problems`.

GoflowError                      something could not be done            exit 1
├── UsageError                   nothing ran: flags, a missing file     exit 2
│   └── InvalidWorkflow          mistakes in files: `goflow.problems`   exit 2
├── ProviderUnavailable          no key, no provider, a missing extra   exit 4
├── RunFolderError               the run's folder cannot be written     exit 1
├── RunLocked                    another process owns the run           exit 1
├── JournalCorrupt               a line of the journal cannot be read   exit 1
└── Fenced                       another owner has claimed the run      exit 1
"""

from __future__ import annotations


class GoflowError(Exception):
    """A failure that is not a mistake in a file; `help` says what would be right."""

    exit_code = 1

    def __init__(self, message: str, *, help: str | None = None) -> None:  # noqa: A002 - the word users see
        super().__init__(message)
        self.message = message
        self.help = help


class UsageError(GoflowError):
    """Nothing ran, because what was asked for cannot be done as asked."""

    exit_code = 2


class ProviderUnavailable(GoflowError):
    """No model can be asked: a key, a provider, a command or an extra is missing."""

    exit_code = 4


class RunFolderError(GoflowError):
    """The run's folder cannot be made or written."""


class RunLocked(GoflowError):
    """Another living process owns the run."""


class JournalCorrupt(GoflowError):
    """A line of a journal, other than a torn last one, cannot be read."""


class Fenced(GoflowError):
    """Another owner has claimed the run since, so this one may not append."""


def reason(error: OSError) -> str:
    """Return the system's own words for an error."""
    return (error.strerror or type(error).__name__).lower()
