"""The figures of a certificate, each a formula of `docs/measures.md`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from mesh_jobs.domain.quality import QualityResult

#: How much a check counts in the score.
WEIGHT = {"critical": 3, "warning": 1}


def score(checks: Iterable[tuple[str, bool]]) -> float:
    """Weighted share of what holds, 0 to 100: pairs of severity and whether it passed. Nothing to check is 100."""
    total = held = 0
    for severity, passed in checks:
        total += WEIGHT[severity]
        held += WEIGHT[severity] if passed else 0
    return round(100.0 * held / total, 2) if total else 100.0


def completeness(results: Iterable[QualityResult], required: set[tuple[str, str]]) -> float:
    """Percent of the cells of required columns that are not null, weighted by rows; (table, column) pairs."""
    cells: dict[tuple[str, str], tuple[int, int]] = {}
    for r in results:
        if r.rule.metric == "nullValues" and len(r.rule.columns) == 1 and r.failing is not None:
            cell = (r.table, r.rule.columns[0])
            if cell in required:
                cells[cell] = (r.rows, r.failing)
    rows = sum(c[0] for c in cells.values())
    return round(100.0 * (1 - sum(c[1] for c in cells.values()) / rows), 2) if rows else 100.0


def uniqueness(results: Iterable[QualityResult]) -> float:
    """Percent of rows whose key is theirs alone or the first of its kind, over all checks of duplicates."""
    rows = failing = 0
    for r in results:
        if r.rule.metric == "duplicateValues" and r.failing is not None:
            rows += r.rows
            failing += r.failing
    return round(100.0 * (1 - failing / rows), 2) if rows else 100.0


@dataclass(frozen=True)
class Freshness:
    """Age of the data at certification, in seconds, against what is promised. Passed where nothing is promised."""

    seconds: float | None
    limit_seconds: float | None

    @property
    def passed(self) -> bool:
        return self.limit_seconds is None or (self.seconds is not None and self.seconds <= self.limit_seconds)


def freshness(newest: datetime | None, at: datetime, limit_seconds: float | None) -> Freshness:
    """Age of the newest data at a moment; never below 0, unknown where there is no data."""
    age = None if newest is None else max(0.0, (at - newest).total_seconds())
    return Freshness(age, limit_seconds)


@dataclass(frozen=True)
class Publication:
    """A certified publication: when, and how new its data was."""

    at: datetime
    newest: datetime | None


#: How far back availability looks.
WINDOW = timedelta(days=30)


def availability(publications: Sequence[Publication], at: datetime, limit_seconds: float | None) -> float | None:
    """Percent of the time since the first publication, at most 30 days, in which the certified data was no older
    than the freshness limit. Without a limit every moment after a publication counts. None before the first one."""
    history = sorted((p for p in publications if p.at <= at), key=lambda p: p.at)
    if not history:
        return None
    begin = max(history[0].at, at - WINDOW)
    span = (at - begin).total_seconds()
    if span <= 0:
        return 100.0
    covered = 0.0
    for p, following in zip(history, [*history[1:], None], strict=True):
        until = at if following is None else following.at
        if limit_seconds is not None:
            until = min(until, (p.newest or p.at) + timedelta(seconds=limit_seconds))
        covered += max(0.0, (until - max(p.at, begin)).total_seconds())
    return round(100.0 * covered / span, 2)
