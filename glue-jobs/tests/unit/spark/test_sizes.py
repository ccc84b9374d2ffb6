"""How many tasks write a table, told from what Spark knows of the rows before they are computed."""

from __future__ import annotations

from pathlib import Path

import pytest
from pyspark.sql import DataFrame

from mesh_jobs.adapters.spark.layout import shaped
from mesh_jobs.adapters.spark.session import Session
from support.spark import spark

#: Bytes of a range's number.
LONG = 8
MB = 2**20


def numbers(size: int, name: str = "id") -> DataFrame:
    """So many bytes of them."""
    return spark().range(size // LONG).withColumnRenamed("id", name)


def planned(frame: DataFrame, tmp_path: Path, partitioned: bool = False) -> str:
    """How the rows are to be brought together: the first line of the plan."""
    made = shaped(Session(spark(), tmp_path.as_uri(), b"k" * 32), frame, partitioned)
    return str(made._jdf.queryExecution().logical()).splitlines()[0]


@pytest.mark.parametrize(
    ("size", "said"),
    [
        (MB - LONG, "Repartition 1, false"),
        (MB, "UnresolvedHint rebalance"),
        (64 * MB - LONG, "UnresolvedHint rebalance"),
        (64 * MB, "Repartition 2, false"),
        (3 * 256 * MB, "Repartition 3, false"),
        (3 * 256 * MB + LONG, "Repartition 4, false"),
        (2**62, "Repartition 100000, false"),
    ],
)
def test_rows_become_files_of_a_good_size_and_few_are_moved(tmp_path: Path, size: int, said: str) -> None:
    assert planned(numbers(size), tmp_path) == said


def test_a_join_is_thought_as_large_as_what_it_reads_and_not_as_the_product(tmp_path: Path) -> None:
    one, other = numbers(2**40), numbers(2**40, "other")
    joined = one.join(other, one["id"] == other["other"])
    assert planned(joined, tmp_path) == f"Repartition {2 * 2**40 // (256 * MB)}, false"


def test_rows_that_few_may_have_become_many_of_are_told_when_they_are_there(tmp_path: Path) -> None:
    assert planned(numbers(MB // 2).crossJoin(numbers(MB // 2, "other")), tmp_path) == "UnresolvedHint rebalance"


def test_rows_of_unknown_size_are_told_when_they_are_there(tmp_path: Path) -> None:
    unknown = spark().createDataFrame([(1, 2)], "a INT, b INT")
    assert planned(unknown, tmp_path) == "UnresolvedHint rebalance"
    assert planned(unknown.select("a"), tmp_path) == "UnresolvedHint rebalance"
    assert planned(unknown.crossJoin(numbers(MB)), tmp_path) == "UnresolvedHint rebalance"


def test_rows_of_partitions_are_left_to_iceberg(tmp_path: Path) -> None:
    assert planned(numbers(2**40), tmp_path, partitioned=True).startswith("Project")
