"""A local AWS that was started for Spark: jobs run on it to their end, as the roles that they are deployed with."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from deployment import OPERATIONS, PLATFORM, Deployment, standing
from product import Product

pytestmark = pytest.mark.soak


@pytest.fixture(scope="module")
def on_spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    with standing(Deployment(tmp_path_factory.mktemp("spark")), operations, MESH_LOCAL_ENGINE="spark") as made:
        yield made


def operations(made: Deployment) -> None:
    made.bootstrap(PLATFORM, OPERATIONS)
    made.synthesise()
    made.deploy(PLATFORM, "operations-foundation")
    made.deploy(OPERATIONS, "operations-airports-v1")


def test_a_run_is_on_spark_from_its_sources_to_its_certificate(on_spark: Deployment) -> None:
    sample = on_spark.folder / "contracts" / "operations" / "samples" / "airports.csv"
    on_spark.land(OPERATIONS, "operations-airports-v1", "airports/airports.csv", sample.read_bytes())
    airports = Product(on_spark, OPERATIONS, "operations-airports-v1")
    airports.ended(airports.start({"mode": "init"}), "SUCCEEDED")
    for job in ("etl", "quality"):
        assert [line for line in airports.log_of(job) if "spark: as asked for" in line] != []
    # Whoever writes a snapshot leaves its name in it. Nobody but the product's jobs may read the file by way of S3.
    location = airports.published("operations", "airports_v1")[1].removeprefix("s3://")
    file = on_spark.folder / ".mesh" / "aws" / "s3" / OPERATIONS / location
    assert {snapshot["summary"]["engine-name"] for snapshot in json.loads(file.read_text(encoding="utf-8"))["snapshots"]} == {"spark"}
