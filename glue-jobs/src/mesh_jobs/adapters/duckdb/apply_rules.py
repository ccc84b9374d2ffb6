"""A table's rules, one after the other, and what is promised in the end."""

from __future__ import annotations

import duckdb

from mesh_jobs.adapters.duckdb import reshaping, row_rules
from mesh_jobs.adapters.duckdb.chain import WHITE_SPACE, Chain
from mesh_jobs.adapters.duckdb.failures import spoken
from mesh_jobs.adapters.duckdb.masking import hashed, redacted
from mesh_jobs.adapters.duckdb.portable import translate_expression
from mesh_jobs.adapters.duckdb.types import duckdb_type, name, plan_type, storable
from mesh_jobs.adapters.exits import promised
from mesh_jobs.adapters.sql.problems import SqlRefused
from mesh_jobs.domain import rules as r
from mesh_jobs.domain.errors import BadInput, MeshError
from mesh_jobs.domain.table import Field


def apply_rules(chain: Chain) -> None:
    """Runs the rules one after the other. Raises BadInput, with the rule's name."""
    for rule in chain.table.rules:
        try:
            apply_rule(chain, rule)
        except duckdb.Error as error:
            raise explained(chain, rule.id, error) from error
        except SqlRefused as error:
            raise BadInput(f"table {chain.table.name}: rule {rule.id}: {error}", error.remedy) from error


def apply_rule(chain: Chain, rule: r.TransformationRule) -> None:
    match rule:
        case r.Rename(_, columns):
            row_rules.rename(chain, rule.id, columns)
        case r.Cast():
            row_rules.cast_rule(chain, rule)
        case r.Trim(_, columns):
            row_rules.texts(chain, rule, columns, lambda v: f"trim({v}, {WHITE_SPACE})")
        case r.Lower(_, columns):
            row_rules.texts(chain, rule, columns, lambda v: f"dp_lower({v})")
        case r.Upper(_, columns):
            row_rules.texts(chain, rule, columns, lambda v: f"dp_upper({v})")
        case r.Deduplicate(_, by, latest):
            row_rules.deduplicate(chain, rule.id, by, latest, f"another row has the same {', '.join(by)}")
        case r.Upsert(_, by):
            row_rules.deduplicate(chain, rule.id, by, None, f"a later row has the same {', '.join(by)}")
        case r.Filter(_, where, reason):
            condition = translate_expression(where, chain.columns)
            number = chain.way_out(rule.id, "removed", reason)
            chain.layer(chain.same(), chain.mark([(number, f"({condition}) IS NOT TRUE")], None))
        case r.Derive(_, columns):
            row_rules.derive(chain, columns)
        case r.FillNull(_, columns):
            row_rules.fill(chain, rule.id, columns)
        case r.MapValues():
            row_rules.map_values(chain, rule)
        case r.Hash(_, columns):
            chain.session.need_key()
            own = chain.need(rule.id, columns)
            chain.layer(chain.same() | {c: hashed(name(c), chain.columns[c]) for c in own})
        case r.Redact(_, columns):
            own = chain.need(rule.id, columns)
            chain.layer(chain.same() | {c: redacted(name(c), chain.columns[c]) for c in own})
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
        fields = {c: Field(c, plan_type(storable(t))) for c, t in chain.columns.items() if storable(t) != t}
        if fields:
            row_rules.cast(chain, f"{chain.table.name}.columns", fields, "abort")
        return tuple(fields)
    own_names = promised(chain.table, chain.table.columns, chain.columns, chain.hidden)
    chain.layer({c: name(own) for c, own in own_names.items()})
    fields = {
        c.name: Field(c.name, c.type) for c in chain.table.columns if chain.columns[c.name] != duckdb_type(c.type)
    }
    if fields:
        row_rules.cast(chain, f"{chain.table.name}.columns", fields, "abort")
    return tuple(fields)


def explained(chain: Chain, rule: str, error: duckdb.Error) -> MeshError:
    """DuckDB's words, unless they might hold a value that is protected."""
    return spoken(f"table {chain.table.name}: rule {rule}", error, bool(chain.hidden))
