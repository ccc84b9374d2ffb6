"""Puts this folder on the path, so that tests of any part find `support`, and all tests on Spark into one process."""

from __future__ import annotations

import pytest

from support import spark_worker


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """One Java for all of them: it is slow until it is warm, and two would be twice as long."""
    for item in items:
        if item.get_closest_marker("spark"):
            item.add_marker(pytest.mark.xdist_group("spark"))


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    spark_worker.allowed = item.get_closest_marker("spark") is not None
