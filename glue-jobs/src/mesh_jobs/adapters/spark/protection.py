from __future__ import annotations

from mesh_jobs.domain.plan import Plan


def hidden_columns(plan: Plan) -> dict[str, frozenset[str]]:
    raise NotImplementedError
