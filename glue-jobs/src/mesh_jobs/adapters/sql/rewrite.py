"""Spark's tree into DuckDB's, node by node, children first."""

from __future__ import annotations

from collections.abc import Mapping

from sqlglot import exp
from sqlglot.errors import ErrorLevel

from mesh_jobs.adapters.sql.calls import gives_list, translated_call, whole_table
from mesh_jobs.adapters.sql.casts import another_as_double, as_double, as_text, cast, converted, meeting
from mesh_jobs.adapters.sql.ctes import is_cte
from mesh_jobs.adapters.sql.dialect import DuckDBAsSpark
from mesh_jobs.adapters.sql.forms import CORRELATING, Unportable, call
from mesh_jobs.adapters.sql.functions import FUNCTIONS
from mesh_jobs.adapters.sql.kinds import GIVES_LIST, WHOLE_TABLE, kind_of
from mesh_jobs.adapters.sql.lambdas import as_lambda
from mesh_jobs.adapters.sql.one_by_one import one_by_one
from mesh_jobs.adapters.sql.parsing import position
from mesh_jobs.adapters.sql.places import function_name
from mesh_jobs.adapters.sql.precedence import compares
from mesh_jobs.adapters.sql.problems import SqlProblem
from mesh_jobs.adapters.sql.scopes import own
from mesh_jobs.adapters.sql.spark_types import VOID, digits_of, duckdb_node, holds_void, is_decimal, is_whole
from mesh_jobs.adapters.sql.subqueries import guarded
from mesh_jobs.adapters.sql.typed import RESULT, TYPE, UNITED, type_of
from mesh_jobs.domain.table import MapType

_RECKONED = (exp.Add, exp.Sub, exp.Mul, exp.Mod, exp.Div)
#: What EXTRACT takes, and the function that gives the same.
_EXTRACTED = {
    **{unit: unit for unit in ("year", "quarter", "month", "day", "dayofweek", "hour", "minute")},
    "week": "weekofyear", "dow": "dayofweek", "doy": "dayofyear",
}  # fmt: skip
_NUMBERS = ("long", "double", "decimal")


def rewrite(tree: exp.Expr, tables: Mapping[str, str] | None = None) -> tuple[exp.Expr, list[SqlProblem]]:
    """A new tree in DuckDB's words, and what turned out not to be portable. `tables` replaces names of
    tables, and others are refused; None leaves them as they are."""
    problems: list[SqlProblem] = []
    root = exp.Paren(this=one_by_one(tree.copy()))
    names = None if tables is None else {k.lower(): v for k, v in tables.items()}
    nodes = list(root.walk())
    for node in reversed(nodes):
        node.meta[WHOLE_TABLE] = whole_table(node)
        node.meta[GIVES_LIST] = gives_list(node)
    for node in reversed(nodes):
        if node is root:
            continue
        try:
            new = _as_spark(node, _rewritten(node, names))
        except Unportable as error:
            problems.append(SqlProblem(str(error), *position(node), error.remedy))
            continue
        if new is not node:
            new.meta.update({k: node.meta[k] for k in (TYPE, UNITED, WHOLE_TABLE, GIVES_LIST) if k in node.meta})
            node.replace(new)
    new = root.this
    type_ = type_of(tree)
    if holds_void(type_) and not isinstance(tree, exp.Query):
        new = exp.Cast(this=new, to=duckdb_node("string" if type_ == VOID else type_))
    return new, problems


#: Where DuckDB's type may be another than Spark's.
_COMPUTED = (
    exp.Anonymous, exp.Add, exp.Sub, exp.Mul, exp.Mod, exp.Neg, exp.Case, exp.If, exp.Window, exp.Filter, exp.Extract,
    exp.StrPosition, exp.Bracket, exp.Dot, exp.Array, exp.BitwiseAnd, exp.BitwiseOr, exp.BitwiseXor, exp.DPipe,
    exp.BitwiseNot,
)  # fmt: skip
_WRAPS = (exp.Window, exp.Filter, exp.IgnoreNulls, exp.RespectNulls)


def _as_spark(node: exp.Expr, new: exp.Expr) -> exp.Expr:
    """What was computed, in Spark's type. Where the types are the same, DuckDB takes the cast away."""
    to = duckdb_node(type_of(node)) if isinstance(node, _COMPUTED) else None
    if to is None or holds_void(type_of(node)) or _is_part(node):
        return new
    return exp.Cast(this=new.copy() if new is node else new, to=to)


def _apart(operand: exp.Expr) -> exp.Expr:
    """Signs beside each other would be read as one operator."""
    return operand.copy() if isinstance(operand, exp.Literal | exp.Paren) else exp.Paren(this=operand.copy())


def _is_part(node: exp.Expr) -> bool:
    """Whether a node stands where only its like may stand, so that no cast can be put around it."""
    match node:
        case exp.Anonymous() if function_name(node) == "explode":
            return True
        case exp.Neg() if function_name(node.parent) == "round":
            return True
        case exp.If() if isinstance(node.parent, exp.Case):
            return True
        case _:
            return isinstance(node.parent, _WRAPS) and node.arg_key == "this"


def _rewritten(node: exp.Expr, tables: Mapping[str, str] | None) -> exp.Expr:
    meeting(node)
    if isinstance(node, _RECKONED):
        _widened(node)
    match node:
        case exp.Anonymous():
            return translated_call(node)
        case exp.Literal() if is_decimal(type_of(node)):
            # 0.5 has two digits to DuckDB, and a number too long for a BIGINT is no decimal.
            return exp.Cast(this=node.copy(), to=duckdb_node(type_of(node)))
        case exp.Cast():
            return cast(node)
        case exp.BitwiseNot():
            # To DuckDB `~7 * 2` is ~(7 * 2).
            return exp.Paren(this=exp.BitwiseNot(this=_apart(node.this)))
        case exp.Neg() if not isinstance(node.this, exp.Literal | exp.Paren):
            node.set("this", _apart(node.this))
            return node
        case _ if compares(node) and compares(node.this):
            node.set("this", exp.Paren(this=node.this.copy()))
            return node
        case exp.Div():
            return call("dp_div", node.this, node.expression)
        case exp.IntDiv():
            whole = is_whole(type_of(node.this)) and is_whole(type_of(node.expression))
            return call("dp_intdiv_whole" if whole else "dp_intdiv", node.this, node.expression)
        case exp.Mod():
            return call("dp_mod_whole" if is_whole(type_of(node)) else "dp_mod", node.this, node.expression)
        case exp.Add() | exp.Sub() | exp.Mul() if is_decimal(type_of(node)):
            return _with_room(node)
        case exp.Add() | exp.Sub():
            if kind_of(node.this) in _NUMBERS or kind_of(node.expression) in _NUMBERS:
                return node
            return call("dp_plus" if isinstance(node, exp.Add) else "dp_minus", node.this, node.expression)
        case exp.Substring():
            if not node.args.get("start"):
                raise Unportable("substring takes 2 to 3 arguments, and there is 1", "say where it starts")
            a = [node.this, node.args["start"], *([node.args["length"]] if node.args.get("length") else [])]
            return call("dp_substring" if len(a) == 2 else "dp_substring3", *a)
        case exp.StrPosition():
            return call("dp_locate", node.args["substr"], node.this, node.args.get("position") or exp.Literal.number(1))
        case exp.Trim():
            return _trim(node)
        case exp.Extract():
            return _extract(node)
        case exp.Like() | exp.ILike():
            return _like(node)
        case exp.RegexpLike():
            return FUNCTIONS["rlike"].made([node.this, node.expression])
        case exp.Bracket():
            return _item(node)
        case exp.Array():
            return call("list_value", *node.expressions)
        case exp.DPipe() if type_of(node) == "string":
            return exp.DPipe(this=as_text(node.this), expression=as_text(node.expression))
        case exp.Filter() | exp.Window() if (
            isinstance(listed := node.this, exp.Anonymous) and listed.this == "coalesce"
        ):
            return _listed(node, listed)
        case exp.Filter() | exp.Window() if isinstance(node.this, exp.Case):
            return _around_each(node, node.this)
        case exp.Exists():
            return guarded(node)
        case exp.Lambda():
            return as_lambda(node)
        case exp.Hint():
            node.pop()
            return node
        case exp.Select():
            return _projected(_having_results(_laterals(node)))
        case exp.Table():
            return _table(node, tables)
        case _:
            return node


def _widened(node: exp.Binary) -> None:
    """DuckDB reckons in the type of the operands: in floats, and in the smallest of whole numbers."""
    type_ = type_of(node)
    for operand in (node.this, node.expression):
        of = type_of(operand)
        if another_as_double(of) and (type_ == "double" or (of == "float" and isinstance(node, exp.Div))):
            operand.replace(as_double(operand))
        elif of in ("byte", "short") and of != type_ and is_whole(type_):
            new = exp.Cast(this=operand.copy(), to=duckdb_node(type_))
            new.meta[TYPE] = type_
            operand.replace(new)


def _listed(node: exp.Filter | exp.Window, listed: exp.Anonymous) -> exp.Expr:
    """Of a list of values, FILTER and OVER belong to the list and not to what stands for none."""
    of = listed.expressions[0].copy()
    if isinstance(node, exp.Filter):
        both = [exp.Paren(this=x.expression.this.copy()) for x in (of, node)]
        of.set("expression", exp.Where(this=exp.and_(*both)))
    else:
        node.set("this", of)
        of = node.copy()
    return call("coalesce", of, call("list_value"))


def _around_each(node: exp.Filter | exp.Window, made: exp.Case) -> exp.Expr:
    """Where several aggregates stand for one, FILTER and OVER belong to each."""
    for part in [p for p in made.find_all(exp.Anonymous) if p.this in CORRELATING]:
        inner = part.parent if isinstance(part.parent, exp.Filter) else part
        around = node.copy()
        around.set("this", inner.copy())
        inner.replace(around)
    return made.copy()


def _like(node: exp.Like | exp.ILike) -> exp.Expr:
    pattern, made = node.expression, node
    if isinstance(node, exp.ILike):
        # Spark looks at the small letters of both, and İ has two of them.
        lowered = {k: call("dp_lower", node.args[k].copy()) for k in ("this", "expression")}
        made = exp.Like(**{**node.args, **lowered})
    plain = isinstance(pattern, exp.Literal) and "\\" not in pattern.name
    if plain or isinstance(node.parent, exp.Escape):
        return made
    return exp.Escape(this=made.copy(), expression=exp.Literal.string("\\"))


def _trim(node: exp.Trim) -> exp.Expr:
    side = str(node.args.get("position") or "BOTH").upper()
    name = {"LEADING": "ltrim", "TRAILING": "rtrim"}.get(side, "trim")
    # Spark takes spaces away, and no other white space.
    return call(name, node.this, node.args.get("expression") or exp.Literal.string(" "))


def _extract(node: exp.Extract) -> exp.Expr:
    unit = node.name.lower()
    if unit == "second":
        raise Unportable("EXTRACT(SECOND) has a fraction only in Spark", "write second(…), which is whole")
    if unit not in _EXTRACTED:
        raise Unportable(f"EXTRACT({unit.upper()}) is not in the portable SQL", "extract year, month, day, hour, …")
    return FUNCTIONS[_EXTRACTED[unit]].made([node.expression])


def _item(node: exp.Bracket) -> exp.Expr:
    """Spark counts from 0; a map is asked by its key."""
    (index,) = node.expressions if len(node.expressions) == 1 else (None,)
    if index is None:
        raise Unportable("a slice in brackets", "use slice(array, start, length)")
    if isinstance(type_of(node.this), MapType) or (isinstance(index, exp.Literal) and index.is_string):
        return node
    return call("dp_item", node.this, index)


def _laterals(node: exp.Select) -> exp.Select:
    """LATERAL VIEW explode(list) t AS x is a join with the list's elements."""
    for lateral in node.args.get("laterals") or []:
        inner = lateral.this
        if function_name(inner) != "unnest":
            raise Unportable("LATERAL VIEW of anything but explode", "use explode(…)")
        alias = lateral.args["alias"]
        table = exp.Table(
            this=call("unnest", *inner.expressions),
            alias=exp.TableAlias(this=alias.this or exp.to_identifier("exploded"), columns=alias.columns),
        )
        join = exp.Join(this=table, kind="CROSS")
        if lateral.args.get("outer"):
            join = exp.Join(this=table, side="LEFT", on=exp.true())
        node.append("joins", join)
    node.set("laterals", None)
    return node


def _with_room(node: exp.Add | exp.Sub | exp.Mul) -> exp.Expr:
    """DuckDB keeps decimals of up to 18 digits to 18, where Spark's results have more."""
    found = digits_of(type_of(node))
    if found is None or found[0] <= 18:
        return node
    for side in (node.this,) if isinstance(node, exp.Mul) else (node.this, node.expression):
        own = digits_of(type_of(side)) or found
        digits, scale = (max(own[0], 19), own[1]) if isinstance(node, exp.Mul) else found
        side.replace(exp.Cast(this=side.copy(), to=exp.DataType.build(f"DECIMAL({digits},{scale})")))
    return node


def _projected(node: exp.Select) -> exp.Select:
    """Columns in the types that Spark gives them: of both sides of a union, and of a NULL without a type."""
    for projection in node.expressions:
        if isinstance(projection, exp.Column) and not projection.is_star:
            # A result is named as it is written, not as its table has it.
            named = exp.alias_(projection.copy(), projection.name, quoted=True)
            named.meta.update(projection.meta)
            projection.replace(named)
    for projection in node.expressions:
        type_, united = type_of(projection), projection.meta.get(UNITED)
        wanted = united or type_
        if wanted is None or not (wanted != type_ or holds_void(wanted)):
            continue
        wanted = "string" if wanted == VOID else wanted
        if duckdb_node(wanted) is None:
            continue
        value = projection.this if isinstance(projection, exp.Alias) else projection
        new = converted(value.copy(), wanted)
        name = projection.alias_or_name
        _group_by_value(node, projection, name, value)
        projection.replace(exp.alias_(new, name, quoted=True) if name else new)
    return node


def _group_by_value(node: exp.Select, projection: exp.Expr, name: str, value: exp.Expr) -> None:
    """What is grouped by the place or the name of a result that is cast for a union goes by what it was before."""
    place = str(node.expressions.index(projection) + 1)
    group = node.args.get("group")
    for item in list(group.expressions) if group is not None else ():
        by_name = bool(item.meta.get(RESULT)) and item.name.lower() == name.lower()
        if by_name or (isinstance(item, exp.Literal) and item.name == place):
            item.replace(value.copy())


def _having_results(node: exp.Select) -> exp.Select:
    """DuckDB finds no name of a result in HAVING that stands for what may fail, such as a division."""
    having = node.args.get("having")
    stands_for = {p.alias.lower(): p.this for p in node.expressions if isinstance(p, exp.Alias)}
    for column in [c for c in own(having) if isinstance(c, exp.Column) and c.meta.get(RESULT)] if having else ():
        if column.name.lower() in stands_for and len(column.parts) == 1:
            column.replace(exp.Paren(this=stands_for[column.name.lower()].copy()))
    return node


def _table(node: exp.Table, tables: Mapping[str, str] | None) -> exp.Expr:
    if tables is None or is_cte(node):
        return node
    # DuckDB opens a file where it knows no table, so no other name may reach it.
    if not isinstance(node.this, exp.Identifier) or node.name.lower() not in tables:
        raise Unportable(f"the table {node.name} is not one that this may read", "name it in `from`")
    if not node.alias:
        node.set("alias", exp.TableAlias(this=exp.to_identifier(node.name)))
    node.set("this", exp.to_identifier(tables[node.name.lower()]))
    return node


def printed(tree: exp.Expr) -> str:
    """DuckDB's text; every name is quoted, since what is a keyword differs."""
    return tree.sql(DuckDBAsSpark, identify=True, unsupported_level=ErrorLevel.RAISE, comments=False)
