"""`mesh up --coverage` names what is emulated and what is not enforced, from what is really installed."""

from __future__ import annotations

from mesh_local_aws import coverage, hooks, server


def test_every_type_and_service_that_is_hung_in_is_named() -> None:
    told = server.coverage().splitlines()
    assert {f"  {type_}" for type_ in hooks.RESOURCES} <= set(told)
    assert {line.split(":")[0].strip() for line in told if line.endswith(" operations")} == set(hooks.SERVICES)


def test_what_is_not_enforced_is_told() -> None:
    told = server.coverage()
    assert all(f"  {what}: {how}" in told for what, how in coverage.STORED_ONLY)
    assert {"encryption", "network", "quotas and throttling"} <= {what for what, _ in coverage.STORED_ONLY}
