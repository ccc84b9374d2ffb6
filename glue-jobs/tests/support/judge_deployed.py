"""Holds metadata that a deployment wrote against the jobs' own evolution, and against PyIceberg.

Reads a JSON list of `{plan, before, after, problems}` from standard input, each about the first table of its plan or,
without one, about a quarantine. Prints a JSON list of what is wrong with each: nothing, where the jobs would have done
the same and find nothing left to do.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Set
from typing import Any

from pyiceberg.table.metadata import TableMetadataUtil

from mesh_jobs.adapters.iceberg import metadata as md
from mesh_jobs.adapters.iceberg.deployed import as_deployed
from mesh_jobs.adapters.iceberg.evolution import reshape
from mesh_jobs.adapters.iceberg.store import _evolved as evolved
from mesh_jobs.adapters.plan_json import plan_from_json
from mesh_jobs.domain.errors import SchemaConflict
from mesh_jobs.domain.plan import Table
from mesh_jobs.domain.quarantine import COLUMNS

#: Where the metadata would stand; nothing reads it.
_SOMEWHERE = "s3://curated/tables/sales/orders_v1/metadata/00000-a.metadata.json"
#: What says when metadata was written, and after what.
_OF_THE_MOMENT = frozenset({"metadata-log", "last-updated-ms"})


def judged(case: dict[str, Any]) -> Iterator[str]:
    after = case["after"]
    try:
        TableMetadataUtil.parse_obj(after)
    except Exception as error:
        yield f"PyIceberg cannot read it: {error}"
    if case["plan"] is None:
        yield from _quarantine(after)
        return
    plan = plan_from_json(case["plan"])
    table, version = plan.tables[0], plan.product.version
    if case["before"] is not None:
        yield from _alike(case, table, version)
    if case["problems"] is None:
        yield from _left_to_do(after, table, version)


def _left_to_do(after: dict[str, Any], table: Table, version: str) -> Iterator[str]:
    left = evolved(table, after, _SOMEWHERE, version)
    if left is None:
        return
    yield f"a job would change {_different(after, left)}"
    try:
        as_deployed(table.physical, after, left)
    except SchemaConflict as conflict:
        yield f"a job would end: {conflict}"


def _alike(case: dict[str, Any], table: Table, version: str) -> Iterator[str]:
    try:
        own = evolved(table, case["before"], _previous(case["after"]), version)
    except SchemaConflict as conflict:
        own_problems = [line.strip() for line in str(conflict).splitlines()[1:]]
        # The jobs look at the key only once the columns are fine.
        theirs = [p for p in case["problems"] or [] if not p.startswith("the primary key")] or case["problems"]
        if own_problems != theirs:
            yield f"the jobs refuse it for {own_problems}, the deployment for {case['problems']}"
        return
    if case["problems"] is not None:
        yield f"the jobs take it, the deployment refuses it for {case['problems']}"
        return
    if different := _different(case["before"] if own is None else own, case["after"], {"last-updated-ms"}):
        yield f"the jobs have other {different}"


def _quarantine(after: dict[str, Any]) -> Iterator[str]:
    wanted = md.following(after, None)
    md.set_shape(wanted, reshape(md.shape(after), COLUMNS, replace=False))
    md.set_partitions(wanted, ())
    if not md.same(after, wanted):
        yield f"a job would change {_different(after, wanted)} of the quarantine"


def _previous(after: dict[str, Any]) -> str:
    """Where the metadata stood that this follows."""
    log = after["metadata-log"]
    return log[-1]["metadata-file"] if log else _SOMEWHERE


def _different(one: dict[str, Any], other: dict[str, Any], ignored: Set[str] = _OF_THE_MOMENT) -> list[str]:
    return sorted(key for key in {*one, *other} - ignored if one.get(key) != other.get(key))


if __name__ == "__main__":
    json.dump([list(judged(case)) for case in json.load(sys.stdin)], sys.stdout)
