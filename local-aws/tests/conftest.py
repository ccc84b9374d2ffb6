"""A mesh of two domains, deployed once for all tests that need one; what it says of itself stands beside a failure."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from typing import Any

import pytest

from deployment import OPERATIONS, PLATFORM, SALES, Deployment


@pytest.fixture(scope="session")
def mesh(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    made = Deployment(tmp_path_factory.mktemp("mesh"))
    made.write()
    made.up()
    try:
        made.bootstrap(PLATFORM, SALES, OPERATIONS)
        made.synthesise()
        made.deploy(PLATFORM, "sales-foundation", "operations-foundation")
        made.deploy(SALES, "sales-orders-v1")
        made.deploy(OPERATIONS, "operations-airports-v1")
        yield made
    finally:
        made.down()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Generator[None, Any, Any]:
    report = yield
    mesh = getattr(item, "funcargs", {}).get("mesh")
    if report.failed and isinstance(mesh, Deployment):
        report.sections.append(("what the local AWS says", mesh.said()))
    return report
