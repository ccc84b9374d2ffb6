"""Which files are worth writing anew."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mesh_jobs.adapters.iceberg import layout
from mesh_jobs.adapters.iceberg.layout import TARGET_FILE_SIZE, many_small
from mesh_jobs.adapters.iceberg.reachable import LiveFile

SMALL, LARGE = TARGET_FILE_SIZE // 3 - 1, TARGET_FILE_SIZE // 3


def files(*sizes: int, partition: str = "a") -> list[LiveFile]:
    return [LiveFile(f"{partition}/{i}", size, (0, partition)) for i, size in enumerate(sizes)]


def test_five_small_files_of_a_partition_are_worth_it_and_a_large_one_stays() -> None:
    assert many_small(files(SMALL, SMALL, LARGE, SMALL, SMALL)) == []
    assert many_small(files(SMALL, SMALL, LARGE, SMALL, SMALL, 0)) == ["a/0", "a/1", "a/3", "a/4", "a/5"]


def test_each_partition_is_on_its_own() -> None:
    many, few = files(*[SMALL] * 5, partition="many"), files(*[SMALL] * 4, partition="few")
    assert many_small(few + many) == [file.path for file in many]


def test_what_a_run_writes_anew_is_bounded_and_partitions_of_most_files_come_first(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    many, most = files(*[SMALL] * 5, partition="many"), files(*[SMALL] * 7, partition="most")
    for room, chosen in ((12 * SMALL, [*most, *many]), (12 * SMALL - 1, [*most, *many[:4]]), (7 * SMALL, most)):
        monkeypatch.setattr(layout, "_AT_ONCE", room)
        assert many_small(many + most) == [file.path for file in chosen]


@given(st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from([0, SMALL, LARGE, TARGET_FILE_SIZE])), max_size=40))
def test_no_partition_is_touched_for_fewer_than_five(drawn: list[tuple[str, int]]) -> None:
    found = [LiveFile(f"{p}/{i}", size, (p,)) for i, (p, size) in enumerate(drawn)]
    chosen = many_small(found)
    for partition in "abc":
        own = [path for path in chosen if path.startswith(partition)]
        small = [file.path for file in found if file.partition == (partition,) and file.size < LARGE]
        assert own == (small if len(small) >= 5 else [])
