"""Whose a column is: of what that its query reads, or a query around it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from sqlglot import exp
from sqlglot.optimizer.scope import Scope

from mesh_jobs.adapters.sql.scopes import Read, around, seen_from, sources

V = TypeVar("V")


@dataclass(frozen=True)
class Source(Generic[V]):
    """What is read, `outwards` queries from the one that asks. `columns` are by their names in lower case, None where
    they are not known."""

    read: Read
    columns: Mapping[str, V] | None
    outwards: int


@dataclass(frozen=True)
class Whose(Generic[V]):
    """Who has a column, by alias. Several owners: it does not say which. None: nobody is known to have it. `open` are
    those before them whose columns are not known. Of what is written, part `name` is the column's, the rest members."""

    owners: Mapping[str, Source[V]]
    open: Sequence[Source[V]]
    name: int = 0

    @property
    def likeliest(self) -> Source[V] | None:
        """Of whom it is taken to be: the first owner, or the only one that could be it."""
        return next(iter(self.owners.values()), self.open[0] if len(self.open) == 1 else None)


class Resolver(Generic[V]):
    """Finds the owners of one query's columns; `columns` says what there is in what is read."""

    def __init__(self, scope: Scope, columns: Callable[[Read], Mapping[str, V] | None]) -> None:
        self._scope = scope
        read = [sources(q) for q in around(scope)] or [{**scope.sources}]
        self._levels = [{a.lower(): Source(r, columns(r), n) for a, r in of.items()} for n, of in enumerate(read)]

    def own(self) -> Mapping[str, Source[V]]:
        """What the query reads itself."""
        return self._levels[0]

    def seen(self, at: exp.Expr) -> list[Mapping[str, Source[V]]]:
        """What can be named at a place, the innermost query's first."""
        if not isinstance(self._scope.expression, exp.Select):
            return [*self._levels]
        seen = {a.lower() for a in seen_from(at, self._scope)}
        return [{a: s for a, s in self._levels[0].items() if a in seen}, *self._levels[1:]]

    def find(self, names: Sequence[str], at: exp.Expr) -> Whose[V]:
        """Whose `a`, `a.b` or `a.b.c` is, written at a place. As in Spark, a query is asked before those around it."""
        first, second = names[0].lower(), names[1].lower() if len(names) > 1 else None
        open_: list[Source[V]] = []
        for level in self.seen(at):
            if second is not None and (named := level.get(first)) is not None:
                of = named.columns or {}
                # `explode(…) item AS item` gives a table's name to its column, and `item.sku` is a member of that.
                if second in of or first not in of:
                    return Whose({first: named}, open_, name=1)
            if owners := {a: s for a, s in level.items() if first in (s.columns or ())}:
                return Whose(owners, open_)
            open_ += [s for s in level.values() if s.columns is None]
        return Whose({}, open_)

    def is_row(self, name: str, at: exp.Expr) -> bool:
        """Whether a name alone, at a place, is that of what is read, and no column that is known."""
        for level in self.seen(at):
            if any(name.lower() in (s.columns or ()) for s in level.values()):
                return False
            if name.lower() in level:
                return True
        return False
