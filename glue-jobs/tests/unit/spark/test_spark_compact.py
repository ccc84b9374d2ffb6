"""The figure that tells whether rows changed when files were written anew."""

from __future__ import annotations

from functools import reduce
from pathlib import Path

import pytest
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from mesh_jobs.adapters.iceberg.tables import LocalTables
from mesh_jobs.adapters.spark import compact as compaction
from mesh_jobs.adapters.spark import working
from mesh_jobs.adapters.spark.compact import compact, row_hash
from mesh_jobs.adapters.spark.session import Session
from mesh_jobs.adapters.spark.working import working_on
from mesh_jobs.domain.table import Field, TableName
from support.spark import spark

PAIRS = {
    "a value": ("SELECT 1 AS a, 2 AS b", "SELECT 1 AS a, 3 AS b"),
    "a value in another column": ("SELECT 1 AS a, 2 AS b", "SELECT 2 AS a, 1 AS b"),
    "null in another column": ("SELECT 1 AS a, CAST(NULL AS INT) AS b", "SELECT CAST(NULL AS INT) AS a, 1 AS b"),
    "null and nothing": ("SELECT CAST(NULL AS STRING) AS a", "SELECT '' AS a"),
    "inside a list": ("SELECT array(1, NULL) AS a", "SELECT array(1, 2) AS a"),
    "inside a map": ("SELECT map('k', 1) AS a", "SELECT map('k', 2) AS a"),
    "inside a map in a list": ("SELECT array(map('k', 1)) AS a", "SELECT array(map('l', 1)) AS a"),
    "inside a map in a struct": ("SELECT struct(map('k', 1) AS m) AS a", "SELECT struct(map('k', 2) AS m) AS a"),
}


@pytest.mark.ci
def test_a_row_that_differs_has_another_hash() -> None:
    frames = [spark().sql(query) for pair in PAIRS.values() for query in (*pair, pair[0])]
    hashed = reduce(DataFrame.unionAll, (f.select(F.lit(n), row_hash(f)) for n, f in enumerate(frames)))
    hashes = [found for _, found in sorted(hashed.collect())]
    alike = dict(zip(PAIRS, zip(hashes[0::3], hashes[1::3], hashes[2::3], strict=True), strict=True))
    assert {what: (one == again, one == other) for what, (one, other, again) in alike.items()} == dict.fromkeys(
        PAIRS, (True, False)
    )


@pytest.mark.ci
def test_files_become_as_few_as_their_size_asks_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    session = Session(spark(), tmp_path.as_uri(), b"k" * 32)
    tables, table = LocalTables(tmp_path / ".mesh"), TableName("sales_internal", "orders_v1__raw")
    tables.ensure(table, [Field("id", "long")], replace=True)
    for i in range(5):
        base = tables.location(table)
        assert base is not None
        with working_on(session, table, base) as work:
            work.append(spark().range(i * 100, i * 100 + 100))
            assert work.made is not None
            tables.adopt(table, f"r{i}", base, work.made)
    size = max(file.size for file in tables.files(table))
    # Files too large for two of them to be read in one task: that task would write as many again.
    for module in (compaction, working):
        monkeypatch.setattr(module, "TARGET_FILE_SIZE", 3 * size)
    done = compact(session, tables, table, "c1")
    assert done is not None
    assert (done.files, done.into, done.rows) == (5, 2, 500)
