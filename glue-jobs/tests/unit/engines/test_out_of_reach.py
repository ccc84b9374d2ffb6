"""A file that is gone, and a permission that is missing, are not blamed on data or rules."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import duckdb
import pytest

from mesh_jobs.adapters.duckdb.failures import spoken
from mesh_jobs.domain import rules as r
from mesh_jobs.domain.errors import BadInput, DiskFull, OutOfReach
from mesh_jobs.domain.plan import Partition, Table
from mesh_jobs.domain.table import Field, TableName
from support.bench import Bench, protected, source, table

ORDERS = source(Field("id", "string"), Field("email", "string"))


@pytest.fixture
def stored(bench: Bench) -> TableName:
    made = table(partition_by=(Partition("email", "identity"),)) if bench.name == "spark" else table()
    rows = bench.engine.read_files(ORDERS, [bench.file("a.csv", "id,email\n1,ann@shoply.com\n")])
    bench.save(made, {"rows": rows})
    return made.physical


def made_from(bench: Bench, stored: TableName, next_table: Table) -> Sequence[dict[str, Any]]:
    prepared = bench.engine.prepare(next_table, {"rows": bench.engine.read_table(stored)})
    return bench.engine.rows(bench.engine.dataset(prepared))


@pytest.mark.parametrize("hidden", [False, True])
def test_a_data_file_that_is_gone_is_named(bench: Bench, stored: TableName, hidden: bool) -> None:
    (gone,) = (bench.folder / ".mesh").rglob("data/**/*.parquet")
    gone.unlink()
    more = {"protected": protected("email")} if hidden else {}
    next_table = table(r.Derive("1", (("n", "CAST(email AS BIGINT)"),)), **more)
    with pytest.raises(OutOfReach) as caught:
        made_from(bench, stored, next_table)
    message = str(caught.value)
    assert message.startswith(("table ", "the rows: "))
    assert message.endswith(f"{gone.name} is not there")
    for noise in ("ann@", "%40", "Exception", "IO Error", "\n"):
        assert noise not in message
    assert caught.value.remedy is not None
    assert caught.value.remedy.startswith("restore it")


def test_a_landed_file_that_is_gone_is_named(bench: Bench) -> None:
    file = bench.file("orders.csv", "id,email\n1,ann@shoply.com\n")
    (bench.folder / "orders.csv").unlink()
    with pytest.raises(OutOfReach, match=r"orders\.csv is not there"):
        bench.engine.rows(bench.engine.read_files(ORDERS, [file]))


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ('Cannot open file "/data/a.parquet": Permission denied', "access to /data/a.parquet was denied"),
        ("Could not resolve hostname error for HTTP GET to 'https://b.s3.amazonaws.com/a?X-Amz-Date=1'",
         "https://b.s3.amazonaws.com/a could not be reached"),
        ("Could not read all bytes from file \"/data/n=ann/a.parquet\"",
         "/data/…/a.parquet could not be read or written"),
    ],
)  # fmt: skip
def test_what_duckdb_says_of_files_becomes_a_sentence(said: str, message: str) -> None:
    found = spoken("table clean", duckdb.IOException(f"IO Error: {said}"), silent=True)
    assert isinstance(found, OutOfReach)
    assert str(found) == f"table clean: {message}"


@pytest.mark.parametrize(
    ("status", "said"),
    [(403, "access to s3://b/a was denied"), (404, "s3://b/a is not there"), (503, "AWS was too busy")],
)
def test_what_s3_answers_to_duckdb_becomes_a_sentence(status: int, said: str) -> None:
    error = duckdb.HTTPException("HTTP Error: HTTP GET error on 's3://b/a'")
    error.status_code = status
    assert said in str(spoken("table clean", error, silent=True))


def test_a_full_disk_and_a_bad_value_stay_what_they_are() -> None:
    full = duckdb.IOException("IO Error: Could not write file /a: No space left on device")
    assert isinstance(spoken("table clean", full, silent=True), DiskFull)
    bad = duckdb.ConversionException("Conversion Error: 'Permission denied' is no number")
    assert isinstance(spoken("table clean", bad, silent=True), BadInput)
