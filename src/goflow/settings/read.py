"""Reading the user's configuration: the file, then the variables, which win."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Final

from goflow.errors import UsageError
from goflow.loader.reader import MEGABYTE, DiskReader, Missing
from goflow.problems import shown, suggest
from goflow.settings.folders import config_folder
from goflow.settings.keys import KEYS, Key
from goflow.settings.values import Settings
from goflow.workflow import ProviderSpec

_PREFIX: Final = "GOFLOW_"
_DIGITS: Final = re.compile("[0-9]{1,9}")
_HINTS: Final = {
    "provider.api_key": "keys do not stand in files: `api_key_env` names the variable that holds the key",
}


def read_settings(environ: Mapping[str, str], home: Path) -> Settings:
    """Read the user's configuration; a variable wins over the file, and an empty one counts as not set.

    Raises UsageError for a file that cannot be read, an unknown key, or a value that does not fit.
    """
    path = config_folder(environ, home) / "config.toml"
    file, variables = dict(_from_file(path)), dict(_from_variables(environ))
    for found in (file, variables):
        _split_provider(found)
    if "provider.type" in variables:
        file = {name: value for name, value in file.items() if not name.startswith("provider.")}
    found = file | variables
    if "audit_dir" in found:
        found["audit_dir"] = _below_home(found["audit_dir"], home)
    return Settings(
        provider=_provider(found),
        notices=tuple(_misspelt(environ)),
        **{name: value for name, value in found.items() if "." not in name},
    )


def _from_file(path: Path) -> Iterator[tuple[str, Any]]:
    for name, value in _flat(_document(path)):
        key = KEYS.get(name)
        if key is None:
            told = _HINTS.get(name) or suggest(name, KEYS) or f"known: {', '.join(KEYS)}"
            raise UsageError(f"unknown key `{name}` in `{path}`", help=told)
        yield name, _fitting(key, value, f"`{name}` in `{path}`", _as_toml(value))


def _from_variables(environ: Mapping[str, str]) -> Iterator[tuple[str, Any]]:
    for name, key in KEYS.items():
        text = environ.get(key.variable) if key.variable else None
        if text:
            value = int(text) if _DIGITS.fullmatch(text) else text
            yield name, _fitting(key, value, f"`{key.variable}`", text)


def _fitting(key: Key, written: object, where: str, as_written: str) -> object:
    value: object = key.read(written)
    if value is None:
        told = "is no name of a variable" if key.may_be_secret else f"is {shown(as_written)}"
        raise UsageError(f"{where} {told}", help=f"write {key.right}")
    return value


def _document(path: Path) -> dict[str, Any]:
    """Return what the file holds; one that is not there holds nothing."""
    try:
        content = DiskReader().read(path, limit=MEGABYTE).decode("utf-8-sig")
    except Missing:
        return {}
    except UnicodeDecodeError as error:
        raise UsageError(f"`{path}` cannot be read: it is not UTF-8") from error
    import tomllib

    try:
        return tomllib.loads(content)
    except tomllib.TOMLDecodeError as error:
        told = 'the file is written in TOML, as in `model = "gpt-5"`'
        words = str(error)
        raise UsageError(f"`{path}` is no TOML: {words[:1].lower()}{words[1:]}", help=told) from error


def _flat(document: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, value in document.items():
        if isinstance(value, dict) and name == "provider":
            yield from ((f"provider.{inner}", each) for inner, each in value.items())
        else:
            yield name, value


def _as_toml(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return f'"{value}"' if isinstance(value, str) else str(value)


def _split_provider(found: dict[str, Any]) -> None:
    """Take `provider:model` apart; the model keeps the provider's name, which decides who is asked for it."""
    written = found.pop("provider", None)
    if written is not None:
        found["provider.type"], _, model = written.partition(":")
        if model:
            found.setdefault("model", written)


def _provider(found: dict[str, Any]) -> ProviderSpec | None:
    parts = {name.removeprefix("provider."): value for name, value in found.items() if "." in name}
    if parts and "type" not in parts:
        raise UsageError(
            f"`provider.{next(iter(parts))}` is set, but no provider",
            help="set `provider.type` or `GOFLOW_PROVIDER`",
        )
    return ProviderSpec(**parts) if parts else None


def _below_home(folder: str, home: Path) -> Path:
    return home / folder[2:] if folder == "~" or folder.startswith("~/") else Path(folder)


def _misspelt(environ: Mapping[str, str]) -> Iterator[str]:
    """Name variables that are near to one of ours; others may be anybody's."""
    known = {key.variable for key in KEYS.values() if key.variable}
    for name in sorted(environ):
        if name.startswith(_PREFIX) and name not in known:
            endings = [each.removeprefix(_PREFIX) for each in known]
            near = get_close_matches(name.removeprefix(_PREFIX), endings, n=1, cutoff=0.75)
            if near:
                yield f"`{name}` is no setting: did you mean `{_PREFIX}{near[0]}`?"
