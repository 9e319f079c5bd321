"""The command line: it reads what was asked and prints what came of it, and decides nothing."""

from asrun.cli.entry import main

__all__ = ["main"]
