"""Which columns of a source feed protected ones: their values are in no message. The same on every engine."""

from __future__ import annotations

import re

from mesh_jobs.domain import rules as r
from mesh_jobs.domain.names import Names
from mesh_jobs.domain.plan import Plan, Table


def hidden_columns(plan: Plan) -> dict[str, frozenset[str]]:
    """By source and table, the `Names` of columns whose values must not be shown. Followed from the published tables
    backwards by name, through renames and expressions. A query hides what has the same name before it; the plan, which
    knows where its columns come from, names the others."""
    wanted = {t.name: Names(p.name for p in t.protected) for t in plan.tables}
    hidden: dict[str, Names] = {}
    for table in reversed(plan.tables):
        before = _before(table, wanted[table.name].and_also(hidden.get(table.name, ())))
        for i in (*table.inputs, *(w for rule in table.rules for w in _others(rule))):
            hidden[i] = before.and_also(hidden.get(i, ()))
    return {n: found.and_also(wanted.get(n, ())) for n, found in hidden.items()}


def words(expression: str) -> frozenset[str]:
    """All words of an expression, and what is quoted in it as a name: those of its columns are among them. More than
    these hides a column too many at worst; parsing would need a parser wherever a job runs."""
    return frozenset(re.findall(r"\w+", expression)) | frozenset(re.findall(r"`([^`]+)`", expression))


def _others(rule: r.TransformationRule) -> tuple[str, ...]:
    return (rule.with_,) if isinstance(rule, r.Join) else rule.with_ if isinstance(rule, r.Union) else ()


def _before(table: Table, columns: Names) -> Names:
    """Names, before the rules, of what goes into these columns."""
    for rule in reversed(table.rules):
        match rule:
            case r.Rename(_, pairs):
                columns = columns.and_also(old for old, new in pairs if new in columns)
            case r.Derive(_, pairs) | r.Aggregate(_, _, pairs):
                for c, expression in pairs:
                    if c in columns:
                        columns = columns.and_also(words(expression))
            case r.Join(_, _, _, _, select):
                columns = columns.and_also(theirs for theirs, ours in select or () if ours in columns)
            case r.Hash(_, masked) | r.Redact(_, masked):
                # Who masks a column here says nothing of what it is made of; the plan names what else is protected.
                columns = Names(columns - Names(masked))
            case _:
                pass
    return columns
