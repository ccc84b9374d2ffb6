"""A mesh of two domains with a catalogue, deployed once for all tests that need one; what it says of itself stands beside a failure."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any

import pytest

from deployment import KEPT, OPERATIONS, PLATFORM, SALES, Deployment, Role, standing
from diagnosis import said
from product import Product


@pytest.fixture(scope="session")
def mesh(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    with standing(Deployment(Path(KEPT) if KEPT else tmp_path_factory.mktemp("mesh")), two_domains) as made:
        yield made


def two_domains(made: Deployment) -> None:
    made.bootstrap(PLATFORM, SALES, OPERATIONS)
    made.synthesise()
    made.deploy(PLATFORM, "governance", "sales-foundation", "operations-foundation")
    made.deploy(SALES, "sales-orders-v1")
    made.deploy(OPERATIONS, "operations-airports-v1")


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


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    # Others are built from the product that they take away.
    items.sort(key=lambda item: item.path.name == "test_removal.py")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Generator[None, Any, Any]:
    report = yield
    mesh = getattr(item, "funcargs", {}).get("mesh")
    if report.failed and isinstance(mesh, Deployment):
        report.sections.append(("what the local AWS says", said(mesh)))
    return report
