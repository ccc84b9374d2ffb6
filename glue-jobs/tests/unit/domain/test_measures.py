"""The figures of a certificate: the worked examples of docs/measures.md, and what always holds."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mesh_jobs.domain.measures import Publication, availability, completeness, freshness, score, uniqueness
from mesh_jobs.domain.plan import Operator, QualityRule
from mesh_jobs.domain.quality import QualityResult, evaluate
from mesh_jobs.domain.stability import changes
from mesh_jobs.domain.watermark import moment

PAGE = Path(__file__).parents[4] / "docs" / "measures.md"
EXAMPLES = {e["measure"]: e for e in map(json.loads, re.findall(r"```json\n(.*?)```", PAGE.read_text("utf-8"), re.S))}
RULE = QualityRule(
    "orders.order_id.nullValues", "no nulls", "contract: schema[0]", "nullValues", "row", ("order_id",), {}, None,
    "mustBe", (0.0,), "rows", "critical", "alert",
)  # fmt: skip


def result(table: str, column: str, metric: Any, rows: int, failing: int) -> QualityResult:
    return evaluate(table, replace(RULE, metric=metric, columns=(column,)), rows, failing, None)


def at(text: str) -> datetime:
    found = moment(text)
    assert found is not None
    return found


def of(example: dict[str, Any]) -> Any:
    match example["measure"]:
        case "score":
            return score((severity, passed) for severity, passed in example["checks"])
        case "completeness":
            columns = example["columns"]
            results = [result(c["table"], c["column"], "nullValues", c["rows"], c["nulls"]) for c in columns]
            return completeness(results, {(c["table"], c["column"]) for c in columns})
        case "uniqueness":
            checks = example["checks"]
            return uniqueness(result(c["table"], "id", "duplicateValues", c["rows"], c["duplicates"]) for c in checks)
        case "freshness":
            found = freshness(at(example["newest"]), at(example["at"]), example["limitSeconds"])
            assert found.passed
            return found.seconds
        case "availability":
            publications = [Publication(at(p), at(newest)) for p, newest in example["publications"]]
            return availability(publications, at(example["at"]), example["limitSeconds"])
        case "stability":
            return [[c.text, c.breaking] for c in changes({"orders": example["before"]}, {"orders": example["after"]})]
    raise KeyError(example["measure"])


@pytest.mark.parametrize("measure", ["score", "completeness", "uniqueness", "freshness", "availability", "stability"])
def test_the_page_about_measures_says_what_is_computed(measure: str) -> None:
    assert of(EXAMPLES[measure]) == EXAMPLES[measure]["gives"]


def test_what_cannot_be_measured_is_whole() -> None:
    assert (score([]), completeness([], set()), uniqueness([])) == (100.0, 100.0, 100.0)
    assert completeness([result("orders", "id", "nullValues", 0, 0)], {("orders", "id")}) == 100.0


def test_only_required_columns_count_for_completeness() -> None:
    results = [result("orders", "id", "nullValues", 10, 0), result("orders", "note", "nullValues", 10, 10)]
    assert completeness(results, {("orders", "id")}) == 100.0


def test_data_from_the_future_is_fresh_and_no_data_is_of_unknown_age() -> None:
    now = datetime(2030, 1, 1, tzinfo=UTC)
    assert freshness(now + timedelta(hours=1), now, 60).seconds == 0
    assert not freshness(None, now, 60).passed
    assert freshness(None, now, None).passed


def test_availability_begins_with_the_first_publication_and_looks_back_thirty_days() -> None:
    now = datetime(2030, 3, 1, tzinfo=UTC)
    assert availability([], now, 60) is None
    assert availability([Publication(now, now)], now, 60) == 100.0
    long_ago = Publication(now - timedelta(days=60), now - timedelta(days=60))
    assert availability([long_ago], now, 3600) == 0.0
    assert availability([long_ago], now, None) == 100.0
    halfway = Publication(now - timedelta(days=15), now - timedelta(days=15))
    assert availability([long_ago, halfway], now, 15 * 86400) == 50.0


@given(st.lists(st.tuples(st.sampled_from(["critical", "warning"]), st.booleans())))
def test_a_score_is_between_0_and_100_and_100_only_when_all_holds(checks: list[tuple[str, bool]]) -> None:
    found = score(checks)
    assert 0 <= found <= 100
    assert (found == 100) == all(passed for _, passed in checks)


@given(
    st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 10**7), st.booleans()), max_size=8),
    st.integers(1, 10**7),
    st.one_of(st.none(), st.integers(1, 10**6)),
)
def test_availability_is_a_share_and_a_fresher_publication_never_lowers_it(
    history: list[tuple[int, int, bool]], span: int, limit: int | None
) -> None:
    now = datetime(2030, 1, 1, tzinfo=UTC)
    made = [
        Publication(now - timedelta(seconds=a), now - timedelta(seconds=a + b) if known else None)
        for a, b, known in history
    ]
    found = availability(made, now, limit)
    if found is None:
        assert not made
        return
    assert 0 <= found <= 100
    first = min(p.at for p in made)
    fresher = Publication(now - (now - first) / 2, now - (now - first) / 2)
    more = availability([*made, fresher], now, limit)
    assert more is not None
    assert more >= found - 0.01


@pytest.mark.parametrize(
    ("operator", "threshold", "holds", "fails"),
    [
        ("mustBe", (5,), [5], [4, 6]),
        ("mustNotBe", (5,), [4, 6], [5]),
        ("mustBeGreaterThan", (5,), [6], [5, 4]),
        ("mustBeGreaterOrEqualTo", (5,), [6, 5], [4]),
        ("mustBeLessThan", (5,), [4], [5, 6]),
        ("mustBeLessOrEqualTo", (5,), [4, 5], [6]),
        ("mustBeBetween", (5, 7), [5, 6, 7], [4, 8]),
        ("mustNotBeBetween", (5, 7), [4, 8], [5, 6, 7]),
    ],
)
def test_thresholds_compare_as_they_are_called(
    operator: Operator, threshold: tuple[float, ...], holds: list[float], fails: list[float]
) -> None:
    rule = replace(RULE, operator=operator, threshold=threshold, metric="rowCount")
    assert [evaluate("orders", rule, 9, None, v).passed for v in holds] == [True] * len(holds)
    assert [evaluate("orders", rule, 9, None, v).passed for v in fails] == [False] * len(fails)


def test_percent_is_of_the_rows_and_zero_where_there_are_none() -> None:
    rule = replace(RULE, unit="percent", operator="mustBeLessThan", threshold=(5.0,))
    assert evaluate("orders", rule, 200, 10, None).measured == 5.0
    assert not evaluate("orders", rule, 200, 10, None).passed
    assert evaluate("orders", rule, 0, 0, None).measured == 0.0


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_what_is_no_number_is_no_measure_and_does_not_hold(value: float) -> None:
    rule = replace(RULE, metric="sql", operator="mustBeLessThan", threshold=(5.0,))
    found = evaluate("orders", rule, 1, None, value)
    assert (found.measured, found.passed) == (None, False)


def test_a_query_that_gives_nothing_does_not_hold() -> None:
    found = evaluate("orders", replace(RULE, metric="sql", operator="mustNotBe"), 0, None, None)
    assert not found.passed
    assert found.sentence() == ("orders: no nulls: measured nothing, mustNotBe 0 [orders.order_id.nullValues]")


@pytest.mark.parametrize(
    ("severity", "action", "blocks", "stops"),
    [
        ("critical", "alert", True, False),
        ("critical", "quarantine_rows", True, False),
        ("critical", "abort_workflow", True, True),
        ("warning", "alert", False, False),
        ("warning", "quarantine_rows", False, False),
        ("warning", "abort_workflow", True, True),
    ],
)
def test_severity_and_action_decide_what_a_failed_check_does(
    severity: Any, action: Any, blocks: bool, stops: bool
) -> None:
    found = evaluate("orders", replace(RULE, severity=severity, action=action), 10, 1, None)
    assert (found.blocks, found.stops) == (blocks, stops)
    fine = evaluate("orders", replace(RULE, severity=severity, action=action), 10, 0, None)
    assert (fine.blocks, fine.stops) == (False, False)
