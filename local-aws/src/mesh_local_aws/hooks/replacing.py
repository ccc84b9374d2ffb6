"""Functions of the emulator, in terms of those that they replace. It needs each of them to be looked up in its module when
it is called, and to take what it takes now."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any

REPLACED: list[tuple[str, str]] = []


def replace(module: str, function: str, make: Callable[[Any], Any]) -> None:
    """`make` is given the emulator's function and returns the one that takes its place, e.g. ("services.glue", "_get_table").

    Only where a service of the emulator gets something wrong that a data product depends on.
    """
    home = importlib.import_module(f"ministack.{module}")
    setattr(home, function, make(getattr(home, function)))
    REPLACED.append((module, function))
