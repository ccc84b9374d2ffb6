"""What a check found, and what follows from it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from mesh_jobs.domain.plan import QualityRule


@dataclass(frozen=True)
class Measurement:
    """A check as measured: `failing` rows of `rows`, or one `value`: of rowCount and sql a number, of freshness the
    newest value in seconds since 1970; None where there is none. Where the number may not be told, only whether the
    check `holds`."""

    rule: str
    rows: int
    failing: int | None
    value: float | None
    holds: bool | None = None

    def to_json(self) -> dict[str, Any]:
        return {name: value for name, value in vars(self).items() if name != "holds" or value is not None}


@dataclass(frozen=True)
class QualityResult:
    """A check of one table as measured. `measured` is in the check's unit; None where a query gave nothing, and where
    what it gave is not `told`."""

    table: str
    rule: QualityRule
    rows: int
    failing: int | None
    measured: float | None
    passed: bool
    told: bool = True

    @property
    def blocks(self) -> bool:
        """Whether nothing may be published: a critical check failed, or one whose action is to abort."""
        return not self.passed and (self.rule.severity == "critical" or self.rule.action == "abort_workflow")

    @property
    def stops(self) -> bool:
        """Whether the pipeline stops at once."""
        return not self.passed and self.rule.action == "abort_workflow"

    def sentence(self) -> str:
        """One line for people; holds no value of any row."""
        if not self.told:
            found = "measured of protected values, so not shown"
        elif self.failing is None:
            found = f"measured {_in_unit(self.measured, self.rule)}"
        else:
            share = f" ({_plain(self.measured)} %)" if self.rule.unit == "percent" else ""
            found = f"{self.failing} of {self.rows} rows{share}"
        return f"{self.table}: {self.rule.title}: {found}, {threshold_text(self.rule)} [{self.rule.id}]"

    def to_json(self) -> dict[str, Any]:
        return {
            "id": self.rule.id,
            "title": self.rule.title,
            "table": self.table,
            "metric": self.rule.metric,
            "dimension": self.rule.dimension,
            "columns": list(self.rule.columns),
            "severity": self.rule.severity,
            "action": self.rule.action,
            "unit": self.rule.unit,
            "threshold": threshold_text(self.rule),
            "measured": self.measured,
            "rows": self.rows,
            "failing": self.failing,
            "passed": self.passed,
            **({} if self.told else {"told": False}),
            "origin": self.rule.origin,
        }


def evaluate(
    table: str,
    rule: QualityRule,
    rows: int,
    failing: int | None,
    value: float | None,
    at: datetime | None = None,
    holds: bool | None = None,
) -> QualityResult:
    """Compares what was measured with the threshold. Percent is failing rows of all rows; of no rows it is 0. What is
    not finite is no measure, and does not hold. Freshness is an age, so it needs the moment it is asked `at`. Where
    it is only known whether the check `holds`, that is all that is told."""
    if holds is not None:
        return QualityResult(table, rule, rows, failing, None, holds, told=False)
    if rule.metric == "freshness" and value is not None:
        assert at is not None
        value = max(0.0, at.timestamp() - value)
    measured = value if value is not None and math.isfinite(value) else None
    if failing is not None:
        measured = percent(failing, rows) if rule.unit == "percent" else float(failing)
    passed = measured is not None and rule.holds(measured)
    return QualityResult(table, rule, rows, failing, measured, passed)


def percent(part: float, whole: float) -> float:
    return 100.0 * part / whole if whole else 0.0


def threshold_text(rule: QualityRule) -> str:
    return f"{rule.operator} {' and '.join(_in_unit(t, rule, '') for t in rule.threshold)}{_UNIT[rule.unit]}"


#: What stands behind numbers of a unit; ages are shown in hours.
_UNIT = {"rows": "", "percent": " %", "seconds": " h"}


def _in_unit(number: float | None, rule: QualityRule, unit: str | None = None) -> str:
    if rule.unit != "seconds" or number is None:
        return _plain(number)
    return f"{_plain(number / 3600)}{_UNIT['seconds'] if unit is None else unit}"


def _plain(number: float | None) -> str:
    if number is None:
        return "nothing"
    return str(int(number)) if float(number).is_integer() else f"{number:.6g}"
