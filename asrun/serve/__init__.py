"""Live preview: a save re-records what it must, and the browser shows it at once."""

from asrun.serve.serve import serve

__all__ = ["serve"]
