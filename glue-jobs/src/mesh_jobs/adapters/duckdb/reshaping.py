"""Rules after which rows cannot be followed one by one: their result is where counting begins anew."""

from __future__ import annotations

from collections.abc import Mapping

from mesh_jobs.adapters.common_type import key_type, union_types
from mesh_jobs.adapters.duckdb.as_text import as_text
from mesh_jobs.adapters.duckdb.chain import Chain
from mesh_jobs.adapters.duckdb.portable import translate_expression, translate_query
from mesh_jobs.adapters.duckdb.session import Relation
from mesh_jobs.adapters.duckdb.types import duckdb_type, name, names, plan_type, storable
from mesh_jobs.adapters.exits import require_apart, unreadable
from mesh_jobs.adapters.join_columns import compared, taken_over
from mesh_jobs.domain import rules as r
from mesh_jobs.domain.table import Type


def reshaped(chain: Chain, query: str, written: str = "") -> None:
    """What a rule makes; `written` are names that it gave its columns."""
    require_apart(chain.table, _before_numbering(chain, query, written))
    chain.at = chain.session.view(query, "rule")
    chain.traced, chain.placed = False, False
    chain.ask()


def _before_numbering(chain: Chain, query: str, written: str) -> list[str]:
    """Names of a result as they are to anybody but DuckDB, which gives the second of two in a subquery or a view a
    number."""
    columns = [c for c, _ in chain.session.describe(query)]
    given = written.lower()
    real = {c.lower() for columns in (chain.columns, *(i.types for i in chain.inputs.values())) for c in columns}
    lower = {c.lower() for c in columns}

    def named(column: str) -> str:
        first, _, number = column.rpartition("_")
        known = column.lower() in real or column.lower() in given
        return first if number.isdecimal() and first.lower() in lower and not known else column

    return [named(c) for c in columns]


def join(chain: Chain, rule: r.Join) -> None:
    left = chain.need(rule.id, [k for k, _ in rule.on])
    chain.close()
    other = chain.inputs[rule.with_]
    take_bad_earlier(chain, other)
    theirs = [*other.types]
    what = f"table {chain.table.name}: rule {rule.id}"
    pairs: list[tuple[str, str, str]] = []
    for a, own in zip(left, compared(chain.table.name, rule, theirs), strict=True):
        common = key_type(what, (a, _type(chain.columns[a])), (f"{rule.with_}.{own}", _type(other.types[own])))
        to = duckdb_type(common)
        pairs.append((a, f"CAST(l.{name(a)} AS {to})", f"CAST(r.{name(own)} AS {to})"))
    on = " AND ".join(f"{ours} = {other_key}" for _, ours, other_key in pairs)
    mine = [f"l.{name(c)}" for c in chain.columns]
    if rule.how in ("semi", "anti"):
        reshaped(chain, f"SELECT {', '.join(mine)} FROM {chain.at} l {rule.how.upper()} JOIN {other.at} r ON {on}")
        return
    if rule.how in ("right", "full"):
        # A row of theirs alone still has its key.
        both = {a: f"coalesce({ours}, {other_key}) AS {name(a)}" for a, ours, other_key in pairs}
        mine = [both.get(c, f"l.{name(c)}") for c in chain.columns]
    taken = taken_over(chain.table.name, rule, chain.columns, theirs)
    mine += [f"r.{name(c)} AS {name(new)}" for c, new in taken]
    reshaped(chain, f"SELECT {', '.join(mine)} FROM {chain.at} l {rule.how.upper()} JOIN {other.at} r ON {on}")


def aggregate(chain: Chain, rule: r.Aggregate) -> None:
    by = chain.need(rule.id, rule.by)
    chain.close()
    cells = [name(c) for c in by] + [f"{translate_expression(e, chain.columns)} AS {name(c)}" for c, e in rule.measures]
    group = f" GROUP BY {names(by)}" if by else ""
    reshaped(chain, f"SELECT {', '.join(cells)} FROM {chain.at}{group}")


def union(chain: Chain, with_: tuple[str, ...]) -> None:
    chain.close()
    parts = {chain.table.inputs[0]: (chain.at, dict(chain.columns))}
    for other in with_:
        take_bad_earlier(chain, chain.inputs[other])
        parts[other] = (chain.inputs[other].at, chain.inputs[other].types)
    known = [(n, {c: _type(t) for c, t in columns.items()}) for n, (_, columns) in parts.items()]
    types = union_types(chain.table.name, known)
    selected = [f"SELECT {_union_cells(columns, types)} FROM {at}" for at, columns in parts.values()]
    reshaped(chain, " UNION ALL ".join(selected))


def _union_cells(columns: Mapping[str, str], types: Mapping[str, Type]) -> str:
    """The columns of a union as one of its parts has them."""
    there = {c.lower(): c for c in columns}
    cells = []
    for c, type_ in types.items():
        own = there.get(c.lower())
        value = "NULL" if own is None else as_text(name(own), columns[own]) if type_ == "string" else name(own)
        cells.append(f"CAST({value} AS {duckdb_type(type_)}) AS {name(c)}")
    return ", ".join(cells)


def _type(type_: str) -> Type | None:
    """A type in the plan's words, None for one that is nothing but null."""
    return None if type_ in ('"NULL"', "NULL") else plan_type(storable(type_))


def query(chain: Chain, rule: r.Sql) -> None:
    first = rule is chain.table.rules[0]
    if not first:
        chain.close()
    for i in chain.table.inputs:
        take_bad_earlier(chain, chain.inputs[i])
    tables = {i: chain.session.view(_visible(chain.inputs[i]), "input") for i in chain.table.inputs}
    if not first:
        tables[chain.table.inputs[0]] = chain.session.view(
            f"SELECT {names(list(chain.columns))} FROM {chain.at}", "input"
        )
    types = {i: chain.inputs[i].types for i in tables}
    if not first:
        types[chain.table.inputs[0]] = dict(chain.columns)
    reshaped(chain, translate_query(rule.text, tables, types), rule.text)


def take_bad_earlier(chain: Chain, relation: Relation) -> None:
    """Records of another input that could not be read: reported, though not part of what can be followed."""
    if relation.bad and relation.bad not in chain.bad:
        chain.bad.append(relation.bad)
        chain.earlier += unreadable(relation.bad_losses)


def _visible(relation: Relation) -> str:
    return f"SELECT {', '.join(name(c) for c, _ in relation.columns)} FROM {relation.at}"
