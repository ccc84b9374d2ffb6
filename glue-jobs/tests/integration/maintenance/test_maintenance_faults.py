"""A run that is killed while it maintains its tables, and started again, ends as if it had run once."""

from __future__ import annotations

import pytest
from disk_mesh import BRONZE, PUBLISHED, QUARANTINE, DiskMesh, a_plan

from support.faults import Countdown, Died, mortal
from support.two_products import unreachable

PLAN = a_plan()
#: Calls of the ports that belong to maintenance; the others have their own tests.
OWN = ("engine.compact", "engine.expire", "tables.forget_snapshots", "tables.remove_leftovers", "log.certify")


@pytest.fixture
def grown(passing: DiskMesh) -> DiskMesh:
    """Weeks after four runs with bad rows: the fifth finds something to do in every way."""
    for i in range(1, 5):
        passing.land(PLAN, i * 10, amount="10.00" if i % 2 else "ten")
        assert passing.run(PLAN, "delta").state == "published"
    passing.later(days=40)
    passing.land(PLAN, 50, amount="ten")
    passing.save()
    return passing


@pytest.mark.soak
def test_a_run_that_is_killed_while_it_maintains_ends_as_if_it_had_run_once(grown: DiskMesh) -> None:
    mesh, now = grown, grown.clock.now()
    counted = Countdown(None)
    report = mesh.run(PLAN, "delta", lambda o: mortal(o, counted))
    assert {(m["table"], m["files"], m["forgotten"]) for m in report.maintenance} == {
        ("orders_raw", 5, 3),
        ("orders", 5, 3),
    }
    expected = mesh.left()
    assert unreachable(mesh.state) == []
    assert {expected["files"][str(t)] for t in (BRONZE, PUBLISHED, QUARANTINE)} == {1}
    at = [n for n, name in enumerate(counted.names, 1) if name in OWN]
    assert {counted.names[n - 1] for n in at} == set(OWN)
    for n in at:
        for after in (False, True):
            mesh.restore(now)
            with pytest.raises(Died):
                mesh.run(PLAN, "delta", lambda o, n=n, after=after: mortal(o, Countdown(n, after)))
            assert mesh.rows(PUBLISHED) in (expected["rows"][str(PUBLISHED)], expected["rows"][str(PUBLISHED)][:12])
            again = mesh.run(PLAN, "delta")
            what = f"killed {'after' if after else 'before'} call {n}, {counted.names[n - 1]}"
            assert again.state in ("published", "skipped"), what
            left = mesh.left()
            assert {k: left[k] for k in ("rows", "files")} == {k: expected[k] for k in ("rows", "files")}, what
            assert unreachable(mesh.state) == [], what
