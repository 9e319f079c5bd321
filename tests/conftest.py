"""What all tests share: those marked `browser` need a Chromium."""

from __future__ import annotations

import os

import pytest

from asrun.chromium import find_chromium


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip what needs a browser where there is none, and say so; in CI that is a failure."""
    if item.get_closest_marker("browser") and find_chromium() is None:
        if os.environ.get("CI"):
            pytest.fail("CI must look at the slides, and there is no Chromium")
        pytest.skip("there is no Chromium: apt-get install chromium")
