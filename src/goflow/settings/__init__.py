"""What a user sets once, for all runs: `config.toml` and the variables `GOFLOW_*`."""

from __future__ import annotations

from goflow.settings.folders import config_folder, state_folder
from goflow.settings.read import read_settings
from goflow.settings.values import ProgressMode, Settings

__all__ = ["ProgressMode", "Settings", "config_folder", "read_settings", "state_folder"]
