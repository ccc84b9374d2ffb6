"""A job that runs DuckDB has its machine to itself, and takes most of what is free of it."""

from __future__ import annotations

import os
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from mesh_jobs.entrypoints import compose_aws
from support.aws import emulated
from support.plans import orders_plan

PAGE = 4096
Machine = Callable[[int], None]


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Machine:
    """One with so many MB free, and twice as many in all."""

    def with_free(megabytes: int) -> None:
        pages = (megabytes << 20) // PAGE
        figures = {"SC_PAGE_SIZE": PAGE, "SC_AVPHYS_PAGES": pages, "SC_PHYS_PAGES": 2 * pages}
        monkeypatch.setattr(os, "sysconf", figures.__getitem__)

    return with_free


@pytest.mark.parametrize(("free", "taken"), [(13_000, 9_100), (2_000, 1_400), (500, 1_200)])
def test_a_job_takes_seven_tenths_of_what_is_free_and_never_too_little(machine: Machine, free: int, taken: int) -> None:
    machine(free)
    assert compose_aws._memory_mb() == taken


def test_an_engine_holds_what_the_job_takes(machine: Machine) -> None:
    given: Any = SimpleNamespace(plan=orders_plan(), **dict.fromkeys(("tables", "key", "raw", "imports")))
    with emulated():
        machine(2_000)
        with compose_aws._duckdb(given) as (engine, _, _):
            (held,) = engine._session.one("SELECT current_setting('memory_limit')")
            (spills,) = engine._session.one("SELECT current_setting('temp_directory')")
    assert held == "1.3 GiB"
    assert "/mesh-" in spills
    assert not os.path.exists(os.path.dirname(spills)), "and what it kept goes with it"
