"""A table's rows through its rules and row checks, measured in few scans, good and bad rows apart."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pyspark.sql import DataFrame

from mesh_jobs.adapters.spark.rows import Rows
from mesh_jobs.adapters.spark.session import Session
from mesh_jobs.domain.plan import Table
from mesh_jobs.ports.engine import Measured


@dataclass(frozen=True)
class PreparedRows:
    """`good` is what is to be stored, with system columns where it is traced; `bad` are rows in the columns of BAD."""

    measured: Measured
    good: Rows
    bad: tuple[DataFrame, ...]


def prepare_rows(session: Session, table: Table, inputs: Mapping[str, Rows], hidden: frozenset[str]) -> PreparedRows:
    raise NotImplementedError
