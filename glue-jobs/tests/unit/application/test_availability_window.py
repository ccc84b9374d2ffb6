"""Availability in a certificate goes by the publications of its window, and the one that stood when it began."""

from __future__ import annotations

import pytest

from support.memory import MemoryMesh
from support.plans import orders_plan

ORDER = "order_id,amount,email,updated_at\n{},1,a@x.org,2030-01-01T00:00:00Z\n"


def published(mesh: MemoryMesh, name: str) -> float:
    """Publishes something new; how much of the time was fresh, in percent."""
    plan = orders_plan()
    mesh.land(plan, f"{name}.csv", ORDER.format(name))
    report = mesh.run(plan, "full")
    assert report.state == "published"
    assert report.certificate is not None
    return float(report.certificate["availability"]["percent"])


def test_what_stood_when_the_window_began_counts_and_what_was_before_does_not() -> None:
    mesh = MemoryMesh()
    for name, days in (("a", 50), ("b", 20), ("c", 15)):
        published(mesh, name)
        mesh.later(days=days)
    # Fresh are 6 hours after c, of 30 days; b stood when they began, and was 20 days old by then.
    assert published(mesh, "d") == pytest.approx(100 * 6 / (30 * 24), abs=0.01)
