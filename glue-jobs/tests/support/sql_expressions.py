"""Random expressions of the portable SQL, typed, over values at the edges of their types."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from support.sql_leaves import LEAVES
from support.sql_templates import TEMPLATES

#: Each as often as there are ways to make one.
_ASKED = [t for t, ways in TEMPLATES.items() for _ in ways if t not in ("map", "dated", "coded", "place", "cents")]


@dataclass(frozen=True)
class Expression:
    """A text, and the expressions it is made of."""

    text: str
    parts: tuple[Expression, ...] = ()


def expressions(count: int, seed: int, depth: int = 3) -> list[Expression]:
    """So many different ones, each time the same for a seed."""
    pick = random.Random(seed)
    found: dict[str, Expression] = {}
    while len(found) < count:
        made = expression(pick, pick.choice(_ASKED), depth)
        found[made.text] = made
    return list(found.values())


def expression(
    pick: random.Random, type_: str, depth: int, columns: Mapping[str, Sequence[str]] | None = None
) -> Expression:
    """One of a type; `columns` by type, of which it is made where there are."""
    named = (columns or {}).get(type_)
    if type_ in LEAVES and (type_ not in TEMPLATES or depth == 0 or pick.random() < 0.25):
        return Expression(pick.choice(named if named and pick.random() < 0.8 else LEAVES[type_]))
    parts: list[Expression] = []

    def made(inner: str) -> str:
        part = expression(pick, inner, max(depth - 1, 0), columns)
        if inner in TEMPLATES:
            parts.append(part)
        apart = inner in TEMPLATES and " " in part.text and pick.random() < 0.6
        return f"({part.text})" if apart else part.text

    return Expression(filled(pick.choice(TEMPLATES[type_]), made), tuple(parts))


def filled(template: str, made: Callable[[str], str]) -> str:
    """With something of the type that stands in each pair of braces."""
    return re.sub(r"\{(\w+)\}", lambda found: made(found[1]), template)
