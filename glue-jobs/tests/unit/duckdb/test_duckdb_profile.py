"""What a sample of data tells of itself."""

from __future__ import annotations

from itertools import zip_longest
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from mesh_jobs.adapters.duckdb.guesses import looks_personal, pattern_of
from mesh_jobs.adapters.duckdb.profile import profile
from mesh_jobs.domain.errors import BadInput

#: Values of a column, its type, and how dates are written in it.
TYPES: list[tuple[list[str], str, str | None]] = [
    (["1", "-2"], "int", None),
    (["1", "3000000000"], "bigint", None),
    (["007", "123"], "string", None),
    (["1.50", "20"], "decimal(12,2)", None),
    (["12345678901.50"], "decimal(18,2)", None),
    (["48.1371079", "11.5"], "double", None),
    (["1e3", "2.5"], "double", None),
    (["true", "False"], "boolean", None),
    (["yes", "no"], "boolean", None),
    (["0", "1"], "int", None),
    (["2024-02-03"], "date", None),
    (["20240203", "20241231"], "date", "yyyyMMdd"),
    (["20240203", "20249931"], "int", None),
    (["31.12.2024", "01.02.2024"], "date", "dd.MM.yyyy"),
    (["31/12/2024"], "date", "dd/MM/yyyy"),
    (["12/31/2024"], "date", "MM/dd/yyyy"),
    (["2024-02-03 10:20:30"], "timestamp_ntz", None),
    (["2024-02-03T10:20:30Z"], "timestamp", None),
    (["31.12.2024 10:20"], "timestamp_ntz", "dd.MM.yyyy HH:mm"),
    (["abc", "12"], "string", None),
    (["", ""], "string", None),
]


def test_the_narrowest_type_is_found(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    rows = zip_longest(*(values for values, _, _ in TYPES), fillvalue="")
    path.write_text("\n".join([",".join(f"c{n}" for n, _ in enumerate(TYPES)), *map(",".join, rows)]) + "\n")
    found = profile(str(path))["columns"]
    assert [(values, c["type"], c["format"]) for (values, _, _), c in zip(TYPES, found, strict=True)] == TYPES


def test_texts_for_null_are_found_by_what_the_other_values_are(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("cost,country\n1.5,NA\nNA,DE\n")
    found = profile(str(path))
    assert found["nullLiterals"] == ["NA"]
    assert found["columns"][0]["type"] == "decimal(12,1)"
    path.write_text("cost,country\n1.5,NA\n2,DE\n")
    assert profile(str(path))["nullLiterals"] == []


@pytest.mark.parametrize(
    ("delimiter", "encoding"), [(";", "utf-8"), ("\t", "latin-1"), ("|", "utf-16"), (",", "utf-8")]
)
def test_delimiter_and_encoding_are_found(tmp_path: Path, delimiter: str, encoding: str) -> None:
    path = tmp_path / "a.csv"
    rows = (["id", "café", "n"], ["1", "é", "2"])
    path.write_bytes("\n".join(delimiter.join(row) for row in rows).encode(encoding))
    found = profile(str(path))
    assert (found["delimiter"], found["encoding"]) == (delimiter, encoding)
    assert [c["name"] for c in found["columns"]] == ["id", "café", "n"]


def test_nulls_values_ranges_and_keys_are_counted(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(
        "n,order_id,channel,email\n"
        + "".join(f"{i % 9},O-{i:04},{['web', 'app', ''][i % 3]},p{i}@shoply.com\n" for i in range(30))
    )
    found = profile(str(path))
    n, order, channel, email = found["columns"]
    assert found["rows"] == 30
    assert (n["min"], n["max"], n["nulls"]) == (0, 8, 0)
    assert (order["pattern"], order["unique"]) == (r"^O-\d{4}$", True)
    assert (channel["values"], channel["nulls"]) == (["app", "web"], 10)
    assert (email["pattern"], email["sensitive"]) == ("email", True)
    assert "values" not in email
    assert "min" not in email
    assert found["keyCandidates"][0] == ["order_id"]


def test_two_columns_can_be_the_key(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("shop,day,n\n" + "".join(f"s{s},2024-01-{d:02},1\n" for s in range(3) for d in range(1, 5)))
    assert profile(str(path))["keyCandidates"] == [["shop", "day"]]


def test_json_and_parquet_are_profiled(tmp_path: Path) -> None:
    lines = tmp_path / "a.jsonl"
    lines.write_text('{"id": "1", "n": 5, "items": [{"sku": "a"}]}\n{"id": "2", "n": 7.5, "items": []}\n')
    assert [(c["name"], c["type"]) for c in profile(str(lines))["columns"]] == [
        ("id", "string"),
        ("n", "decimal(12,1)"),
        ("items", "array<struct<sku:string>>"),
    ]
    table = tmp_path / "a.parquet"
    pq.write_table(pa.table({"id": [1, 2], "x": ["a", None]}), table)
    found = profile(str(table))
    assert [(c["type"], c["nulls"]) for c in found["columns"]] == [("bigint", 0), ("string", 1)]


def test_a_file_that_is_not_there_or_empty_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no such file"):
        profile(str(tmp_path / "a.csv"))
    (tmp_path / "a.csv").write_text("")
    with pytest.raises(BadInput, match="empty"):
        profile(str(tmp_path / "a.csv"))


@pytest.mark.parametrize(
    "name", ["email", "eMail", "customer_email", "Phone Number", "firstName", "birth_date", "ip_address"]
)
def test_names_of_personal_columns_are_recognised(name: str) -> None:
    assert looks_personal(name)


@pytest.mark.parametrize("name", ["order_id", "airport_name", "campaign_name", "description", "shipping", "hotel"])
def test_other_names_are_not(name: str) -> None:
    assert not looks_personal(name)


def test_a_pattern_keeps_what_all_values_begin_with() -> None:
    assert pattern_of("AAA-9999", "INV-0001", "INV-0999") == r"^INV-\d{4}$"
    assert pattern_of("AA.9", "AB.1", "ZZ.9") == r"^[A-Z]{2}\.\d$"
    assert pattern_of("AAA", "ABC", "ZZZ") is None
