"""Running a program and recording what it printed, and when: the only place that starts an author's process."""
