"""Rows that an engine loses without counting them stop a run, in each part of a table's rules."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from mesh_jobs.adapters.exits import Exit, Ledger
from mesh_jobs.domain import rules as r
from mesh_jobs.domain.errors import ConservationBroken
from mesh_jobs.domain.table import Field
from support.bench import Bench, on_duckdb, on_spark, table

TAKES_ONE = r.Filter("rows.0", "amount > 1", "too little")
#: It ends the part in which rows can be followed.
TOTAL = r.Aggregate("rows.1", ("id",), (("total", "sum(amount)"),))


@pytest.fixture(params=["duckdb", pytest.param("spark", marks=pytest.mark.ci)])
def bench(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Bench]:
    found = on_duckdb(tmp_path) if request.param == "duckdb" else on_spark(tmp_path)
    yield found
    found.engine.close()


@pytest.mark.parametrize("rules", [(TAKES_ONE,), (TAKES_ONE, TOTAL)], ids=["in the last part", "in a part before"])
def test_a_way_out_that_reports_no_rows_stops_the_run(
    bench: Bench, rules: tuple[r.TransformationRule, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    way_out = Ledger.way_out

    def unnoticed(ledger: Ledger, *how: str) -> int:
        number = way_out(ledger, *how)  # type: ignore[arg-type]
        # What is counted is a number that no row carries.
        ledger.exits[-1] = Exit(-number, *how)  # type: ignore[arg-type]
        return number

    orders = [{"id": "a", "amount": 1}, {"id": "a", "amount": 2}, {"id": "b", "amount": 3}]
    rows = bench.given(orders, Field("id", "string"), Field("amount", "int"))
    bench.engine.prepare(table(*rules), {"rows": rows})
    monkeypatch.setattr(Ledger, "way_out", unnoticed)
    with pytest.raises(ConservationBroken, match="table clean: 3 rows became 2 and 0 lost ones"):
        bench.engine.prepare(table(*rules), {"rows": rows})
