"""What a contract writes is turned into values of a column's type without a change of meaning."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mesh_jobs.adapters.plan_json import plan_from_json
from mesh_jobs.domain.conditions import invalid
from mesh_jobs.domain.errors import BadInput
from mesh_jobs.domain.literals import bound_of, step_of, value_of
from mesh_jobs.domain.table import ListType, Type
from support.plans import check, document, table

TYPES = {"int": (0, 2**31 - 1), "long": (0, 2**63 - 1), "decimal(5, 2)": (2, 99999), "decimal(38, 0)": (0, 10**38 - 1)}
COMPARISONS: dict[str, Any] = {
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
}

numbers = st.one_of(
    st.integers(-(10**40), 10**40),
    st.floats(allow_nan=False, allow_infinity=False, min_value=-1e30, max_value=1e30),
    st.sampled_from([0, 0.5, -0.5, 0.1, 0.07, 999.99, 999.995, -1000, 1e300, 2**31, -(2**31), 2**63]),
)


@st.composite
def typed(draw: st.DrawFn) -> tuple[str, Decimal]:
    """A type and a value of it, often near its ends or near nought."""
    kind = draw(st.sampled_from(sorted(TYPES)))
    scale, most = TYPES[kind]
    whole = draw(st.one_of(st.integers(-most, most), st.integers(-300, 300), st.sampled_from([most, -most])))
    # Not by scaleb, which rounds to the 28 digits of the context.
    return kind, Decimal(f"{whole}e-{scale}")


@given(typed(), numbers, st.sampled_from(sorted(COMPARISONS)))
def test_a_bound_in_the_type_s_own_values_is_true_for_the_same_values(
    given_value: tuple[str, Decimal], written: float, comparison: Any
) -> None:
    kind, value = given_value
    found = bound_of(comparison, written, kind)
    assert found is not None
    own, bound = found
    assert value_of(str(bound), kind) == bound, "the bound is a value of the type"
    assert COMPARISONS[own](value, bound) == COMPARISONS[comparison](Fraction(value), Fraction(str(written)))


@given(typed(), st.one_of(st.integers(1, 1000), st.sampled_from([0.1, 0.05, 0.07, 2.5, 1e-7, 1e30, 1e-12, 0.125])))
def test_a_step_in_the_type_s_own_values_has_the_same_multiples(
    given_value: tuple[str, Decimal], written: float
) -> None:
    kind, value = given_value
    step = step_of(written, kind)
    multiple = value == 0 if step is None else Fraction(value) % Fraction(step) == 0
    assert multiple == (Fraction(value) % Fraction(str(written)) == 0)


@pytest.mark.parametrize(
    ("written", "kind", "value"),
    [
        (1.5, "int", None),
        ("7", "int", Decimal(7)),
        (True, "int", None),
        (-(2**31), "int", Decimal(-(2**31))),
        (2**31, "int", None),
        (1.005, "decimal(5, 2)", None),
        ("1.50", "decimal(5, 2)", Decimal("1.5")),
        ("x", "long", None),
        ("NaN", "long", None),
        (True, "string", "true"),
        (1, "string", "1"),
        ("True", "boolean", True),
        (1, "boolean", None),
        (0.1, "double", 0.1),
        (0.1, "float", 0.10000000149011612),
        (1e300, "float", None),
        ("Infinity", "double", float("inf")),
        ("1_0", "double", None),
        ("2024-02-29", "date", date(2024, 2, 29)),
        ("2023-02-29", "date", None),
        ("2024-02-29T01:00:00+01:00", "timestamptz", datetime(2024, 2, 29, tzinfo=UTC)),
        ("2024-02-29T00:00:00Z", "timestamp", datetime(2024, 2, 29)),
        ("a", "binary", None),
    ],
)
def test_a_listed_value_is_one_of_the_type_or_nothing(written: Any, kind: str, value: Any) -> None:
    assert value_of(written, kind) == value


@pytest.mark.parametrize(
    ("written", "comparison", "found"), [(1e300, ">", 3.4028234663852886e38), (-1e300, ">=", -3.4028234663852886e38)]
)
def test_a_bound_beyond_all_floats_is_the_outermost_one(written: float, comparison: Any, found: float) -> None:
    assert bound_of(comparison, written, "float") == (comparison, found)


@pytest.mark.parametrize(
    ("arguments", "kind", "named"),
    [
        ({"minItems": 1}, "string", "string"),
        ({"pattern": "a"}, "double", "double"),
        ({"multipleOf": 2}, "timestamptz", "timestamp"),
        ({"minimum": 1}, ListType("timestamp"), "array<timestamp_ntz>"),
    ],
)
def test_an_argument_that_the_type_has_no_meaning_for_is_refused(
    arguments: dict[str, Any], kind: Type, named: str
) -> None:
    made = table("t", "silver", ["rows"], checks=[check("t", "invalidValues", ["a"], arguments=arguments)])
    rule = plan_from_json(document([], [made])).tables[0].checks[0]
    said = f"check t.a.invalidValues: {next(iter(arguments))} .* means nothing for column a, which is {named}$"
    with pytest.raises(BadInput, match=said):
        invalid(rule, "a", kind)
