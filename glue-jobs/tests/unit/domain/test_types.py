"""Types are shown to people as contracts write them, everywhere alike."""

from __future__ import annotations

import pytest

from mesh_jobs.domain.table import ListType, MapType, StructType, Type, decimal_of, shown


@pytest.mark.parametrize(
    ("type_", "said"),
    [
        ("string", "string"),
        ("long", "bigint"),
        ("timestamp", "timestamp_ntz"),
        ("timestamptz", "timestamp"),
        ("decimal(12, 2)", "decimal(12,2)"),
        (ListType(MapType("date", "long")), "array<map<date,bigint>>"),
        (StructType((("at", "timestamptz"), ("long", "decimal(4, 1)"))), "struct<at:timestamp,long:decimal(4,1)>"),
    ],
)
def test_a_type_is_shown_as_a_contract_writes_it(type_: Type, said: str) -> None:
    assert shown(type_) == said


@pytest.mark.parametrize(
    ("type_", "digits"),
    [("decimal(12, 2)", (12, 2)), ("decimal(38,0)", (38, 0)), ("long", None), (ListType("decimal(4, 2)"), None)],
)
def test_a_decimal_has_digits_and_places(type_: Type, digits: tuple[int, int] | None) -> None:
    assert decimal_of(type_) == digits
