"""How a table's schema may change: expand only, forward only, by column id. Pure, over Iceberg's own JSON.

Field ids are append-only. `field_ids` maps a column's id, and the path of what is nested in it, to the Iceberg field
id: `order_id`, `items`, `items/element`, `items/element/sku` (`~` and `/` inside a name are `~0` and `~1`).
The fixtures in tests/fixtures/evolution are the specification that other implementations share.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mesh_jobs.domain.errors import SchemaConflict
from mesh_jobs.domain.table import Column, Field, ListType, MapType, StructType, Type, shown, widens

#: A field or a type in Iceberg's JSON.
Json = dict[str, Any]

NEW_MAJOR = "consumers read this table: keep the column as it was, or publish the change as a new major version"


@dataclass(frozen=True)
class Shape:
    """A schema with what is needed to change it."""

    fields: tuple[Json, ...] = ()
    field_ids: Mapping[str, int] | None = None
    last_column_id: int = 0

    def ids(self) -> dict[str, int]:
        """Field ids by column. A column that is not recorded, as another writer added it, is known by its name."""
        ids = dict(self.field_ids or {})
        recorded = set(ids.values())
        return ids | {escaped(f["name"]): f["id"] for f in self.fields if f["id"] not in recorded}


def evolve(before: Shape, wanted: Sequence[Column | Field], *, has_rows: bool) -> Shape:
    """The schema of a published table after a change of its contract. Raises SchemaConflict with every column that
    would break a consumer: dropped, narrowed, retyped, newly required."""
    change = _Change(before, has_rows)
    return change.to(wanted, keep_all=True)


def reshape(before: Shape, wanted: Sequence[Column | Field], *, replace: bool) -> Shape:
    """The schema of an internal table, which promises nothing: every column is optional, columns may go. With `replace`
    a column may also change its type; it then is a new column of that name. Raises SchemaConflict without."""
    change = _Change(before, has_rows=True, internal=True, replace=replace)
    return change.to(wanted, keep_all=False)


def escaped(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")


def unescaped(name: str) -> str:
    return name.replace("~1", "/").replace("~0", "~")


class _Change:
    def __init__(self, before: Shape, has_rows: bool, internal: bool = False, replace: bool = False) -> None:
        self.fields = {f["id"]: f for f in before.fields}
        self.ids = before.ids()
        self.last = before.last_column_id
        self.has_rows = has_rows
        self.internal = internal
        self.replace = replace
        self.problems: list[str] = []

    def to(self, wanted: Sequence[Column | Field], *, keep_all: bool) -> Shape:
        known = {path: i for path, i in self.ids.items() if i in self.fields}
        wanted_ids = {escaped(_identity(column)) for column in wanted}
        if keep_all:
            for path, field_id in known.items():
                if path not in wanted_ids:
                    self._dropped(unescaped(path), self.fields[field_id]["name"], wanted)
        self._duplicates(wanted)
        fields = tuple(self._column(column, known) for column in wanted)
        if self.problems:
            raise SchemaConflict("\n".join(self.problems), NEW_MAJOR if keep_all else REBUILD)
        ids = self.ids if keep_all else {p: i for p, i in self.ids.items() if p.split("/")[0] in wanted_ids}
        return Shape(fields, ids, self.last)

    def _dropped(self, column_id: str, name: str, wanted: Sequence[Column | Field]) -> None:
        known = {unescaped(path) for path in self.ids}
        fresh = [c.name for c in wanted if _identity(c) not in known]
        hint = f"; if {fresh[0]} is its new name, give that column `id: {column_id}`" if len(fresh) == 1 else ""
        self.problems.append(f"column {name} is published and would be dropped{hint}")

    def _duplicates(self, wanted: Sequence[Column | Field]) -> None:
        seen: dict[str, str] = {}
        for column in wanted:
            if other := seen.get(column.name.lower()):
                self.problems.append(
                    f"columns {other} and {column.name} have the same name but for upper and lower case"
                )
            seen[column.name.lower()] = column.name

    def _column(self, column: Column | Field, known: Mapping[str, int]) -> Json:
        path = escaped(_identity(column))
        old = self.fields[known[path]] if path in known else None
        required = isinstance(column, Column) and column.required and not self.internal
        if old is not None and self.replace and not _fits(old["type"], column.type):
            old = None
            self._forget(path)
        if required and self.has_rows and (old is None or not old["required"]):
            what = (
                "is new and would be required, but rows exist that do not have it"
                if old is None
                else ("is optional and would become required")
            )
            self.problems.append(f"column {column.name} {what}")
        field: Json = {"id": old["id"] if old else self._next(path), "name": column.name, "required": required}
        field["type"] = self._type(column.type, old["type"] if old else None, path, column.name)
        if isinstance(column, Column) and column.description:
            field["doc"] = column.description
        return field

    def _type(self, wanted: Type, old: Any, path: str, where: str) -> Any:
        if isinstance(wanted, str):
            if old is not None and not _widens(old, wanted):
                self.problems.append(_narrows(where, old, wanted))
            return wanted
        if old is not None and (not isinstance(old, dict) or old["type"] != _kind(wanted)):
            self.problems.append(_narrows(where, old, wanted))
            old = None
        if isinstance(wanted, ListType):
            inner = f"{path}/element"
            return {
                "type": "list",
                "element-id": old["element-id"] if old else self._next(inner),
                "element": self._type(wanted.element, old["element"] if old else None, inner, f"{where}.element"),
                "element-required": False,
            }
        if isinstance(wanted, MapType):
            key, value = f"{path}/key", f"{path}/value"
            if old is not None and not _same(old["key"], wanted.key):
                self.problems.append(f"column {where}.key is the key of a map and cannot change")
            return {
                "type": "map",
                "key-id": old["key-id"] if old else self._next(key),
                "key": self._type(wanted.key, old["key"] if old else None, key, f"{where}.key"),
                "value-id": old["value-id"] if old else self._next(value),
                "value": self._type(wanted.value, old["value"] if old else None, value, f"{where}.value"),
                "value-required": False,
            }
        return self._struct(wanted, old, path, where)

    def _struct(self, wanted: StructType, old: Json | None, path: str, where: str) -> Json:
        there: dict[str, Json] = {f["name"]: f for f in old["fields"]} if old else {}
        names = {name for name, _ in wanted.fields}
        for name in there:
            if name not in names:
                self.problems.append(f"column {where}.{name} is in the table and would be dropped")
        fields = []
        for name, of in wanted.fields:
            inner, before = f"{path}/{escaped(name)}", there.get(name)
            fields.append(
                {
                    "id": before["id"] if before else self._next(inner),
                    "name": name,
                    "required": False,
                    "type": self._type(of, before["type"] if before else None, inner, f"{where}.{name}"),
                }
            )
        return {"type": "struct", "fields": fields}

    def _next(self, path: str) -> int:
        self.last += 1
        self.ids[path] = self.last
        return self.last

    def _forget(self, path: str) -> None:
        for known in [p for p in self.ids if p == path or p.startswith(f"{path}/")]:
            del self.ids[known]


REBUILD = "Run the product with --mode full: it rebuilds its internal tables."


def domain_type(kind: Any) -> Type:
    """A type of Iceberg's JSON as the domain knows it."""
    if isinstance(kind, str):
        return kind
    if kind["type"] == "list":
        return ListType(domain_type(kind["element"]))
    if kind["type"] == "map":
        return MapType(domain_type(kind["key"]), domain_type(kind["value"]))
    return StructType(tuple((f["name"], domain_type(f["type"])) for f in kind["fields"]))


def _narrows(where: str, old: Any, wanted: Type) -> str:
    return f"column {where} is {shown(domain_type(old))} and would become {shown(wanted)}"


def _identity(column: Column | Field) -> str:
    return column.id if isinstance(column, Column) else column.name


def _kind(wanted: Type) -> str:
    return "list" if isinstance(wanted, ListType) else "map" if isinstance(wanted, MapType) else "struct"


def _widens(old: Any, new: str) -> bool:
    return isinstance(old, str) and widens(old, new)


def _same(old: Any, wanted: Type) -> bool:
    return domain_type(old) == wanted


def _fits(old: Any, wanted: Type) -> bool:
    """Whether files of the old type can be read as the new one."""
    if isinstance(wanted, str):
        return _widens(old, wanted)
    if not isinstance(old, dict) or old["type"] != _kind(wanted):
        return False
    if isinstance(wanted, ListType):
        return _fits(old["element"], wanted.element)
    if isinstance(wanted, MapType):
        return _same(old["key"], wanted.key) and _fits(old["value"], wanted.value)
    there = {f["name"]: f["type"] for f in old["fields"]}
    return set(there) <= {n for n, _ in wanted.fields} and all(
        _fits(there[n], t) for n, t in wanted.fields if n in there
    )
