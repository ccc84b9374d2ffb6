"""Rules after which each row can still be followed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Literal

from pyspark.sql import Column
from pyspark.sql import functions as F
from pyspark.sql import types as t

from mesh_jobs.adapters.common_type import naming
from mesh_jobs.adapters.exits import Way, not_text
from mesh_jobs.adapters.protection import words
from mesh_jobs.adapters.source_files import misfit_reason
from mesh_jobs.adapters.spark.as_text import as_text
from mesh_jobs.adapters.spark.casts import strict_cast
from mesh_jobs.adapters.spark.chain import Chain, first_true
from mesh_jobs.adapters.spark.checks import exactly
from mesh_jobs.adapters.spark.repeated import last_come, mark_repeated
from mesh_jobs.adapters.spark.types import name, plan_type
from mesh_jobs.domain import rules as r
from mesh_jobs.domain.errors import BadInput
from mesh_jobs.domain.literals import filling
from mesh_jobs.domain.names import Names
from mesh_jobs.domain.table import Field
from mesh_jobs.ports.engine import Loss

_AGAIN = "_mesh_again"


def texts(chain: Chain, rule: r.TransformationRule, columns: tuple[str, ...], how: Callable[[Column], Column]) -> None:
    own = chain.need(rule.id, columns)
    texts_only(chain, rule, own)
    chain.layer(chain.same() | {c: how(F.col(name(c))) for c in own})


def texts_only(chain: Chain, rule: r.TransformationRule, columns: tuple[str, ...]) -> None:
    for c in columns:
        if not isinstance(chain.columns[c], t.StringType):
            raise not_text(chain.table, rule.id, c, plan_type(chain.columns[c]))


def rename(chain: Chain, rule: str, columns: tuple[tuple[str, str], ...]) -> None:
    old = chain.need(rule, [c for c, _ in columns])
    new = dict(zip(old, [n for _, n in columns], strict=True))
    cells = {new.get(c, c): F.col(name(c)) for c in chain.columns}
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
        chain.layer(chain.same() | {c: F.expr(cast.value) for c, cast in casts.items()})
        return
    alongside = {f"_mesh_new_{i}": F.expr(casts[c].value) for i, c in enumerate(fallible)}
    chain.layer(chain.same() | alongside)
    takes: list[tuple[int, Column]] = []
    received: list[tuple[Column, Column]] = []
    for i, c in enumerate(fallible):
        reason = misfit_reason(fields[c])
        misfit = F.col(name(c)).isNotNull() & F.col(f"_mesh_new_{i}").isNull()
        takes.append((chain.way_out(rule, kind or "abort", reason, c), misfit))
        shows = "CAST(NULL AS STRING)" if c in chain.hidden else as_text(name(c), before[c])
        received.append((misfit, F.expr(shows)))
    record = chain.record(before) if kind == "quarantined" else first_true(received)
    cells = {c: F.col(name(c)) for c in before} | {
        c: F.col(f"_mesh_new_{fallible.index(c)}") if c in fallible else F.expr(cast.value) for c, cast in casts.items()
    }
    chain.layer(cells, chain.mark(takes, record))


def deduplicate(chain: Chain, rule: str, by: tuple[str, ...], latest: str | None, reason: str) -> None:
    own = chain.need(rule, by)
    newest = [F.col(name(c)).desc_nulls_last() for c in chain.need(rule, [latest] if latest else [])]
    if not mark_repeated(chain, own, [*newest, *last_come(chain)], _AGAIN):
        chain.nothing_lost.append(Loss(rule, "removed", 0, reason))
        return
    number = chain.way_out(rule, "removed", reason)
    chain.layer(chain.same(), chain.mark([(number, F.col(_AGAIN))], None))


def filter_rows(chain: Chain, rule: r.Filter) -> None:
    kept = F.coalesce(chain.expression(rule.where), F.lit(False))
    number = chain.way_out(rule.id, "removed", rule.reason)
    chain.layer(chain.same(), chain.mark([(number, ~kept)], None))


def derive(chain: Chain, columns: tuple[tuple[str, str], ...]) -> None:
    cells = chain.same()
    known = {c.lower(): c for c in chain.columns}
    # Who masks a column in the pipeline says nothing of what it is made of.
    masked = Names(c for rule in chain.table.rules if isinstance(rule, r.Hash | r.Redact) for c in rule.columns)
    for c, expression in columns:
        value = chain.expression(expression)
        # A row that is out of the chain must not fail on an expression it does not meet.
        cells[known.get(c.lower(), c)] = F.when(chain.alive, value) if chain.marked else value
        if c in chain.hidden and c not in masked:
            chain.hidden = chain.hidden.and_also(words(expression))
    chain.layer(cells)


def fill(chain: Chain, rule: str, columns: tuple[tuple[str, r.Literal_], ...]) -> None:
    own = chain.need(rule, [c for c, _ in columns])
    cells = chain.same()
    for c, (_, value) in zip(own, columns, strict=True):
        type_ = chain.columns[c]
        filled = filling(f"table {chain.table.name}: rule {rule}", c, value, plan_type(type_))
        cells[c] = F.coalesce(F.col(name(c)), exactly(filled, type_))
    chain.layer(cells)


def map_values(chain: Chain, rule: r.MapValues) -> None:
    (column,) = chain.need(rule.id, [rule.column])
    texts_only(chain, rule, (column,))
    value = F.col(name(column))
    new = first_true([(value == F.lit(old), F.lit(to)) for old, to in rule.values])
    cells = chain.same() | {column: new.otherwise(F.lit(None) if rule.otherwise == "null" else value)}
    if rule.otherwise in ("keep", "null"):
        chain.layer(cells)
        return
    kinds: dict[str, Way] = {"remove": "removed", "quarantine": "quarantined", "abort": "abort"}
    kind = kinds[rule.otherwise]
    number = chain.way_out(rule.id, kind, f"column {column} has a value that is not in the list", column)
    record = None
    if kind == "quarantined":
        record = chain.record()
    elif kind == "abort":
        record = F.lit(None).cast("string") if column in chain.hidden else value
    unknown = value.isNotNull() & ~value.isin([old for old, _ in rule.values])
    chain.layer(cells, chain.mark([(number, unknown)], record))
