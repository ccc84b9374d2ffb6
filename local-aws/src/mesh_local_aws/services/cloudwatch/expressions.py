"""Metric math, as far as alarms here use it: arithmetic, FILL and ANOMALY_DETECTION_BAND."""

from __future__ import annotations

import operator
import re
import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

Series = Sequence[float | None]
"""A value for each period, the latest first; None where there is none."""


class NotEmulated(ValueError):
    """What of metric math is not known here."""


@dataclass(frozen=True)
class Band:
    """What is expected of a metric."""

    lower: float
    upper: float


@dataclass(frozen=True)
class Metric:
    """Values of the periods that are looked at, and those before them, from which is learnt what is usual."""

    recent: Series
    history: Sequence[float]


# Fewer values of the past say nothing.
_LEAST_HISTORY = 5
_TOKEN = re.compile(r"\s*(?:(?P<number>\d+(?:\.\d+)?)|(?P<name>[A-Za-z_]\w*)|(?P<sign>[-+*/(),]))")
_OPERATORS: dict[str, Callable[[float, float], float]] = {"+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv}


def value_of(expression: str, metrics: Mapping[str, Metric]) -> Series | Band | None:
    """Its series, or the band of an anomaly detection: None while too little is known. Raises NotEmulated."""
    return _Parser(expression, metrics).whole()


def check(expression: str, names: Sequence[str]) -> None:
    """Raises NotEmulated for what could never be evaluated."""
    value_of(expression, {name: Metric([1.0], [1.0] * _LEAST_HISTORY) for name in names})


class _Parser:
    def __init__(self, text: str, metrics: Mapping[str, Metric]) -> None:
        self._text = text
        self._metrics = metrics
        self._tokens: list[str] = []
        self._at = 0
        at = 0
        while text[at:].strip():
            found = _TOKEN.match(text, at)
            if found is None:
                raise self._unknown(text[at:].strip()[:1])
            self._tokens.append(found.group().strip())
            at = found.end()

    def whole(self) -> Series | Band | None:
        if self._tokens[:1] == ["ANOMALY_DETECTION_BAND"]:
            return self._band()
        found = self._sum()
        if self._next() is not None:
            raise self._unknown(self._next())
        return found

    def _band(self) -> Band | None:
        """Mean and deviation of the past; AWS's model knows seasons and trends as well."""
        self._take("ANOMALY_DETECTION_BAND")
        self._take("(")
        metric, width = self._metric(), 2.0
        if self._next() == ",":
            self._take(",")
            width = float(self._take())
        self._take(")")
        if len(metric.history) < _LEAST_HISTORY:
            return None
        mean, deviation = statistics.fmean(metric.history), statistics.pstdev(metric.history)
        return Band(mean - width * deviation, mean + width * deviation)

    def _sum(self) -> Series:
        found = self._product()
        while self._next() in ("+", "-"):
            found = self._combined(found, self._take(), self._product())
        return found

    def _product(self) -> Series:
        found = self._factor()
        while self._next() in ("*", "/"):
            found = self._combined(found, self._take(), self._factor())
        return found

    def _factor(self) -> Series:
        token = self._take()
        if token == "(":
            found = self._sum()
            self._take(")")
            return found
        if token == "-":
            return [None if value is None else -value for value in self._factor()]
        if token == "FILL":
            self._take("(")
            series = self._sum()
            self._take(",")
            filler = float(self._take())
            self._take(")")
            return [filler if value is None else value for value in series]
        if token[0].isdigit():
            return [float(token)] * self._length()
        self._at -= 1
        return self._metric().recent

    def _combined(self, left: Series, sign: str, right: Series) -> Series:
        """A period that either lacks has no value, and a division by nothing has none."""
        return [
            None if a is None or b is None or (sign == "/" and b == 0) else _OPERATORS[sign](a, b) for a, b in zip(left, right, strict=True)
        ]

    def _metric(self) -> Metric:
        name = self._take()
        if name not in self._metrics:
            raise self._unknown(name)
        return self._metrics[name]

    def _length(self) -> int:
        return max((len(metric.recent) for metric in self._metrics.values()), default=0)

    def _next(self) -> str | None:
        return self._tokens[self._at] if self._at < len(self._tokens) else None

    def _take(self, expected: str | None = None) -> str:
        token = self._next()
        if token is None or expected not in (None, token):
            raise self._unknown(token)
        self._at += 1
        return token

    def _unknown(self, token: str | None) -> NotEmulated:
        return NotEmulated(
            f"metric math {self._text!r} is not emulated from {token or 'its end'} on; arithmetic, FILL and ANOMALY_DETECTION_BAND are"
        )
