"""Two environments of one mesh in one account, the platform's: deployed with one command, and nothing of one is in the other's way.

Then a domain and a consumer come, and go. The tests stand in the order in which things happen.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from deployment import KEPT, PLATFORM, REGION, ROOT, standing
from whole_mesh import Analyst, WholeMesh

pytestmark = pytest.mark.soak
ENVIRONMENTS = ("", "dev-")
SAMPLES = {"orders/orders.csv": "orders.csv", "payments/payments.jsonl": "payments.jsonl"}


class OneAccount(WholeMesh):
    """Everything of a mesh in one account, in production and beside it."""

    def write(self) -> None:
        super().write()
        shutil.rmtree(self.folder / "contracts" / "operations")
        for file in self.folder.glob("contracts/sales/gold_daily.*"):
            file.unlink()

        def small(mesh: dict[str, Any]) -> None:
            mesh["environments"] = {"prod": {"production": True, "signoffs": []}, "dev": {"signoffs": []}}
            mesh["domains"] = {"sales": {**mesh["domains"]["sales"], "account": PLATFORM}}
            mesh["consumers"] = {"reporting": {**mesh["consumers"]["reporting"], "account": PLATFORM}}

        self.change_mesh(small)
        self.change("sales/orders", "[reporting, sales]", "[reporting]")

    def publish(self, environment: str) -> None:
        for key, sample in SAMPLES.items():
            bucket = f"shop-{environment}{PLATFORM}-{REGION}-sales-orders-v1-raw"
            content = (self.folder / "contracts" / "sales" / "samples" / sample).read_bytes()
            self.client("s3", PLATFORM).put_object(Bucket=bucket, Key=f"landing/{key}", Body=content)
        run = self.run(PLATFORM, f"{environment}sales-orders-v1", "init")
        assert run.status == "SUCCEEDED", run

    def reads(self, environment: str) -> Analyst:
        path = environment.replace("-", "/")
        role = f"arn:aws:iam::{PLATFORM}:role/mesh-consumer/{path}reporting/mesh-{environment}reporting-analyst"
        return Analyst(self.become(role), f"mesh-{environment}reporting")

    def data(self) -> dict[str, int]:
        """Objects in each bucket of the mesh's products."""
        s3 = self.client("s3", PLATFORM)
        names = [each["Name"] for each in s3.list_buckets()["Buckets"] if each["Name"].endswith(("-raw", "-curated"))]
        return {name: sum(page["KeyCount"] for page in s3.get_paginator("list_objects_v2").paginate(Bucket=name)) for name in names}


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OneAccount]:
    with standing(OneAccount(Path(KEPT) if KEPT else tmp_path_factory.mktemp("environments")), at_once) as made:
        yield made


def at_once(made: OneAccount) -> None:
    made.bootstrap(PLATFORM)
    made.deploy_all()


def test_one_command_deploys_both(shop: OneAccount) -> None:
    wanted = {name.strip() for name in shop.cdk(PLATFORM, "ls", "--app", "cdk.out").splitlines() if name.strip()}
    assert shop.stacks(PLATFORM) == dict.fromkeys(wanted, "CREATE_COMPLETE")
    of_dev = {name.removeprefix("dev-") for name in wanted if name.startswith("dev-")}
    once = {name for name in wanted if name.startswith(("audit", "observability"))}
    assert wanted - once == of_dev | {f"dev-{name}" for name in of_dev}


def test_what_is_published_in_one_is_seen_in_it_and_not_in_the_other(shop: OneAccount) -> None:
    shop.publish("dev-")
    dev, production = shop.reads("dev-"), shop.reads("")
    assert dev.ask("SELECT count(*) AS n FROM orders_v1", "sales_dev") == [{"n": "41"}]
    assert production.ask("SELECT count(*) AS n FROM orders_v1") == [{"n": "0"}]
    assert dev.is_refused()
    assert production.is_refused(database="sales_dev")
    shop.publish("")
    assert production.ask("SELECT count(*) AS n FROM orders_v1") == [{"n": "41"}]


def test_each_is_as_its_contract_says(shop: OneAccount) -> None:
    for environment in ([], ["--env", "dev"]):
        code, said = shop.mesh("verify", "--json", *environment)
        [found] = json.loads(said)["products"]
        assert (code, found["ok"], found["listed"], found["differences"], found["drift"]) == (0, True, True, [], []), found
        assert found["grants"]


OPERATIONS = ("access-operations", "operations-foundation", "operations-policy", "operations-airports-v1", "operations-airports-v1-grants")
LENS = ("access-lens", "lens-roles", "lens-consumption")
WHOSE = {"account": PLATFORM, "owner": "new@shoply.example", "costCentre": "CC-9"}


def come(shop: OneAccount) -> None:
    """A domain with a product, and a consumer that its contract names."""

    def more(mesh: dict[str, Any]) -> None:
        mesh["domains"]["operations"] = {"description": "Airports.", "classification": "public", **WHOSE}
        mesh["consumers"]["lens"] = {"roles": ["analyst"], **WHOSE}

    shop.change_mesh(more)
    to = shop.folder / "contracts" / "operations"
    shutil.copytree(ROOT / "contracts" / "operations", to, ignore=lambda _, names: [each for each in names if "flight" in each])
    shop.change("operations/airports", "value: [safety]", "value: [lens]")


def test_a_domain_and_a_consumer_come_with_an_entry_each_and_one_deployment(shop: OneAccount) -> None:
    before, data = set(shop.stacks(PLATFORM)), shop.data()
    come(shop)
    shop.deploy_all()
    now = shop.stacks(PLATFORM)
    new = {f"{environment}{name}" for environment in ENVIRONMENTS for name in (*OPERATIONS, *LENS)}
    assert set(now) - before == new
    assert {now[name] for name in new} == {"CREATE_COMPLETE"}
    # Of what was there, only what says who is in the mesh.
    assert {name for name in before if now[name] != "CREATE_COMPLETE"} == {"governance", "dev-governance", "observability"}
    assert {name: count for name, count in shop.data().items() if name in data} == data
    sample = shop.folder / "contracts" / "operations" / "samples" / "airports.csv"
    shop.land(PLATFORM, "operations-airports-v1", "airports/airports.csv", sample.read_bytes())
    assert shop.run(PLATFORM, "operations-airports-v1", "init").status == "SUCCEEDED"
    [row] = shop.analyst(PLATFORM, "lens").ask("SELECT count(*) AS n FROM airports_v1", "operations")
    assert int(row["n"] or 0) > 3000
    assert shop.analyst(PLATFORM, "lens").is_refused()
