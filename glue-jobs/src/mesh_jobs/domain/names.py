"""Names of columns, as both engines compare them."""

from __future__ import annotations

from collections.abc import Iterable


class Names(frozenset[str]):
    """Names of columns, whose case does not matter."""

    def __new__(cls, names: Iterable[str] = ()) -> Names:
        return super().__new__(cls, (n.lower() for n in names))

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and super().__contains__(name.lower())

    def and_also(self, *others: Iterable[str]) -> Names:
        """These names and others."""
        return Names([*self, *(n for names in others for n in names)])
