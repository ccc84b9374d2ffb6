"""Which answers of checks may be a value of a row: what is known of them then is only whether they hold."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

from mesh_jobs.domain.plan import QualityRule, Table
from mesh_jobs.domain.quality import Measurement, evaluate

_COUNT = re.compile(r"\s*SELECT\s+COUNT\s*\(", re.IGNORECASE)
_FROM = re.compile(r"\s*(AS\s+)?(\w+\s+)?FROM\b", re.IGNORECASE)
_MORE = re.compile(r"\b(UNION|INTERSECT|EXCEPT)\b", re.IGNORECASE)
_COUNTED_STAR = re.compile(r"COUNT\s*\(\s*\*\s*\)", re.IGNORECASE)
_STAR = re.compile(r"(\b(SELECT|DISTINCT|ALL)|[,.(])\s*\*", re.IGNORECASE)


def untold(table: Table, measurements: Iterable[Measurement]) -> tuple[Measurement, ...]:
    """The measurements, those that may be a value of a protected column as nothing but whether their check holds."""
    checks = {c.id: c for c in table.checks}
    return tuple(_untold(table, checks.get(m.rule), m) for m in measurements)


def reveals(table: Table, check: QualityRule) -> bool:
    """Whether the answer of a query may be a value of a protected column: it names one, or takes all columns there are,
    and does more than to count rows. More queries than these hide a number too many at worst."""
    if check.query is None or not table.protected or _only_counts(check.query):
        return False
    named = (rf"(?<!\w){re.escape(p.name)}(?!\w)" for p in table.protected)
    if any(re.search(name, check.query, re.IGNORECASE) for name in named):
        return True
    return _STAR.search(_COUNTED_STAR.sub("", check.query)) is not None


def _untold(table: Table, check: QualityRule | None, found: Measurement) -> Measurement:
    if check is None or found.holds is not None or not reveals(table, check):
        return found
    holds = evaluate(table.name, check, found.rows, found.failing, found.value).passed
    return replace(found, value=None, holds=holds)


def _only_counts(query: str) -> bool:
    """Whether all that a query selects is a count."""
    begins = _COUNT.match(query)
    if begins is None or _MORE.search(query):
        return False
    depth, at, quote = 1, begins.end(), ""
    while depth and at < len(query):
        c = query[at]
        if quote:
            quote = "" if c == quote else quote
        elif c in "'\"`":
            quote = c
        else:
            depth += {"(": 1, ")": -1}.get(c, 0)
        at += 1
    return _FROM.match(query, at) is not None
