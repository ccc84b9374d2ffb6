"""A pointer can go back as far as snapshots are kept, however often a table is written."""

from __future__ import annotations

import pytest

from mesh_jobs.adapters.iceberg import metadata as md
from mesh_jobs.domain.retention import Retention

DAY, QUARTER = 86_400_000, 900_000
KEPT = Retention(every=5 * 86_400, daily=30 * 86_400)


def written(before: md.Metadata, n: int) -> md.Metadata:
    """By the n-th write, one each quarter of an hour. Its snapshot is the current one in the files 2n and 2n + 1."""
    after = md.following(before, f"{2 * n - 1}.metadata.json")
    md.add_snapshot(after, {"snapshot-id": n, "sequence-number": n, "timestamp-ms": n * QUARTER, "summary": {}})
    put_away = md.following(after, f"{2 * n}.metadata.json")
    put_away["last-updated-ms"] = n * QUARTER + 1
    md.forget_snapshots(put_away, KEPT)
    return put_away


@pytest.mark.ci
def test_the_metadata_of_a_snapshot_is_kept_as_long_as_it() -> None:
    metadata = md.new("s3://shoply-curated/tables/sales/orders_v1")
    for n in range(1, 60 * 96):
        metadata = written(metadata, n)
        current = metadata["current-snapshot-id"]
        ended = [s["snapshot-id"] for s in metadata["snapshots"] if s["snapshot-id"] != current]
        assert {f"{2 * s + 1}.metadata.json" for s in ended} <= md.history(metadata)
    days = {snapshot["timestamp-ms"] // DAY for snapshot in metadata["snapshots"]}
    assert days == set(range(29, 60))
    # Two files a snapshot: each of five days, the last one of the others, and the day since snapshots were looked at.
    assert len(metadata["metadata-log"]) <= 2 * (6 * 96 + 25)


def test_the_last_hundred_are_kept_whatever_their_snapshots() -> None:
    metadata = md.new("s3://shoply-curated/tables/sales/orders_v1")
    for n in range(1, 3):
        metadata = written(metadata, n)
    for n in range(100, 200):
        metadata = md.following(metadata, f"{n}.metadata.json")
    log = md._log_without({1, 2}, metadata["metadata-log"], metadata["snapshots"])
    assert [entry["metadata-file"] for entry in log] == [f"{n}.metadata.json" for n in range(100, 200)]
