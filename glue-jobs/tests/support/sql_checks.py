"""What the check of SQL says of one text."""

from __future__ import annotations

from typing import Any

from mesh_jobs.adapters.sql.check import check_sql


def checked(text: str, tables: list[str] | None = None, kind: str = "query", **more: Any) -> dict[str, Any]:
    (answer,) = check_sql([{"id": "x", "kind": kind, "text": text, "tables": tables, **more}])
    return answer


def messages(answer: dict[str, Any]) -> list[str]:
    return [f"{p['line']}:{p['column']} {p['message']}" for p in answer["problems"]]
