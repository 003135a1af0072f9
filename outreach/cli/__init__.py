"""SIDE DOOR: every use case from a terminal or a script; one file per command group."""

from outreach.cli.app import main

__all__ = ["main"]
