"""From the files of a project to a checked Project, or every mistake in them at once."""
