"""Plans how checks are measured: what one scan can tell for all of them, and what needs a look of its own. The engines
only execute it, so that both ask the same and answer the same."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from mesh_jobs.domain.errors import BadInput
from mesh_jobs.domain.plan import Metric, QualityRule, Table
from mesh_jobs.domain.quality import Measurement

#: What ${table} stands for while a query is read.
CHECKED = "mesh_checked_table"


@dataclass(frozen=True)
class Measuring:
    """What has to be found out, each question once. `conditions` are about single rows: all are counted in one scan,
    with the number of rows and the newest values that `freshness` asks for. `keys` compare rows with each other,
    `references` with those of another table, and `queries` are run as they are written."""

    checks: tuple[QualityRule, ...]
    conditions: tuple[QualityRule, ...]
    freshness: tuple[QualityRule, ...]
    keys: tuple[QualityRule, ...]
    references: tuple[QualityRule, ...]
    queries: tuple[QualityRule, ...]
    _asked: Mapping[str, str]

    def measurements(self, rows: int, found: Mapping[str, float | None]) -> tuple[Measurement, ...]:
        """Every check's answer; `found` has what was found out, by the check that asked."""
        return tuple(self._measurement(c, rows, found) for c in self.checks)

    def failing(self, found: Mapping[str, int]) -> dict[str, int]:
        """Failing rows of every check, where all are of a kind that counts them."""
        return {c.id: found[self._asked[c.id]] for c in self.checks}

    def _measurement(self, check: QualityRule, rows: int, found: Mapping[str, float | None]) -> Measurement:
        if check.metric == "rowCount":
            return row_count(check, rows)
        answer = found[self._asked[check.id]]
        if check.metric in ("sql", "freshness"):
            return Measurement(check.id, rows, None, answer)
        assert answer is not None
        return Measurement(check.id, rows, int(answer), None)


def plan_measuring(checks: Sequence[QualityRule]) -> Measuring:
    """Checks that ask the same are asked once."""
    first: dict[object, QualityRule] = {}
    asked = {c.id: first.setdefault(_question(c), c).id for c in checks}
    questions = [c for c in checks if asked[c.id] == c.id]

    def of(*metrics: Metric) -> tuple[QualityRule, ...]:
        return tuple(c for c in questions if c.metric in metrics)

    return Measuring(
        checks=tuple(checks),
        conditions=of("nullValues", "missingValues", "invalidValues"),
        freshness=of("freshness"),
        keys=of("duplicateValues"),
        references=of("foreignKey"),
        queries=of("sql"),
        _asked=asked,
    )


def _question(check: QualityRule) -> object:
    """Equal for checks that have the same answer; thresholds are not part of it."""
    columns = [c.lower() for c in check.columns]
    # A foreign key is a list of pairs; elsewhere the order of columns means nothing.
    ordered = tuple(columns if check.reference else sorted(columns))
    return check.metric, ordered, repr(sorted(check.arguments.items())), check.query, check.reference


def row_count(check: QualityRule, rows: int) -> Measurement:
    """The answer to a check of how many rows there are."""
    return Measurement(check.id, rows, None, float(rows))


def number_of(value: object, table: Table, check: QualityRule) -> float | None:
    """What a query gave, as a number. Raises BadInput."""
    if value is None:
        return None
    try:
        return float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        raise BadInput(
            f"table {table.name}: check {check.id} does not give a number",
            f"let its query select one number ({check.origin})",
        ) from None
