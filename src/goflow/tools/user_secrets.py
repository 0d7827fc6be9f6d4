"""Where the keys of a user are kept, which no command need read."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

from goflow.tools.file_view import is_within

_SECRETS: Final = (
    ".aws",
    ".azure",
    ".boto",
    ".cargo/credentials.toml",
    ".claude",
    ".claude.json",
    ".codex",
    ".config/chromium",
    ".config/gcloud",
    ".config/gh",
    ".config/git/credentials",
    ".config/github-copilot",
    ".config/goflow",
    ".config/google-chrome",
    ".config/hub",
    ".config/rclone",
    ".copilot",
    ".docker",
    ".gemini",
    ".git-credentials",
    ".gnupg",
    ".kube",
    ".local/share/keyrings",
    ".mozilla",
    ".my.cnf",
    ".netrc",
    ".npmrc",
    ".password-store",
    ".pgpass",
    ".pypirc",
    ".s3cfg",
    ".ssh",
    ".terraform.d/credentials.tfrc.json",
    ".vault-token",
)


def secret_places(environ: Mapping[str, str], visible: Iterable[str]) -> tuple[str, ...]:
    """Return the files and folders with keys that are there, without links; none has a visible one in it."""
    named = [f"{home}/{name}" for home in _homes(environ) for name in _SECRETS]
    if "XDG_CONFIG_HOME" in environ:
        named.append(f"{environ['XDG_CONFIG_HOME']}/goflow")
    found = {os.path.realpath(path) for path in named if Path(path).exists()}
    seen = tuple(visible)
    return tuple(sorted(path for path in found if not any(is_within(each, path) for each in seen)))


def _homes(environ: Mapping[str, str]) -> set[str]:
    """Return the home as the variables have it and as the system has it: either may be another's."""
    homes = {environ.get("HOME", ""), _home()}
    return {home for home in homes if home.startswith("/")}


def _home() -> str:
    try:
        import pwd

        return pwd.getpwuid(os.getuid()).pw_dir
    except (ImportError, KeyError):  # not that kind of system; a user without a name
        return ""
