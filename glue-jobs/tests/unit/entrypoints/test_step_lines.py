"""What a step did is one line with counts and seconds, and how a run ended is said last."""

from __future__ import annotations

from typing import Any

import pytest

from mesh_jobs.application.run import RunReport, TableReport
from mesh_jobs.entrypoints.readable import report_lines, step_line
from mesh_jobs.ports.engine import Loss

LOSSES = (
    Loss("orders.1.filter", "removed", 1_200, "a refund"),
    Loss("orders.0.cast", "quarantined", 1, "column amount is not a decimal(12,2)"),
    Loss("orders.2.filter", "removed", 0, "a test"),
)
ORDERS = TableReport("orders", "gold", 1_234_567, 1_233_366, 1, 1_200, 2, 1_233_366, None, LOSSES, ())


def ended(state: str, **more: Any) -> list[str]:
    report = RunReport("dp_sales_orders", "1.2.0", "full-1", "full", state, False, (ORDERS,), None, 83.4, **more)
    return list(report_lines("sales/orders", report))


@pytest.mark.parametrize(
    ("event", "line"),
    [
        (
            {"step": "ingest", "source": "shop", "read": 2, "bytes": 1_234_567, "seconds": 0.1},
            "ingest shop  2 files, 1.23 MB  0.1 s",
        ),
        ({"step": "ingest", "source": "shop", "rowsIn": 3, "seconds": 0.1}, "ingest shop  3 rows  0.1 s"),
        (
            {"step": "ingest", "source": "shop", "rowsIn": 3, "read": 1, "bytes": 999, "seconds": 0, "before": True},
            "ingest shop  3 rows  1 file, 999 B  done before",
        ),
        (
            {"step": "build", **ORDERS.counts(), "seconds": 65.2},
            "build gold orders  1,233,366 rows  1 row quarantined  1,200 rows removed  2 rows vanished  1 min 5 s",
        ),
        (
            {"step": "build", **ORDERS.counts(), "seconds": 65.2, "before": True},
            "build gold orders  1,233,366 rows  1 row quarantined  1,200 rows removed  2 rows vanished  done before",
        ),
        ({"step": "certify", "checks": 14, "seconds": 3.2}, "certify  14 checks  3.2 s"),
        ({"step": "publish", "tables": 1, "seconds": 0.3}, "publish  1 table  0.3 s"),
        (
            {"step": "maintain", "table": "orders", "files": 24, "into": 1, "forgotten": 3, "seconds": 0.42},
            "maintain orders  24 small files became 1  3 old snapshots forgotten  0.4 s",
        ),
        (
            {"step": "maintain", "table": "orders", "forgotten": 1, "seconds": 12},
            "maintain orders  1 old snapshot forgotten  12 s",
        ),
        ({"step": "clean", "files": 1, "seconds": 0.1}, "clean  1 file deleted  0.1 s"),
    ],
)
def test_a_line(event: dict[str, Any], line: str) -> None:
    assert step_line(event) == line


def test_how_a_run_ended_is_its_last_line_after_what_its_tables_lost() -> None:
    lost = [
        "  removed 1,200 rows: a refund (orders.1.filter)",
        "  quarantined 1 row: column amount is not a decimal(12,2) (orders.0.cast)",
    ]
    assert ended("published") == [*lost, "✔ sales/orders 1.2.0 published in 1 min 23 s  full-1"]
    assert ended("running") == [*lost, "✔ sales/orders 1.2.0 built in 1 min 23 s  full-1"]


@pytest.mark.parametrize(
    ("state", "more", "last"),
    [
        (
            "failed",
            {"message": "the disk is full", "remedy": "make room"},
            ["  the disk is full", "  → make room"],
        ),
        ("failed", {"message": "the disk is full"}, ["  the disk is full"]),
        (
            "rejected",
            {"message": "orders: too few rows"},
            [
                "  orders: too few rows",
                "  → repair the data at its source, or the promise, then start a new run;"
                " what was certified stays published",
            ],
        ),
    ],
)
def test_what_went_wrong_is_said_last_and_what_to_do_about_it(
    state: str, more: dict[str, str], last: list[str]
) -> None:
    assert ended(state, **more)[2:] == [f"✖ sales/orders 1.2.0 {state} after 1 min 23 s  full-1", *last]
