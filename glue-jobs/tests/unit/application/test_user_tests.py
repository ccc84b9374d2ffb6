"""Users' unit tests: what is compared, and what is said when it differs."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mesh_jobs.adapters.inmemory.engine import MemoryEngine
from mesh_jobs.adapters.inmemory.raw_zone import MemoryRawZone
from mesh_jobs.adapters.inmemory.tables import MemoryTableStore
from mesh_jobs.application.user_tests import RunTests, compare_rows, same
from support.memory import FUNCTIONS
from support.plans import orders_plan


def run(given: dict[str, Any], expect: dict[str, Any], error: str | None = None) -> list[str]:
    engine = MemoryEngine(MemoryTableStore(), MemoryRawZone(), FUNCTIONS)
    case = {"name": "a case", "given": given, "expect": expect, "error": error}
    (found,) = RunTests(engine, orders_plan())([case])
    assert found["passed"] == (not found["differences"])
    return list(found["differences"])


ORDER = {"order_id": "o1", "amount": "10.00", "email": "a@x.org", "updated_at": "2030-01-01T00:00:00Z"}


def test_only_the_tables_between_what_is_given_and_what_is_expected_run() -> None:
    broken = {"shop": [{**ORDER, "order_id": None}], "orders_clean": [{**ORDER, "amount": 7}]}
    assert run(broken, {"orders": {"rows": [{"order_id": "o1", "amount": 7}]}}) == []


def test_a_source_that_is_not_mentioned_is_empty() -> None:
    assert run({}, {"orders_raw": {"rows": []}, "totals": {"rows": [{"orders": 0}]}}) == []


def test_rows_that_leave_are_counted_in_all_or_by_rule() -> None:
    rows = [ORDER, {**ORDER, "order_id": "o2", "amount": "-1"}, {**ORDER, "order_id": "o3", "amount": "ten"}]
    fine = {"rows": [{"order_id": "o1"}], "quarantined": 1, "removed": {"orders_clean.1.filter": 1}}
    assert run({"shop": rows}, {"orders_clean": fine}) == []
    wrong = {"quarantined": {"orders_clean.0.cast": 2}, "removed": 0}
    assert run({"shop": rows}, {"orders_clean": wrong}) == [
        "orders_clean: expected 2 rows quarantined by orders_clean.0.cast, got 1 (1 by orders_clean.0.cast)",
        "orders_clean: expected 0 rows removed, got 1 (1 by orders_clean.1.filter)",
    ]


def test_an_error_is_expected_by_words_of_its_message_or_its_code() -> None:
    bad = {"shop": [{**ORDER, "order_id": None}]}
    assert run(bad, {}, "order_id") == []
    assert run(bad, {}, "rule-failed") == []
    assert run({"shop": [ORDER]}, {}, "order_id") == ["expected an error with 'order_id', and nothing went wrong"]
    (said,) = run(bad, {}, "amount")
    assert said.startswith("expected an error with 'amount', got: rule-failed: orders_raw: nullValues of order_id")
    (said,) = run(bad, {"orders_clean": {"rows": []}})
    assert said.startswith("rule-failed: orders_raw")


def test_what_is_not_there_is_said_with_what_there_is() -> None:
    assert run({"nothing": []}, {"orders": {}}) == [
        "bad-case: given: there is no source or table nothing; there are shop, orders_raw, orders_clean, orders, totals"
    ]
    assert run({}, {"nothing": {}}) == [
        "bad-case: expect: there is no table nothing; there are orders_raw, orders_clean, orders, totals"
    ]
    assert run({"orders": [ORDER]}, {"orders": {}}) == [
        "bad-case: expect: orders is given, so there is nothing to compute"
    ]
    assert run({"shop": [ORDER]}, {"orders_raw": {"rows": [{"oder_id": "o1"}]}}) == [
        "orders_raw: there is no column oder_id; there are order_id, amount, email, updated_at"
    ]


@pytest.mark.parametrize(
    ("expected", "value"),
    [
        (None, None),
        (1, 1),
        (1.0, 1),
        ("1.50", Decimal("1.5")),
        (1.5, Decimal("1.50")),
        (0.3, 0.1 + 0.2),
        ("NaN", float("nan")),
        (True, True),
        ("2030-01-01", date(2030, 1, 1)),
        ("2030-01-01T00:00:00Z", date(2030, 1, 1)),
        ("2030-01-01T10:00:00Z", datetime(2030, 1, 1, 10, tzinfo=UTC)),
        ("2030-01-01T11:00:00+01:00", datetime(2030, 1, 1, 10, tzinfo=UTC)),
        ("2030-01-01 10:00:00", datetime(2030, 1, 1, 10)),
        ("10:30:00", time(10, 30)),
        ("ff00", b"\xff\x00"),
        ([1, {"a": "2"}], [1, {"a": Decimal(2), "b": 3}]),
        (12345, "12345"),
    ],
)
def test_values_are_compared_as_a_person_writes_them(expected: Any, value: Any) -> None:
    assert same(expected, value)


@pytest.mark.parametrize(
    ("expected", "value"),
    [
        (None, 0),
        (0, None),
        (1, True),
        (True, 1),
        ("", None),
        ("a", "A"),
        (1.5, Decimal("1.51")),
        ("x", 1),
        ("x", 1.0),
        ("2030-01-01T10:00:00Z", date(2030, 1, 1)),
        ("2030-01-01", datetime(2030, 1, 1, 10, tzinfo=UTC)),
        ("tomorrow", date(2030, 1, 1)),
        ([1], [1, 2]),
        ("ab", ["a", "b"]),
        ({"a": 1}, {"a": 2}),
    ],
)
def test_values_that_differ_are_told_apart(expected: Any, value: Any) -> None:
    assert not same(expected, value)


def test_a_row_that_names_fewer_columns_does_not_take_the_match_of_another() -> None:
    found = [{"a": 1, "b": 1}, {"a": 1, "b": 2}]
    assert compare_rows("t", [{"a": 1}, {"a": 1, "b": 1}], found, ordered=False) == []
    assert compare_rows("t", [{"a": 1, "b": 1}, {"a": 1}], found, ordered=False) == []
    assert compare_rows("t", [{"a": 1, "b": 1}, {"a": 1, "b": 1}], found, ordered=False) == [
        't: expected 2 rows, got 2\n  - expected {"a": 1, "b": 1}\n  + got {"a": 1, "b": 2}'
    ]


def test_order_counts_when_it_is_asked_for() -> None:
    found = [{"a": 2}, {"a": 1}]
    assert compare_rows("t", [{"a": 1}, {"a": 2}], found, ordered=False) == []
    assert compare_rows("t", [{"a": 1}, {"a": 2}], found, ordered=True) != []


ROWS = st.lists(st.fixed_dictionaries({"a": st.integers(0, 2), "b": st.integers(0, 2)}), max_size=6)


@given(ROWS, st.randoms())
def test_rows_equal_themselves_in_any_order_with_any_columns_left_out(rows: list[dict[str, int]], random: Any) -> None:
    expected = [{k: v for k, v in row.items() if random.random() < 0.7} for row in rows]
    random.shuffle(expected)
    assert compare_rows("t", expected, rows, ordered=False) == []


@given(ROWS, ROWS)
def test_whole_rows_are_equal_exactly_when_they_are_the_same_multiset(
    expected: list[dict[str, int]], found: list[dict[str, int]]
) -> None:
    alike = sorted((r["a"], r["b"]) for r in expected) == sorted((r["a"], r["b"]) for r in found)
    assert (compare_rows("t", expected, found, ordered=False) == []) == alike
