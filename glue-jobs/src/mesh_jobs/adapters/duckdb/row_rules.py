"""Rules after which each row can still be followed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Literal

from mesh_jobs.adapters.common_type import naming
from mesh_jobs.adapters.duckdb.as_text import as_text
from mesh_jobs.adapters.duckdb.casts import strict_cast
from mesh_jobs.adapters.duckdb.chain import Chain
from mesh_jobs.adapters.duckdb.checks import exactly
from mesh_jobs.adapters.duckdb.portable import translate_expression
from mesh_jobs.adapters.duckdb.session import PLACE
from mesh_jobs.adapters.duckdb.types import literal, name, plan_type, storable, text
from mesh_jobs.adapters.protection import words
from mesh_jobs.adapters.source_files import misfit_reason
from mesh_jobs.domain import rules as r
from mesh_jobs.domain.errors import BadInput
from mesh_jobs.domain.literals import filling
from mesh_jobs.domain.names import Names
from mesh_jobs.domain.table import Field
from mesh_jobs.ports.engine import Loss


def texts(chain: Chain, rule: r.TransformationRule, columns: tuple[str, ...], how: Callable[[str], str]) -> None:
    own = chain.need(rule.id, columns)
    chain.texts_only(rule, own)
    chain.layer(chain.same() | {c: how(name(c)) for c in own})


def rename(chain: Chain, rule: str, columns: tuple[tuple[str, str], ...]) -> None:
    old = chain.need(rule, [c for c, _ in columns])
    new = dict(zip(old, [n for _, n in columns], strict=True))
    cells = {new.get(c, c): name(c) for c in chain.columns}
    if len({c.lower() for c in cells}) != len(chain.columns):
        raise BadInput(f"table {chain.table.name}: rule {rule} gives two columns the same name", "rename the other too")
    chain.layer(cells)


def cast_rule(chain: Chain, rule: r.Cast) -> None:
    own = chain.need(rule.id, [f.name for f in rule.columns])
    kind: Literal["quarantined", "abort"] = "quarantined" if rule.on_fail == "quarantine" else "abort"
    fields = dict(zip(own, rule.columns, strict=True))
    cast(chain, rule.id, fields, None if rule.on_fail == "null" else kind)


def cast(chain: Chain, rule: str, fields: Mapping[str, Field], kind: Literal["quarantined", "abort"] | None) -> None:
    """Casts strictly; a value that does not fit takes its row out of the chain, or becomes null without `kind`."""
    casts = {}
    for c, f in fields.items():
        with naming(f"table {chain.table.name}: rule {rule}: column {c}"):
            casts[c] = strict_cast(name(c), chain.columns[c], f.type, f.format)
    fallible = [c for c, cast in casts.items() if cast.fallible] if kind else []
    before = dict(chain.columns)
    if not fallible:
        chain.layer(chain.same() | {c: cast.value for c, cast in casts.items()})
        return
    alongside = {f"_mesh_new_{i}": casts[c].value for i, c in enumerate(fallible)}
    # What fits anyhow is cast in the end: a record keeps the row as it came.
    chain.layer(chain.same() | alongside)
    takes, values = [], []
    for i, c in enumerate(fallible):
        reason = misfit_reason(fields[c])
        number = chain.way_out(rule, kind or "abort", reason, c)
        condition = f"{name(c)} IS NOT NULL AND _mesh_new_{i} IS NULL"
        takes.append((number, condition))
        values.append(f"WHEN {condition} THEN {'NULL' if c in chain.hidden else as_text(name(c), before[c])}")
    record = chain.record(before) if kind == "quarantined" else f"CASE {' '.join(values)} END"
    cells = {c: name(c) for c in before} | {
        c: f"_mesh_new_{fallible.index(c)}" if c in fallible else cast.value for c, cast in casts.items()
    }
    chain.layer(cells, chain.mark(takes, record))


def deduplicate(chain: Chain, rule: str, by: tuple[str, ...], latest: str | None, reason: str) -> None:
    own = chain.need(rule, by)
    order = [f"{name(c)} DESC NULLS LAST" for c in chain.need(rule, [latest] if latest else [])]
    order += chain.arrival("DESC")
    if not chain.traced:
        order += [f"{value} DESC NULLS LAST" for value in chain.by_values()]
    again = chain.repeated(own, order)
    if again is None:
        chain.nothing_lost.append(Loss(rule, "removed", 0, reason))
        return
    number = chain.way_out(rule, "removed", reason)
    marks = chain.mark([(number, "_mesh_again IS NOT NULL")], None)
    chain.layer(chain.same(), marks, f" LEFT JOIN {again} ON {PLACE} = _mesh_again")


def derive(chain: Chain, columns: tuple[tuple[str, str], ...]) -> None:
    cells = chain.same()
    known = {c.lower(): c for c in chain.columns}
    # Who masks a column in the pipeline says nothing of what it is made of.
    masked = Names(c for rule in chain.table.rules if isinstance(rule, r.Hash | r.Redact) for c in rule.columns)
    for c, expression in columns:
        value = translate_expression(expression, chain.columns)
        # A row that is out of the chain must not fail on an expression it does not meet.
        cells[known.get(c.lower(), c)] = f"CASE WHEN {chain.alive} THEN {value} END" if chain.marked else f"({value})"
        if c in chain.hidden and c not in masked:
            chain.hidden = chain.hidden.and_also(words(expression))
    chain.layer(cells)


def fill(chain: Chain, rule: str, columns: tuple[tuple[str, r.Literal_], ...]) -> None:
    own = chain.need(rule, [c for c, _ in columns])
    cells = chain.same()
    for c, (_, value) in zip(own, columns, strict=True):
        type_ = chain.columns[c]
        filled = filling(f"table {chain.table.name}: rule {rule}", c, value, plan_type(storable(type_)))
        cells[c] = f"coalesce({name(c)}, {exactly(filled, type_)})"
    chain.layer(cells)


def map_values(chain: Chain, rule: r.MapValues) -> None:
    (column,) = chain.need(rule.id, [rule.column])
    chain.texts_only(rule, (column,))
    value = name(column)
    known = f"{value} IN ({', '.join(text(old) for old, _ in rule.values)})"
    whens = " ".join(f"WHEN {text(old)} THEN {literal(new)}" for old, new in rule.values)
    otherwise = "NULL" if rule.otherwise == "null" else value
    cells = chain.same() | {column: f"CASE {value} {whens} ELSE {otherwise} END"}
    if rule.otherwise in ("keep", "null"):
        chain.layer(cells)
        return
    kinds: dict[str, Literal["removed", "quarantined", "abort"]] = {
        "remove": "removed",
        "quarantine": "quarantined",
        "abort": "abort",
    }
    kind = kinds[rule.otherwise]
    number = chain.way_out(rule.id, kind, f"column {column} has a value that is not in the list", column)
    record = (
        None
        if kind == "removed"
        else chain.record()
        if kind == "quarantined"
        else ("NULL" if column in chain.hidden else value)
    )
    chain.layer(cells, chain.mark([(number, f"{value} IS NOT NULL AND NOT {known}")], record))
