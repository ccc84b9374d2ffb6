"""The figure that tells whether rows changed when files were written anew."""

from __future__ import annotations

import pytest

from mesh_jobs.adapters.spark.compact import row_hash
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


@pytest.mark.parametrize("what", PAIRS)
def test_a_row_that_differs_has_another_hash(what: str) -> None:
    one, other = (spark().sql(query) for query in PAIRS[what])
    hashes = [frame.select(row_hash(frame)).collect()[0][0] for frame in (one, other, one)]
    assert hashes[0] == hashes[2]
    assert hashes[0] != hashes[1]
