"""How often a property is tried: on a few examples in the short suite, on many in the soak."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings


def tried(few: int, many: int) -> pytest.MarkDecorator:
    """Gives a test the parameter `examples`."""
    return pytest.mark.parametrize("examples", [few, pytest.param(many, marks=pytest.mark.soak)])


def holds(examples: int, *strategies: Any) -> Callable[[Callable[..., None]], None]:
    """Tries what it decorates, at once."""

    def attempt(property_: Callable[..., None]) -> None:
        settings(max_examples=examples, suppress_health_check=list(HealthCheck))(given(*strategies)(property_))()

    return attempt
