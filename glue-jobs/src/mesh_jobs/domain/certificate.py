"""The certificate: what was promised, what was measured, and the verdict, bound to contract and snapshots."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from mesh_jobs.domain.measures import Freshness, completeness, score, uniqueness
from mesh_jobs.domain.plan import Plan
from mesh_jobs.domain.quality import QualityResult
from mesh_jobs.domain.stability import SchemaChange

Verdict = Literal["certified", "provisional", "rejected"]
_NAMESPACE = uuid.UUID("6c9d2f0e-5a57-5f5c-9d5b-0f6f3a1f7c11")


@dataclass(frozen=True)
class CertifiedTable:
    """A published table as it stands in the candidate: the snapshot the verdict is about."""

    table: str
    rows: int
    snapshot_id: int | None
    metadata_location: str

    def to_json(self, readable: bool) -> dict[str, Any]:
        """A rejected snapshot is not to be found: where it lies is left out."""
        return {
            "table": self.table,
            "rows": self.rows,
            # As text: it is a 64-bit number, which not every reader of JSON keeps whole.
            "snapshotId": None if self.snapshot_id is None else str(self.snapshot_id),
            "metadataLocation": self.metadata_location if readable else None,
        }


@dataclass(frozen=True)
class Certificate:
    verdict: Verdict
    document: dict[str, Any]


def issue(
    plan: Plan,
    run_id: str,
    mode: str,
    at: datetime,
    tables: Sequence[CertifiedTable],
    results: Sequence[QualityResult],
    carried: Sequence[dict[str, Any]],
    newest: datetime | None,
    fresh: Freshness,
    available: float | None,
    schema_changes: Sequence[SchemaChange],
) -> Certificate:
    """Decides, and says on what grounds. `carried` are checks, as JSON, of published tables that this run did not
    touch."""
    published = {t.name for t in plan.published}
    promised = [r for r in results if r.table in published]
    required = {(t.name, c.name) for t in plan.published for c in t.columns or () if c.required}
    breaking = [c for c in schema_changes if c.breaking]
    # Where a column tells how new the data is, a check of its own is among the results.
    aged = fresh.limit_seconds is not None and not any(r.rule.metric == "freshness" for r in results)
    # A plan is made once and run for months.
    ended = [f"the sign-off of {part} ended on {iso(end)}" for part, end in plan.signoff_ends if at >= end]
    unsigned = [*plan.signoff_problems, *ended]

    marks = [(r.rule.severity, r.passed) for r in results] + [(c["severity"], bool(c["passed"])) for c in carried]
    marks.append(("critical", not breaking))
    if aged:
        marks.append(("critical" if _strict(plan) else "warning", fresh.passed))
    late = [_too_old(fresh)] if aged and not fresh.passed else []
    verdict, reasons, warnings = _verdict(plan, results, breaking, late, unsigned)

    return Certificate(
        verdict,
        {
            "certificateId": str(uuid.uuid5(_NAMESPACE, f"{plan.product.key}/{plan.product.version}/{run_id}")),
            "product": plan.product.id,
            "environment": plan.product.environment,
            "version": plan.product.version,
            "runId": run_id,
            "mode": mode,
            "issuedAt": iso(at),
            "contractDigest": plan.contract_digest,
            "planDigest": plan.plan_digest,
            "verdict": verdict,
            "score": score(marks),
            "reasons": reasons,
            "warnings": warnings,
            "tables": [t.to_json(verdict != "rejected") for t in tables],
            "checks": [r.to_json() for r in results] + list(carried),
            "freshness": {
                "seconds": fresh.seconds,
                "limitSeconds": fresh.limit_seconds,
                "passed": fresh.passed,
                "newest": None if newest is None else iso(newest),
            },
            "availability": {"percent": available, "promisedPercent": plan.sla.availability_percent},
            "completeness": {"percent": completeness(promised, required)},
            "uniqueness": {"percent": uniqueness(promised)},
            "stability": {
                "changes": [f"{c.table}: {c.text}" for c in schema_changes],
                "passed": not breaking,
            },
            "signoffs": {"required": list(plan.signoff_required), "problems": unsigned},
        },
    )


def _verdict(
    plan: Plan,
    results: Sequence[QualityResult],
    breaking: Sequence[SchemaChange],
    late: list[str],
    unsigned: list[str],
) -> tuple[Verdict, list[str], list[str]]:
    """With what speaks against it, and what is worth a warning. Rejected: a check failed that is critical or aborts,
    the schema broke, or the data is too old and the contract says that this aborts. Provisional: a sign-off is
    missing."""
    reasons = [r.sentence() for r in results if r.blocks]
    reasons += [f"{c.table}: {c.text}: breaks what consumers rely on; it needs a new major version" for c in breaking]
    warnings = [r.sentence() for r in results if not r.passed and not r.blocks]
    (reasons if _strict(plan) else warnings).extend(late)
    # Whoever reads the certificate learns that the version will end.
    if plan.catalogue.get("notice"):
        warnings.append(plan.catalogue["notice"])
    if reasons:
        return "rejected", reasons, warnings
    return ("provisional" if unsigned else "certified"), unsigned, warnings


def _strict(plan: Plan) -> bool:
    return plan.sla.freshness_action == "abort_workflow"


def _too_old(fresh: Freshness) -> str:
    age = "unknown" if fresh.seconds is None else f"{fresh.seconds / 3600:.1f} h"
    return f"the data is older than promised: {age}, at most {(fresh.limit_seconds or 0) / 3600:g} h"


def iso(moment: datetime) -> str:
    """UTC with Z; microseconds only where there are some."""
    return moment.isoformat().replace("+00:00", "Z")
