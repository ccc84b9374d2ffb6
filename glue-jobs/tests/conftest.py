"""Puts this folder on the path, so that tests of any part find `support`; tests on Spark are all one worker's;
properties take the time they take."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from xdist.scheduler import LoadScopeScheduling

from support.on_spark import on_spark

# A machine that has other things to do makes no property false.
settings.register_profile("mesh", settings.default, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("mesh")


class OneSparkSession(LoadScopeScheduling):
    """Gives all tests on Spark to one worker, and of all others a file to whoever has nothing to do. Spark takes longer
    to start, and to become quick, than most tests take. (xdist 3.8 does not see the groups of pytest 9.2's tests.)"""

    def _split_scope(self, nodeid: str) -> str:
        return "spark" if on_spark(nodeid) else nodeid.split("::")[0]


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> OneSparkSession | None:
    """Where nothing else is asked for, as in the soak, which is nearly all on Spark."""
    return OneSparkSession(config, log) if config.getvalue("dist") == "load" else None


@pytest.fixture(
    scope="module",
    params=[pytest.param(True, id="spark"), pytest.param(False, id="spark as deployed", marks=pytest.mark.soak)],
)
def quick(request: pytest.FixtureRequest) -> Iterator[None]:
    """For modules that ask much of few rows: without what makes Spark quick on many."""
    if not request.param:
        yield
        return
    from support.spark import tiny_queries

    with tiny_queries():
        yield
