"""Values are written as text in one way: hashes and kept records agree to the byte, whichever engine wrote them."""

from __future__ import annotations

import math
import random
import struct
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyspark.sql import functions as F

from mesh_jobs.adapters.duckdb import as_text as duckdb_text
from mesh_jobs.adapters.duckdb.types import name as quoted
from mesh_jobs.adapters.spark import as_text as spark_text
from mesh_jobs.adapters.spark.types import name
from mesh_jobs.domain import rules as r
from support.bench import table
from support.odd_values import COLUMNS
from support.sides import Sides, sides_in
from support.spark import spark

pytestmark = pytest.mark.usefixtures("quick")


@pytest.fixture(scope="module")
def sides(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sides]:
    found = sides_in(tmp_path_factory.mktemp("texts"))
    yield found
    found.close()


NESTED = {
    "pair": (
        'STRUCT("a b" DOUBLE, t TIMESTAMPTZ, l STRUCT(d DECIMAL(5,2), b BLOB)[])',
        [
            "NULL",
            "{'a b': 1e10, 't': '2024-02-29 01:00:00+02', 'l': [{'d': 1.5, 'b': '\\xAA'::BLOB}, NULL]}",
            "{'a b': NULL, 't': NULL, 'l': []}",
            "{'a b': 'NaN', 't': '1969-12-31 23:59:59.5+00', 'l': [{'d': NULL, 'b': NULL}]}",
        ],
    ),
    "lookup": (
        "MAP(VARCHAR, DATE[])",
        ["NULL", "MAP {}", "MAP {'k\"1': ['2024-02-29', NULL]}", "MAP {'': [], 'ü': NULL}"],
    ),
    "numbered": ("MAP(INTEGER, BOOLEAN)", ["NULL", "MAP {1: true, -2: false}", "MAP {0: NULL}"]),
    "x": ("DOUBLE", ["NULL", "1e17", "0.5"]),
    "y": ("FLOAT", ["NULL", "123456789", "0.5"]),
    "share": ("DECIMAL(3,3)", ["NULL", "0.5", "-0.125", "0"]),
    "deep": ("VARCHAR[][]", ["NULL", "[]", "[['[a]', NULL], [], NULL, ['\"', '\\\\', '/']]"]),
}


@pytest.mark.ci
def test_every_type_is_written_alike_as_text_and_as_json(sides: Sides) -> None:
    columns = {**COLUMNS, **NESTED}
    longest = max(len(values) for _, values in columns.values())
    rows = [[values[i % len(values)] for _, values in columns.values()] for i in range(longest)]
    relation, given = sides.given(", ".join(f'"{c}" {t}' for c, (t, _) in columns.items()), rows)
    duck, types = relation.types, {f.name: f.dataType for f in given.frame.schema}
    asked = [(how, c) for how in ("as_text", "as_json") for c in columns]
    cells = ", ".join(getattr(duckdb_text, how)(quoted(c), duck[c]) for how, c in asked)
    expected = sides.duck._session.all(f"SELECT {cells} FROM {relation.at}")
    found = given.frame.selectExpr(*(getattr(spark_text, how)(name(c), types[c]) for how, c in asked)).collect()
    for i, of in enumerate(asked):
        assert sorted(str(row[i]) for row in found) == sorted(str(row[i]) for row in expected), of


@pytest.mark.ci
def test_fractions_have_the_fewest_digits_that_read_back_as_the_same_number(sides: Sides, tmp_path: Path) -> None:
    dice = random.Random(7)
    doubles = [struct.unpack("d", dice.randbytes(8))[0] for _ in range(2000)]
    doubles += [dice.randint(1, 10**15) * 10.0 ** dice.randint(-25, 25) for _ in range(1000)]
    doubles += [float(2**n + d) for n in range(50, 126) for d in (-1, 0, 1)]
    doubles += [round(dice.uniform(-1e6, 1e6), dice.randint(0, 6)) for _ in range(500)]
    doubles = [d for d in doubles if not math.isnan(d)]
    floats = [struct.unpack("f", dice.randbytes(4))[0] for _ in range(len(doubles))]
    path = tmp_path / "fractions.parquet"
    columns = [pa.array(doubles, pa.float64()), pa.array(floats, pa.float32()), pa.array(range(len(doubles)))]
    pq.write_table(pa.table(columns, ["d", "f", "i"]), path)
    frame = spark().read.parquet(str(path))
    texts = [spark_text.as_text(c, frame.schema[c].dataType) for c in "df"]
    found = frame.select("i", *map(F.expr, texts)).orderBy("i").collect()
    written = f"{duckdb_text.as_text('d', 'DOUBLE')}, {duckdb_text.as_text('f', 'FLOAT')}"
    expected = sides.duck._session.all(f"SELECT {written} FROM '{path}' ORDER BY i")
    assert [(d, f) for _, d, f in found] == expected
    for number, (_, text, _) in zip(doubles, found, strict=True):
        assert float(text) == number
        assert digits(text) == digits(repr(number)), number


#: Letters that have two cases since Unicode 14; Java 17 goes by Unicode 13.
LATER = {*"\u2c2f\u2c5f\ua7c0\ua7c1\ua7d0\ua7d1\ua7d6\ua7d7\ua7d8\ua7d9", *map(chr, range(0x10570, 0x105BD))}


@pytest.mark.ci
def test_case_and_white_space_are_the_same_for_all_letters(sides: Sides) -> None:
    letters = [c for c in map(chr, range(1, 0x20000)) if not 0xD800 <= ord(c) <= 0xDFFF and c not in LATER]
    texts = ["".join(letters[i : i + 200]) for i in range(0, len(letters), 200)]
    texts += [
        "ΑΣ",
        "Σ",
        "ΑΣΑ Σ",
        "ΑΣ.",
        "αΣ\u0301",
        "İstanbul",
        "straße",
        "\u001f x \u00a0",
        " \t\n\x0b\x0c\r x \u2003",
    ]
    literals = [["'" + x.replace("'", "''") + "'"] * 3 for x in texts]
    given = sides.given("a VARCHAR, b VARCHAR, c VARCHAR", literals)
    made = table(r.Lower("1", ("a",)), r.Upper("2", ("b",)), r.Trim("3", ("c",)))
    duck, spark = sides.outcomes(made, {"rows": given})
    assert spark["good"] == duck["good"]
    assert any("'STRASSE'" in row for row in spark["good"])


def digits(text: str) -> str:
    return text.lower().partition("e")[0].replace(".", "").strip("-0")
