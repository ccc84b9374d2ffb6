"""Which contract version is older."""

from __future__ import annotations

import pytest

from mesh_jobs.domain.contract_version import older

ORDER = ["0.9.0", "1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-alpha.beta", "1.0.0-beta.2", "1.0.0-beta.11", "1.0.0-rc.1",
         "1.0.0", "1.0.1", "1.2.0", "1.10.0", "2.0.0"]  # fmt: skip


def test_versions_follow_semver_org() -> None:
    for i, one in enumerate(ORDER):
        for j, other in enumerate(ORDER):
            assert older(one, other) == (i < j), (one, other)


@pytest.mark.parametrize(("one", "other"), [("1.0.0", "v1.0"), ("1.0.0+a", "1.0.0+b"), ("1", "1.0.0")])
def test_a_build_a_v_or_a_missing_zero_makes_no_difference(one: str, other: str) -> None:
    assert not older(one, other)
    assert not older(other, one)


def test_what_is_no_version_is_never_older() -> None:
    assert not older("today", "1.0.0")
    assert not older("1.0.0", "today")
