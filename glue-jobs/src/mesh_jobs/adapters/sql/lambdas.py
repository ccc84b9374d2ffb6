"""Spark's lambdas as DuckDB's."""

from __future__ import annotations

from sqlglot import exp


def as_lambda(node: exp.Lambda) -> exp.Lambda:
    return _renamed(_counted(node) if len(node.expressions) == 2 else node)


def _counted(node: exp.Lambda) -> exp.Lambda:
    """The place of an element counts from 0, in DuckDB from 1."""
    for used in _uses(node, node.expressions[1].name):
        used.replace(exp.Paren(this=exp.Sub(this=used.copy(), expression=exp.Literal.number(1))))
    return node


def _renamed(node: exp.Lambda) -> exp.Lambda:
    """DuckDB takes a parameter for the result of that name where a query groups by it."""
    for parameter in node.expressions:
        name = f"mesh_{parameter.name.lower()}"
        for used in _uses(node, parameter.name):
            used.replace(exp.to_identifier(name))
        parameter.replace(exp.to_identifier(name))
    return node


def _uses(node: exp.Lambda, parameter: str) -> list[exp.Expr]:
    """Where the body of a lambda has a parameter, or what has a member of it."""
    found: list[exp.Expr] = []
    for used in node.this.find_all(exp.Identifier, exp.Column):
        if isinstance(used, exp.Column):
            if used.name.lower() == parameter.lower() and not used.table:
                found.append(used)
        elif used.name.lower() == parameter.lower() and not _only_names(used):
            found.append(used)
    return found


def _only_names(identifier: exp.Identifier) -> bool:
    """Whether it is the name of a member, of a column or of a parameter, and no value."""
    match identifier.parent:
        case exp.Dot():
            return identifier.arg_key == "expression"
        case exp.Column():
            return identifier.arg_key != "table"
        case exp.Lambda():
            return identifier.arg_key == "expressions"
        case exp.PropertyEQ():
            return identifier.arg_key == "this"
        case exp.ColumnDef() | exp.Alias() | exp.TableAlias():
            return True
        case _:
            return False
