"""A mesh of two domains, deployed once for all tests that need one; what it says of itself stands beside a failure.

MESH_TEST_FOLDER names a folder that it is made in, and left running in: the next tests begin with what is deployed there.
"""

from __future__ import annotations

import os
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any

import pytest

from deployment import OPERATIONS, PLATFORM, SALES, Deployment, Role
from product import Product


@pytest.fixture(scope="session")
def mesh(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    kept = os.environ.get("MESH_TEST_FOLDER")
    made = Deployment(Path(kept) if kept else tmp_path_factory.mktemp("mesh"))
    if made.is_deployed:
        made.up()
        yield made
        return
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
        if not kept:
            made.down()


@pytest.fixture(scope="session")
def steward(mesh: Deployment) -> Role:
    return mesh.steward(SALES)


@pytest.fixture(scope="session")
def orders(mesh: Deployment) -> Product:
    """Published."""
    for key in ("orders/orders.csv", "payments/payments.jsonl"):
        sample = mesh.folder / "contracts" / "sales" / "samples" / key.rpartition("/")[2]
        mesh.land(SALES, "sales-orders-v1", key, sample.read_bytes())
    product = Product(mesh, SALES, "sales-orders-v1")
    if product.published("sales", "orders_v1")[0] == "":
        product.ended(product.start({"mode": "init"}), "SUCCEEDED")
    return product


@pytest.fixture(scope="session")
def gold_daily(mesh: Deployment) -> Product:
    """Built from the orders."""
    mesh.deploy(SALES, "sales-gold-daily-v1")
    return Product(mesh, SALES, "sales-gold-daily-v1")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Generator[None, Any, Any]:
    report = yield
    mesh = getattr(item, "funcargs", {}).get("mesh")
    if report.failed and isinstance(mesh, Deployment):
        report.sections.append(("what the local AWS says", mesh.said()))
    return report
