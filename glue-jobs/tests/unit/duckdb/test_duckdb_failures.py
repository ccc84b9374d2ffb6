"""Expressions are computed late: wherever one meets a value it cannot use, that is the person's to correct."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import duckdb
import pytest

from mesh_jobs.adapters.duckdb.failures import speaking
from mesh_jobs.adapters.duckdb.session import Session
from mesh_jobs.domain import rules as r
from mesh_jobs.domain.errors import BadInput, EngineFailed, MeshError, OutOfMemory
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


@pytest.mark.parametrize(
    ("error", "kind", "message"),
    [
        (duckdb.InternalException("INTERNAL: ann@shoply.com"), EngineFailed, "DuckDB failed with InternalException"),
        (duckdb.FatalException("FATAL Error: ann@shoply.com"), EngineFailed, "DuckDB failed with FatalException"),
        (duckdb.TransactionException("Trans: ann@shoply.com"), EngineFailed, "DuckDB failed with TransactionException"),
        (
            duckdb.OutOfMemoryException("Out of Memory Error: no"),
            OutOfMemory,
            "there was not enough memory and disk space",
        ),
        (duckdb.ConversionException("Conversion Error: ann@shoply.com"), BadInput, "ann@shoply.com"),
        (duckdb.InvalidInputException("Invalid Input Error: ann@shoply.com"), BadInput, "ann@shoply.com"),
        (duckdb.ConstraintException("Constraint Error: ann@shoply.com"), BadInput, "ann@shoply.com"),
        (duckdb.NotImplementedException("Not implemented Error: ann@shoply.com"), BadInput, "ann@shoply.com"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, duckdb.Error) else "",
)
@pytest.mark.parametrize("silent", [True, False])
def test_a_fault_of_duckdb_is_not_told_as_one_of_a_rule(
    error: duckdb.Error, kind: type[MeshError], message: str, silent: bool
) -> None:
    with pytest.raises(kind) as caught, speaking("table clean", silent):
        raise error
    said = str(caught.value)
    assert said.startswith("table clean: ")
    assert message in said or silent
    assert ("ann@shoply.com" in said) == (not silent and "ann@shoply.com" in str(error))
    assert ("correct the rule" in str(caught.value.remedy)) == (kind is BadInput)


FAULTS = [(duckdb.InternalException, EngineFailed), (duckdb.OutOfMemoryException, OutOfMemory)]


@pytest.mark.parametrize(("fault", "kind"), FAULTS)
def test_a_fault_while_a_check_is_asked_is_none_of_its_query(
    duck: Bench, monkeypatch: pytest.MonkeyPatch, fault: type[duckdb.Error], kind: type[MeshError]
) -> None:
    rows = people(duck)["rows"]
    asked = check("sql", id="c1", query="SELECT 42 FROM ${table}")
    failing(monkeypatch, "first", "42", fault)
    with pytest.raises(kind, match="table clean: check c1: "):
        duck.engine.measure(table(), rows, [asked])


@pytest.mark.parametrize(("fault", "kind"), FAULTS)
def test_a_fault_while_a_file_is_read_is_none_of_the_file(
    duck: Bench, monkeypatch: pytest.MonkeyPatch, fault: type[duckdb.Error], kind: type[MeshError]
) -> None:
    failing(monkeypatch, "stage", "SELECT", fault)
    with pytest.raises(kind, match=r"a\.csv: cannot be read as csv: "):
        people(duck)


def failing(monkeypatch: pytest.MonkeyPatch, call: str, words: str, fault: type[duckdb.Error]) -> None:
    """What is asked with these words fails."""
    own = getattr(Session, call)

    def ask(session: Session, sql: str, *more: Any) -> Any:
        if words in sql:
            raise fault("Some Error: of its own")
        return own(session, sql, *more)

    monkeypatch.setattr(Session, call, ask)
