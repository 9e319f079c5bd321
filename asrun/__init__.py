"""AsRun builds slide decks whose code really ran."""

__version__ = "0.1.0"
