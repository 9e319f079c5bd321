"""From the files of a project to a checked Project, or every mistake in them at once."""

from asrun.load.project import find_root, load_project

__all__ = ["find_root", "load_project"]
