"""From the files of a project to a checked Project, or every mistake in them at once."""

from asrun.load.project import load_project

__all__ = ["load_project"]
