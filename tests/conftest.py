"""What all tests share: those marked `browser` need a Chromium, and in CI Hypothesis tries the same examples each time.

A gate must say the same twice of the same tree; new examples are looked for wherever the tests run outside of CI.
"""

from __future__ import annotations

import os

import pytest
from hypothesis import settings

from asrun.chromium import find_chromium

settings.register_profile("ci", derandomize=True, deadline=None)
settings.register_profile("dev", deadline=None)
settings.load_profile("ci" if os.environ.get("CI") else "dev")


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip what needs a browser where there is none, and say so; in CI that is a failure."""
    if item.get_closest_marker("browser") and find_chromium() is None:
        if os.environ.get("CI"):
            pytest.fail("CI must look at the slides, and there is no Chromium")
        pytest.skip("there is no Chromium: apt-get install chromium")
