"""Patterns of dates that `mesh validate` lets through are read by the jobs, and no others."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from mesh_jobs.adapters.sql.patterns import strptime_formats
from mesh_jobs.adapters.written import by_pattern

CASES = json.loads((Path(__file__).parents[2] / "fixtures" / "date-patterns.json").read_text())


def both(pattern: str) -> None:
    by_pattern(pattern)
    strptime_formats(pattern)


def test_what_validate_lets_through_is_read() -> None:
    for pattern in CASES["read"]:
        both(pattern)


def test_what_validate_refuses_is_refused() -> None:
    for pattern in CASES["refused"]:
        with pytest.raises(ValueError, match=" the pattern "):
            both(pattern)
