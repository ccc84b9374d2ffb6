"""What Spark is told where Glue starts it."""

from __future__ import annotations

import pytest

from mesh_jobs.adapters.spark.on_glue import parts_of_a_shuffle

MOST, EACH, SAID = "spark.dynamicAllocation.maxExecutors", "spark.executor.cores", "spark.sql.shuffle.partitions"


@pytest.mark.parametrize(
    ("began", "cores", "parts"),
    [
        # Five of G.1X, twenty, forty of G.2X, eighty of G.4X: one is the driver's.
        ({MOST: "4", EACH: "4", SAID: "16"}, 4, 200),
        ({MOST: "19", EACH: "4", SAID: "76"}, 4, 608),
        ({MOST: "39", EACH: "8"}, 8, 2_496),
        ({MOST: "79", EACH: "16"}, 16, 10_000),
        ({SAID: "632"}, 8, 5_056),
        ({}, 320, 2_560),
        ({}, 1, 200),
    ],
)
def test_a_shuffle_begins_with_parts_for_all_the_cores_that_there_may_be(
    began: dict[str, str], cores: int, parts: int
) -> None:
    assert parts_of_a_shuffle(began, cores) == parts
