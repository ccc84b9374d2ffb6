"""The state that an alarm's datapoints give it.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from mesh_local_aws.hooks import Document
from mesh_local_aws.services.cloudwatch import expressions
from mesh_local_aws.services.cloudwatch.expressions import Band, Metric, Series

# An alarm looks at this many periods more than it evaluates, so that data which is late does not count as missing.
_LOOKS_BACK = 2
# How much of the past an anomaly detection learns from, in periods.
_LEARNS_FROM = 336

Points = Callable[[Document, float, float], Sequence[Document]]
"""(metric, from, to) → its points between those seconds since 1970."""

Statistic = Callable[[Sequence[Document], str], float | None]


@dataclass(frozen=True)
class Verdict:
    state: str
    reason: str


def evaluated(alarm: Document, now: float, points: Points, statistic: Statistic) -> Verdict | None:
    """The state that an alarm has now; None where it keeps the one it has."""
    needed = int(alarm["EvaluationPeriods"])
    series, band = _values(alarm, now, needed + _LOOKS_BACK, points, statistic)
    if "ThresholdMetricId" in alarm and band is None:
        return Verdict("INSUFFICIENT_DATA", "Insufficient Data: too little is known of the metric to say what is usual")
    real = [value for value in series if value is not None][:needed]
    breaching = [value for value in real if _breaches(alarm, value, band)]
    enough, missing = int(alarm.get("DatapointsToAlarm") or needed), needed - len(real)
    told = f"{len(breaching)} of {needed} datapoints {_values_told(breaching)} {_threshold_told(alarm, band)}, {missing} were missing"
    if len(breaching) >= enough:
        return Verdict("ALARM", f"Threshold Crossed: {told} (minimum {enough} for OK -> ALARM transition).")
    if len(real) - len(breaching) > needed - enough:
        return Verdict("OK", f"Threshold Crossed: {told} (minimum {enough} for OK -> ALARM transition).")
    treated = alarm.get("TreatMissingData") or "missing"
    if treated == "ignore":
        return None
    if treated == "missing" and not real:
        return Verdict("INSUFFICIENT_DATA", f"Insufficient Data: {needed} datapoints were unknown.")
    state = "OK" if treated == "notBreaching" else "ALARM"
    return Verdict(state, f"Threshold Crossed: {told}, which are treated as {treated}.")


def check(alarm: Document) -> None:
    """Raises NotEmulated for an alarm that could never be evaluated."""
    queries = alarm.get("Metrics", ())
    for query in queries:
        if "Expression" in query:
            expressions.check(query["Expression"], [each["Id"] for each in queries if "MetricStat" in each])


def _values(alarm: Document, now: float, periods: int, points: Points, statistic: Statistic) -> tuple[Series, Band | None]:
    """Of the one metric that is compared, and the band that it is compared with where it is no number."""
    queries = alarm.get("Metrics")
    if not queries:
        asked = {key: alarm.get(key) for key in ("Namespace", "MetricName", "Dimensions", "Unit")}
        stat = alarm.get("ExtendedStatistic") or alarm.get("Statistic") or "Average"
        return _metric(asked, int(alarm["Period"]), stat, now, periods, points, statistic).recent, None
    metrics = {each["Id"]: _metric_of(each, now, periods, points, statistic) for each in queries if "MetricStat" in each}
    found: dict[str, Series | Band | None] = {id_: metric.recent for id_, metric in metrics.items()}
    found |= {each["Id"]: expressions.value_of(each["Expression"], metrics) for each in queries if "Expression" in each}
    band = found.pop(alarm.get("ThresholdMetricId", ""), None)
    compared = next(each["Id"] for each in queries if each["Id"] in found and each.get("ReturnData", True) in (True, "true"))
    series = found[compared]
    return (series if isinstance(series, list) else []), (band if isinstance(band, Band) else None)


def _metric_of(query: Document, now: float, periods: int, points: Points, statistic: Statistic) -> Metric:
    wanted = query["MetricStat"]
    return _metric(wanted["Metric"] | {"Unit": wanted.get("Unit")}, int(wanted["Period"]), wanted["Stat"], now, periods, points, statistic)


def _metric(asked: Document, period: int, stat: str, now: float, periods: int, points: Points, statistic: Statistic) -> Metric:
    """Periods end now: an alarm slides along, it does not wait for a full hour."""
    start = now - period * (periods + _LEARNS_FROM)
    windows: dict[int, list[Document]] = {}
    for point in points(asked, start, now):
        windows.setdefault(int((now - point["Timestamp"]) // period), []).append(point)
    values = {index: statistic(found, stat) for index, found in windows.items()}
    # The one that is judged is not among those that it is judged by.
    history = [value for index, value in values.items() if index >= 1 and value is not None]
    return Metric([values.get(index) for index in range(periods)], history)


def _breaches(alarm: Document, value: float, band: Band | None) -> bool:
    comparison, threshold = alarm["ComparisonOperator"], float(alarm.get("Threshold") or 0)
    if band is not None:
        below, above = value < band.lower, value > band.upper
        return {"LessThanLowerThreshold": below, "GreaterThanUpperThreshold": above}.get(comparison, below or above)
    return {
        "GreaterThanOrEqualToThreshold": value >= threshold,
        "GreaterThanThreshold": value > threshold,
        "LessThanThreshold": value < threshold,
        "LessThanOrEqualToThreshold": value <= threshold,
    }[comparison]


def _values_told(values: Sequence[float]) -> str:
    return f"[{', '.join(f'{value:g}' for value in values[:5])}{', …' if len(values) > 5 else ''}]"


def _threshold_told(alarm: Document, band: Band | None) -> str:
    if band is not None:
        return f"were outside of {band.lower:g} to {band.upper:g}"
    words = {
        "GreaterThanOrEqualToThreshold": "greater than or equal to",
        "GreaterThanThreshold": "greater than",
        "LessThanThreshold": "less than",
        "LessThanOrEqualToThreshold": "less than or equal to",
    }
    return f"were {words[alarm['ComparisonOperator']]} the threshold ({float(alarm.get('Threshold') or 0):g})"
