"""Fractions as text: the fewest digits that read back as the same number, in the form in which Java writes them."""

from __future__ import annotations

from mesh_jobs.adapters.spark.nested import let

#: Whole numbers from here on are not all there, so that digits can be left out.
_DENSE = {"DOUBLE": 2**53, "FLOAT": 2**24}
#: How many digits tell all numbers apart, from the fewest that always can be told.
_DIGITS = {"DOUBLE": range(15, 18), "FLOAT": range(6, 10)}
_HALF, _LARGE = 2**63, 2**126


def fraction_text(value: str, type_: str) -> str:
    """SQL of a DOUBLE or FLOAT as text. Java 17 writes large whole numbers with more digits than they need or not with
    the nearest ones (https://bugs.openjdk.org/browse/JDK-4511638), so these are written here. Where it does the same to
    powers of two beyond them, it stays as Java writes it."""
    large = f"abs({value}) >= {_DENSE[type_]}D AND abs({value}) < {_LARGE}D"
    written = let(_exact_digits(value), lambda digits: _shortest(digits, value, type_))
    sign = f"CASE WHEN {value} < 0 THEN '-' ELSE '' END"
    return f"CASE WHEN {large} THEN concat({sign}, {written}) ELSE CAST({value} AS STRING) END"


def _exact_digits(value: str) -> str:
    """All digits of a whole number, put together from two halves that fit into a long."""
    size = f"CAST(abs({value}) AS DOUBLE)"
    upper = f"floor({size} / {_HALF}D)"
    lower = f"CAST({size} - {upper} * {_HALF}D AS BIGINT)"
    return f"CAST(CAST({upper} AS DECIMAL(19, 0)) * {_HALF}BD + CAST({lower} AS DECIMAL(19, 0)) AS STRING)"


def _shortest(digits: str, value: str, type_: str) -> str:
    """As few of the digits, rounded, as give the number back. Above a power of two there is more room than below it, so
    what is rounded up may fit where what is nearer does not."""
    # Names that no column has, since one of that name would be taken for it.
    t, n = "_mesh_try", "_mesh_number"
    tries = ", ".join(f"struct({digit} AS n, {up} AS up)" for digit in _DIGITS[type_] for up in ("false", "true"))
    up = f"CASE WHEN {t}.up OR substring({digits}, {t}.n + 1, 1) >= '5' THEN 1 ELSE 0 END"
    first = f"CAST(CAST(substring({digits}, 1, {t}.n) AS BIGINT) + {up} AS STRING)"
    zeros = f"greatest(length({digits}) - {t}.n, 0)"
    numbers = f"transform(array({tries}), {t} -> struct({first} AS first, {zeros} AS zeros))"
    fits = f"CAST(concat({n}.first, 'E', {n}.zeros) AS {type_}) = abs({value})"
    rest = f"coalesce(nullif(rtrim('0', substring({n}.first, 2)), ''), '0')"
    text = f"concat(substring({n}.first, 1, 1), '.', {rest}, 'E', length({n}.first) - 1 + {n}.zeros)"
    return f"element_at(transform(filter({numbers}, {n} -> {fits}), {n} -> {text}), 1)"
