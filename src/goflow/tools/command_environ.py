"""The variables that a command sees."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

_USER: Final = {"HOME", "LOGNAME", "USER", "SHELL", "TEMP", "TMP", "TMPDIR", "TZ", "LANG", "LANGUAGE", "CI"}
_LOCALE: Final = {
    f"LC_{name}" for name in ("ALL", "COLLATE", "CTYPE", "MESSAGES", "MONETARY", "NUMERIC", "TIME")
}
_FOLDERS: Final = {f"XDG_{name}_HOME" for name in ("CACHE", "CONFIG", "DATA", "STATE")}
_PROGRAMS: Final = {"PATH", "LD_LIBRARY_PATH", "PKG_CONFIG_PATH", "NIX_PROFILES", "SOURCE_DATE_EPOCH"}
_PYTHON: Final = {"VIRTUAL_ENV", "CONDA_PREFIX", "CONDA_DEFAULT_ENV", "PYENV_ROOT"}
_NODE_AND_RUBY: Final = {"NVM_BIN", "NVM_DIR", "RBENV_ROOT"}
_COMPILED: Final = {"CARGO_HOME", "RUSTUP_HOME", "GOCACHE", "GOMODCACHE", "GOPATH", "GOROOT"}
_PLATFORMS: Final = {"JAVA_HOME", "DOTNET_ROOT", "ANDROID_HOME", "ANDROID_SDK_ROOT"}
_CERTIFICATES: Final = {"SSL_CERT_FILE", "SSL_CERT_DIR", "NIX_SSL_CERT_FILE", "CURL_CA_BUNDLE"}
SAFE_VARIABLES: Final = frozenset().union(
    _USER, _LOCALE, _FOLDERS, _PROGRAMS, _PYTHON, _NODE_AND_RUBY, _COMPILED, _PLATFORMS, _CERTIFICATES
)
"""Who and where one is, and where programs are. A proxy's address is left out: it may hold a password."""


def safe_environ(environ: Mapping[str, str]) -> dict[str, str]:
    """Return what a command may see of the environment: nothing that could be a key or a password."""
    return {name: value for name, value in environ.items() if name in SAFE_VARIABLES} | {"TERM": "dumb"}
