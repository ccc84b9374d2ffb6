"""Files whose types are nearly the table's: PyIceberg and DuckDB read them right, Spark does not, so none gets in."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

import duckdb
import pytest
from two_engines import TwoEngines

from mesh_jobs.adapters.iceberg import parquet
from mesh_jobs.adapters.iceberg.files import field_ids
from mesh_jobs.adapters.iceberg.wrong_file import WrongFile
from mesh_jobs.domain.errors import EngineFailed
from mesh_jobs.domain.table import Field, TableName

NAME = TableName("sales_internal", "orders_v1__strange")


def written(two: TwoEngines, type_: str, value: str) -> list[str]:
    """A file of one row for a table of one column."""
    schema = two.tables.ensure(NAME, [Field("x", type_)], replace=True)
    folder = two.tables.data_folder(NAME)
    with duckdb.connect() as db:
        db.execute(
            f"COPY (SELECT {value} AS x) TO '{folder}' (FORMAT parquet, FILENAME_PATTERN 'run-1-{{uuid}}', "
            f"FIELD_IDS {field_ids(schema)}, RETURN_FILES true, PER_THREAD_OUTPUT true)"
        )
        return list(db.fetchall()[0][1])


@pytest.mark.parametrize(
    ("type_", "value", "right", "misread"),
    [
        ("decimal(18, 4)", "CAST(1.5 AS DECIMAL(18, 2))", Decimal("1.5"), Decimal("0.0150")),
        ("long", "CAST(7 AS INTEGER)", 7, None),
        ("timestamp", "CAST('2024-01-01 12:00:00' AS TIMESTAMP_MS)", datetime(2024, 1, 1, 12), None),
    ],
    ids=["another scale", "a narrower number", "milliseconds"],
)
def test_a_file_that_spark_would_misread_is_refused(
    two: TwoEngines, monkeypatch: pytest.MonkeyPatch, type_: str, value: str, right: Any, misread: Any
) -> None:
    files = written(two, type_, value)
    with pytest.raises(WrongFile, match="x is"):
        two.tables.commit_append(NAME, "run-1", files)
    assert two.read("spark", NAME) == []
    # What it would have come to.
    monkeypatch.setattr(parquet, "_compare", lambda path, found, wanted: None)
    two.tables.commit_append(NAME, "run-1", files)
    assert two.read("duckdb", NAME) == [{"x": right}]
    if misread is None:
        with pytest.raises(EngineFailed, match="ClassCastException"):
            two.read("spark", NAME)
    else:
        assert two.read("spark", NAME) == [{"x": misread}]
