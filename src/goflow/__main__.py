"""Run the command as `python -m goflow`."""

from __future__ import annotations

from goflow.cli.main import run_process

if __name__ == "__main__":
    run_process()
