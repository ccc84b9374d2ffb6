"""A table's rules, one after the other, and what is promised in the end."""

from __future__ import annotations

from pyspark.sql import functions as F
from pyspark.sql import types as t

from mesh_jobs.adapters.exits import promised
from mesh_jobs.adapters.spark import reshaping, row_rules
from mesh_jobs.adapters.spark.chain import WHITE_SPACE, Chain
from mesh_jobs.adapters.spark.failures import speaking
from mesh_jobs.adapters.spark.masking import hashed, redacted
from mesh_jobs.adapters.spark.types import name, plan_type, spark_type
from mesh_jobs.domain import rules as r
from mesh_jobs.domain.table import Field


def apply_rules(chain: Chain) -> None:
    """Runs the rules one after the other. Raises BadInput, with the rule's name."""
    for rule in chain.table.rules:
        with speaking(f"table {chain.table.name}: rule {rule.id}", bool(chain.hidden)):
            apply_rule(chain, rule)


def apply_rule(chain: Chain, rule: r.TransformationRule) -> None:
    match rule:
        case r.Rename(_, columns):
            row_rules.rename(chain, rule.id, columns)
        case r.Cast():
            row_rules.cast_rule(chain, rule)
        case r.Trim(_, columns):
            row_rules.texts(chain, rule, columns, lambda v: F.btrim(v, F.lit(WHITE_SPACE)))
        case r.Lower(_, columns):
            row_rules.texts(chain, rule, columns, F.lower)
        case r.Upper(_, columns):
            row_rules.texts(chain, rule, columns, F.upper)
        case r.Deduplicate(_, by, latest):
            row_rules.deduplicate(chain, rule.id, by, latest, f"another row has the same {', '.join(by)}")
        case r.Upsert(_, by):
            row_rules.deduplicate(chain, rule.id, by, None, f"a later row has the same {', '.join(by)}")
        case r.Filter():
            row_rules.filter_rows(chain, rule)
        case r.Derive(_, columns):
            row_rules.derive(chain, columns)
        case r.FillNull(_, columns):
            row_rules.fill(chain, rule.id, columns)
        case r.MapValues():
            row_rules.map_values(chain, rule)
        case r.Hash(_, columns):
            own = chain.need(rule.id, columns)
            chain.layer(chain.same() | {c: F.expr(hashed(chain.session, name(c), chain.columns[c])) for c in own})
        case r.Redact(_, columns):
            own = chain.need(rule.id, columns)
            chain.layer(chain.same() | {c: F.expr(redacted(name(c), chain.columns[c])) for c in own})
        case r.Join():
            reshaping.join(chain, rule)
        case r.Aggregate():
            reshaping.aggregate(chain, rule)
        case r.Union(_, with_):
            reshaping.union(chain, with_)
        case r.Sql():
            reshaping.query(chain, rule)


def project(chain: Chain) -> tuple[str, ...]:
    """The promised columns, by name, cast strictly; without a promise every column in a type that can be stored. The
    names of those that were cast."""
    if chain.table.columns is None:
        fields = {c: Field(c, plan_type(type_)) for c, type_ in chain.columns.items() if not _storable(type_)}
        if fields:
            row_rules.cast(chain, f"{chain.table.name}.columns", fields, "abort")
        return tuple(fields)
    own_names = promised(chain.table, chain.table.columns, chain.columns, chain.hidden)
    chain.layer({c: F.col(name(own)) for c, own in own_names.items()})
    fields = {c.name: Field(c.name, c.type) for c in chain.table.columns if plan_type(chain.columns[c.name]) != c.type}
    if fields:
        row_rules.cast(chain, f"{chain.table.name}.columns", fields, "abort")
    return tuple(fields)


def _storable(type_: t.DataType) -> bool:
    """Whether Iceberg has the type."""
    if isinstance(type_, t.ArrayType):
        return _storable(type_.elementType)
    if isinstance(type_, t.MapType):
        return _storable(type_.keyType) and _storable(type_.valueType)
    if isinstance(type_, t.StructType):
        return all(_storable(f.dataType) for f in type_)
    return type_ == spark_type(plan_type(type_))
