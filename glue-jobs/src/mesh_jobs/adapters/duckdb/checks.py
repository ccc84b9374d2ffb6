"""Row checks as SQL conditions: true for a row that breaks the rule, never null."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mesh_jobs.adapters.duckdb.types import literal, name, names, text
from mesh_jobs.domain.plan import QualityRule

#: What `format` promises of a text; both engines use these expressions.
FORMATS = {
    "email": r"^[^@\s]+@[^@\s]+\.[^@\s]+$",
    "uuid": r"^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$",
    "uri": r"^[A-Za-z][A-Za-z0-9+.-]*:[^\s]+$",
    "ipv4": r"^((25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9])\.){3}(25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9])$",
    "ipv6": r"^([0-9a-fA-F]{0,4}:){2,7}([0-9a-fA-F]{0,4}|((25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9])\.){3}[0-9]{1,3})$",
    "hostname": r"^[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*$",
}


def breaks(check: QualityRule, types: Mapping[str, str]) -> str:
    """The condition of a check over one row. Not for duplicateValues, rowCount and sql, which need them all."""
    parts = [_breaks_column(check, c, types[c]) for c in check.columns]
    return "(" + " OR ".join(parts) + ")"


def _breaks_column(check: QualityRule, column: str, type_: str) -> str:
    value = name(column)
    match check.metric:
        case "nullValues":
            return f"{value} IS NULL"
        case "missingValues":
            return _missing(value, type_, check.arguments.get("missingValues", [None]))
        case "invalidValues":
            parts = invalid(value, type_, check.arguments)
            return f"coalesce({value} IS NOT NULL AND ({' OR '.join(parts)}), FALSE)" if parts else "FALSE"
        case _:
            raise AssertionError(check.metric)


def _missing(value: str, type_: str, listed: list[Any]) -> str:
    parts = [f"{value} IS NULL"] if None in listed else []
    given = [v for v in listed if v is not None]
    if given:
        parts.append(f"coalesce({one_of(value, type_, given)}, FALSE)")
    return "(" + (" OR ".join(parts) or "FALSE") + ")"


def one_of(value: str, type_: str, given: list[Any]) -> str:
    """Whether a value is in a list of the contract, whose numbers and dates may be written as text."""
    if type_ == "VARCHAR":
        texts = [str(v).lower() if isinstance(v, bool) else str(v) for v in given]
        return f"{value} IN ({', '.join(map(text, texts))})"
    # A listed text that is no value of this type cannot be equal to any.
    return f"list_contains([{', '.join(_as(v, type_) for v in given)}], {value})"


def _as(v: Any, type_: str) -> str:
    return f"TRY_CAST({literal(v) if not isinstance(v, str) else text(v)} AS {type_})"


def _bound(v: Any, type_: str) -> str:
    """A bound of a range; numbers are compared as they are, so that 0.5 bounds an integer too."""
    if isinstance(v, str):
        return f"CAST({text(v)} AS {type_})"
    return literal(v)


def invalid(value: str, type_: str, arguments: Mapping[str, Any]) -> list[str]:
    """One condition per argument, each true for a value that does not meet it."""
    out: list[str] = []
    for key, given in arguments.items():
        match key:
            case "validValues":
                out.append(f"NOT ({one_of(value, type_, given)})")
            case "pattern":
                out.append(f"NOT regexp_matches({_text(value, type_)}, {text(given)})")
            case "format" if given in FORMATS:
                out.append(f"NOT regexp_matches({_text(value, type_)}, {text(FORMATS[given])})")
            case "minLength":
                out.append(f"length({_text(value, type_)}) < {literal(given)}")
            case "maxLength":
                out.append(f"length({_text(value, type_)}) > {literal(given)}")
            case "minimum":
                out.append(f"{value} < {_bound(given, type_)}")
            case "maximum":
                out.append(f"{value} > {_bound(given, type_)}")
            case "exclusiveMinimum":
                out.append(f"{value} <= {_bound(given, type_)}")
            case "exclusiveMaximum":
                out.append(f"{value} >= {_bound(given, type_)}")
            case "multipleOf":
                out.append(_not_multiple(value, type_, given))
            case "minItems":
                out.append(f"len({value}) < {literal(given)}")
            case "maxItems":
                out.append(f"len({value}) > {literal(given)}")
            case "uniqueItems" if given:
                out.append(
                    f"list_unique({value}) + list_count(list_filter({value}, lambda x: x IS NULL)) < len({value})"
                )
            case _:
                pass
    return out


def _not_multiple(value: str, type_: str, given: float) -> str:
    if type_ in ("FLOAT", "DOUBLE"):
        # 0.3 is a multiple of 0.1 for people, though not in binary.
        quotient = f"{value} / {literal(float(given))}"
        return f"abs({quotient} - round({quotient})) > 1e-9 * greatest(abs({quotient}), 1)"
    exact = repr(given) if isinstance(given, float) and "e" not in repr(given) else str(given)
    return f"{value} % CAST({text(exact)} AS DECIMAL(38, {len(exact.partition('.')[2])})) <> 0"


def _text(value: str, type_: str) -> str:
    return value if type_ == "VARCHAR" else f"CAST({value} AS VARCHAR)"


def failing_rows(check: QualityRule, types: Mapping[str, str], alive: str = "TRUE") -> str:
    """An aggregate: how many rows break a check."""
    if check.metric == "nullValues" and len(check.columns) == 1 and alive == "TRUE":
        return f"count(*) - count({name(check.columns[0])})"
    condition = breaks(check, types)
    return f"count(*) FILTER ({condition if alive == 'TRUE' else f'{alive} AND {condition}'})"


def repeated_rows(columns: tuple[str, ...], source: str, where: str = "TRUE") -> str:
    """A query of one number: rows beyond the first of each key. Keys with a null are not compared."""
    if len(columns) == 1:
        key = name(columns[0])
        return f"SELECT count({key}) - count(DISTINCT {key}) FROM {source} WHERE {where}"
    complete = " AND ".join(f"{name(c)} IS NOT NULL" for c in columns)
    return (
        f"SELECT coalesce(sum(n) - count(*), 0)::BIGINT FROM (SELECT count(*) AS n FROM {source} "
        f"WHERE {where} AND {complete} GROUP BY {names(columns)})"
    )
