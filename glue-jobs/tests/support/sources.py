"""Columns that files are read with in tests, and what is said of a file that does not fit."""

from __future__ import annotations

from typing import Any

import pytest

from mesh_jobs.domain.errors import BadInput
from mesh_jobs.domain.table import Field
from support.bench import Bench

ID, AMOUNT, N = Field("id", "string"), Field("amount", "decimal(12, 2)"), Field("n", "int")


def refused(bench: Bench, content: str | bytes, *fields: Field, name: str = "orders.csv", **how: Any) -> str:
    with pytest.raises(BadInput) as error:
        bench.csv(content, *fields, name=name, **how)
    return str(error.value)
