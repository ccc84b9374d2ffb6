"""Expressions are computed late: wherever one meets a value it cannot use, that is the person's to correct."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from mesh_jobs.domain import rules as r
from mesh_jobs.domain.errors import BadInput
from mesh_jobs.domain.table import Field
from mesh_jobs.ports.engine import Dataset
from support.bench import Bench, check, protected, source, table

DERIVED = (r.Derive("orders.0.derive", (("n", "CAST(email AS BIGINT)"),)),)


def people(duck: Bench) -> dict[str, Dataset]:
    how = source(Field("email", "string"))
    return {"rows": duck.engine.read_files(how, [duck.file("a.csv", "email\nann@shoply.com\n")])}


def test_an_expression_that_fails_when_the_table_is_written_is_bad_input(duck: Bench) -> None:
    with pytest.raises(BadInput) as error:
        duck.save(table(*DERIVED), people(duck))
    assert str(error.value) == "table clean: a text is not a whole number"


def test_a_failing_expression_does_not_show_protected_values(duck: Bench) -> None:
    with pytest.raises(BadInput, match="table clean: an expression failed on a value") as error:
        duck.save(table(*DERIVED, protected=protected("email")), people(duck))
    assert "ann" not in str(error.value)


@pytest.mark.parametrize(
    "look",
    [
        lambda duck, rows: duck.rows(rows),
        lambda duck, rows: duck.engine.tally(rows, ["n"]),
        lambda duck, rows: duck.engine.greatest(rows, "n"),
        lambda duck, rows: duck.engine.measure(table(), rows, [check("nullValues", "n")]),
        lambda duck, rows: duck.save(table(name="next"), {"rows": rows}),
    ],
    ids=["rows", "tally", "greatest", "measure", "next table"],
)
def test_an_expression_that_fails_when_it_is_looked_at_is_bad_input(
    duck: Bench, look: Callable[[Bench, Dataset], Any]
) -> None:
    prepared = duck.engine.prepare(table(*DERIVED), people(duck))
    with pytest.raises(BadInput):
        look(duck, duck.engine.dataset(prepared))
