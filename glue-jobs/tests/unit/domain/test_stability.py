"""What breaks consumers, and what does not."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from mesh_jobs.domain.conservation import assert_conserved
from mesh_jobs.domain.errors import ConservationBroken
from mesh_jobs.domain.plan import Watermark
from mesh_jobs.domain.stability import changes, schema_of
from mesh_jobs.domain.table import Column, ListType, MapType, StructType, Type
from mesh_jobs.domain.watermark import moment, not_beyond, read_from

ID = Column("id", "id", "long", required=True)


@pytest.mark.parametrize(
    ("before", "after", "breaking"),
    [
        ("int", "long", False),
        ("float", "double", False),
        ("decimal(10, 2)", "decimal(12, 2)", False),
        ("long", "int", True),
        ("double", "float", True),
        ("decimal(12, 2)", "decimal(10, 2)", True),
        ("decimal(10, 2)", "decimal(12, 4)", True),
        ("string", "long", True),
        ("timestamp", "timestamptz", True),
        (ListType("int"), ListType("long"), False),
        (ListType("int"), "string", True),
        (StructType((("a", "int"),)), StructType((("a", "int"), ("b", "string"))), False),
        (MapType("string", "int"), ListType("int"), True),
    ],
)
def test_a_type_may_only_become_wider(before: Type, after: Type, breaking: bool) -> None:
    old, new = (schema_of([ID, Column("x", "x", t)]) for t in (before, after))
    assert [c.breaking for c in changes({"orders": old}, {"orders": new})] == [breaking]


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("int", "long", "int became bigint"),
        ("timestamp", "timestamptz", "timestamp_ntz became timestamp"),
        ("decimal(10, 2)", "decimal(12, 2)", "decimal(10,2) became decimal(12,2)"),
        (
            ListType(StructType((("long", "long"), ("list", ListType("timestamptz"))))),
            ListType(StructType((("long", "long"), ("list", ListType("timestamptz")), ("timestamp", "timestamp")))),
            "array<struct<long:bigint,list:array<timestamp>>> became "
            "array<struct<long:bigint,list:array<timestamp>,timestamp:timestamp_ntz>>",
        ),
    ],
)
def test_types_are_told_as_contracts_write_them(before: Type, after: Type, said: str) -> None:
    old, new = ({"orders": schema_of([Column("x", "x", t)])} for t in (before, after))
    assert [c.text for c in changes(old, new)] == [f"column x: {said}"]


def test_the_same_schema_in_another_order_is_no_change() -> None:
    columns = [ID, Column("x", "x", "string")]
    assert changes({"orders": schema_of(columns)}, {"orders": schema_of(columns[::-1])}) == ()


def test_becoming_required_breaks_and_becoming_optional_does_not() -> None:
    old, new = schema_of([Column("x", "x", "string")]), schema_of([Column("x", "x", "string", required=True)])
    assert [(c.text, c.breaking) for c in changes({"orders": old}, {"orders": new})] == [
        ("column x became required", True)
    ]
    assert [(c.text, c.breaking) for c in changes({"orders": new}, {"orders": old})] == [
        ("column x became optional", False)
    ]


def test_a_removed_table_breaks_an_added_one_does_not_and_the_first_promise_changes_nothing() -> None:
    one = {"orders": schema_of([ID])}
    two = {**one, "totals": schema_of([ID])}
    assert [(c.table, c.breaking) for c in changes(two, one)] == [("totals", True)]
    assert [(c.table, c.breaking) for c in changes(one, two)] == [("totals", False)]
    assert changes({}, two) == ()


def test_rows_that_do_not_add_up_are_an_error_with_all_four_counts() -> None:
    assert_conserved("orders", 10, 7, 2, 1)
    with pytest.raises(ConservationBroken, match="orders: 10 rows in, but 7 out, 2 quarantined and 0 removed"):
        assert_conserved("orders", 10, 7, 2, 0)


@pytest.mark.parametrize(
    ("last", "overlap", "expected"),
    [
        (None, 3600, None),
        ("2030-01-01T00:30:00+00:00", 3600, "2029-12-31T23:30:00+00:00"),
        ("2030-01-01T00:30:00", 3600, "2029-12-31T23:30:00"),
        ("2030-01-01", 3600, "2029-12-31"),
        ("2030-01-03", 86401, "2030-01-01"),
        ("2030-01-01", 0, "2030-01-01"),
        ("1042", 3600, "1042"),
        ("20240115", 3600, "20240115"),
        ("2024015", 3600, "2024015"),
        ("2030-01-01 00:30", 3600, "2029-12-31 23:30"),
        ("2030-01-01 00:30:00", 3600, "2029-12-31 23:30:00"),
    ],
)
def test_a_delta_reads_again_from_the_last_value_less_the_overlap(
    last: str | None, overlap: int, expected: str | None
) -> None:
    assert read_from(Watermark("updated_at", overlap), last) == expected


def test_a_watermark_in_the_future_is_now_as_its_column_writes_it_and_a_number_is_none() -> None:
    now = datetime(2026, 1, 1, 6, tzinfo=UTC)
    written = ("2027-01-15", "2027-01-15T00:00:00+00:00", "2027-01-15 00:00:00", "20270115", "2025-12-31", None)
    assert [not_beyond(w, now) for w in written] == [
        *("2026-01-01", "2026-01-01T06:00:00+00:00", "2026-01-01 06:00:00+00:00", "20270115", "2025-12-31", None)
    ]


def test_a_year_that_python_does_not_have_is_in_the_future() -> None:
    now = datetime(2026, 1, 1, 6, tzinfo=UTC)
    assert not_beyond("12024-01-15", now) == "2026-01-01"
    assert not_beyond("12024-01-15T00:00:00.000000+00:00", now) == "2026-01-01T06:00:00+00:00"
    assert not_beyond("+12024-01-15 00:00:00", now) == "2026-01-01 06:00:00+00:00"


def test_a_moment_without_a_zone_is_utc_and_what_is_no_moment_has_no_age() -> None:
    assert moment("2030-01-01") == moment("2030-01-01T00:00:00Z") == moment("2030-01-01T01:00:00+01:00")
    assert moment("1042") is None
    assert moment("20300101") is None
    assert moment(None) is None
