"""A key is looked for in another product's table as that was when the run pinned it, and either engine finds the same
keys there, whoever wrote the two tables."""

from __future__ import annotations

from typing import Any

import pytest
from two_engines import Rows, TwoEngines, planned

from mesh_jobs.domain.table import Field
from support.plans import check, column

pytestmark = [pytest.mark.usefixtures("quick"), pytest.mark.ci]

#: Of each column what the other product has, what is looked for and is there, and what is nearly there.
VALUES: dict[tuple[str, str], tuple[list[Any], list[Any], list[Any]]] = {
    ("word", "string"): (
        ["", "a ", "é", "漢字", "\U0001f986", "NULL"],
        ["", "a ", "é", "\U0001f986", "NULL"],
        ["a", " ", "e\u0301", "É", "漢", "null"],
    ),
    ("number", "long"): ([0, -1, 7, 2**63 - 1, -(2**63)], [0, 2**63 - 1, -(2**63)], [1, 2**63 - 2, -(2**63) + 1]),
    ("price", "decimal(12, 2)"): (
        ["0.00", "1.10", "-9999999999.99"],
        ["0", "-0.00", "1.1", "-9999999999.99"],
        ["0.01", "1.11", "9999999999.99"],
    ),
    ("day", "date"): (
        ["0001-01-01", "1582-10-15", "2024-02-29"],
        ["0001-01-01", "1582-10-15", "2024-02-29"],
        ["0001-01-02", "1582-10-05", "9999-12-31"],
    ),
    # No contract refers to one of these: the engines agree all the same.
    ("ratio", "double"): (["NaN", 0.0, 0.1], ["NaN", -0.0, 0.0, 0.1], [5e-324, 0.10000000000000002, "Infinity"]),
}
FIELDS = [Field(name, kind) for name, kind in VALUES]
#: Beside each column alone: a narrower type, and keys of two columns, of which the last row has a part.
MORE = (Field("few", "int"), Field("part", "string"))
KEYS = {
    **{name: ([name], [name]) for name, _ in VALUES},
    "few": (["few"], ["number"]),
    "both": (["part", "few"], ["word", "number"]),
}
SOLD = planned("sold", "gold", columns=[column(name, kind) for name, kind in VALUES])
LINES = planned(
    "lines",
    checks=[
        check("lines", "foreignKey", own, id=name, scope="aggregate", reference={"to": "theirs", "columns": theirs})
        for name, (own, theirs) in KEYS.items()
    ],
)


def rows(part: int) -> Rows:
    """The values of all columns beside each other; where there are fewer, nulls."""
    lists = {name: values[part] for (name, _), values in VALUES.items()}
    return [
        {name: values[n] if n < len(values) else None for name, values in lists.items()}
        for n in range(max(map(len, lists.values())))
    ]


def test_keys_that_are_not_in_the_snapshot_of_another_product_are_the_same_ones(two: TwoEngines) -> None:
    two.publish("duckdb", SOLD, FIELDS, rows(0), "full-1")
    pinned = two.snapshots(SOLD.physical)[-1]
    two.publish("spark", SOLD, FIELDS, rows(2), "full-2")
    pairs = [("", 0), ("a ", -1), ("é", 0), ("a", 0), (None, 1), ("NULL", None)]
    ours = [*rows(1), *rows(2), *({"part": part, "few": few} for part, few in pairs)]
    two.save("spark", LINES, [*FIELDS, *MORE], ours)
    missing = {name: len(values[2]) for (name, _), values in VALUES.items()} | {"few": 1, "both": 2}
    for name, engine in two.engines.items():
        theirs = {"theirs": engine.read_table(SOLD.physical, pinned)}
        found = engine.measure(LINES, LINES.physical, LINES.checks, theirs)
        assert {m.rule: m.failing for m in found} == missing, name
        assert {m.rows for m in found} == {len(ours)}
        now = {"theirs": engine.read_table(SOLD.physical)}
        assert engine.measure(LINES, LINES.physical, LINES.checks[:1], now)[0].failing == len(
            VALUES["word", "string"][1]
        )
