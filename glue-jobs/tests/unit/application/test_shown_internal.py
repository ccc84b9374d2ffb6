"""What `mesh show` tells of an internal table: protected columns are stars, however the plan spells them."""

from __future__ import annotations

import copy

import pytest

from mesh_jobs.adapters.plan_json import plan_from_json
from mesh_jobs.application.look import show
from support.memory import MemoryMesh
from support.plans import orders_document
from support.runs import HEAD, O1


@pytest.mark.parametrize("spelled", ["email", "EMAIL", "Email"])
def test_a_protected_column_is_stars_in_any_spelling(spelled: str) -> None:
    doc = copy.deepcopy(orders_document())
    doc["tables"][0]["protected"] = [{"name": spelled, "masking": "hash"}]
    plan = plan_from_json(doc)
    mesh = MemoryMesh()
    mesh.land(plan, "1.csv", HEAD + O1)
    mesh.run(plan)
    outside = mesh.outside()
    (found,) = show(outside.engine, outside.tables, outside.log, plan, plan.tables[0].name, 10)["tables"]
    assert [row["email"] for row in found["rows"]] == ["***"]
