"""How long what a table was can be read."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from mesh_jobs.domain.retention import CURRENT_ONLY, DAY, Retention, Snapshot, retention, to_forget

START = datetime(2030, 1, 1, tzinfo=UTC)
YEARS = retention(5 * 365 * DAY, published=True)


def made(*hours: float) -> list[Snapshot]:
    """Snapshots that were made so many hours after the start, numbered by them."""
    return [Snapshot(int(h), (START + timedelta(hours=h)).timestamp()) for h in hours]


def kept(snapshots: list[Snapshot], keep: Retention, now_hours: float) -> list[int]:
    gone = to_forget(snapshots, (START + timedelta(hours=now_hours)).timestamp(), keep)
    return [s.id for s in snapshots if s.id not in gone]


def test_without_a_promise_a_snapshot_stays_five_days_after_another_took_its_place() -> None:
    usual = retention(None, published=True)
    assert usual == retention(None, published=False)
    assert kept(made(0, 24), usual, 24 + 5 * 24 - 0.1) == [0, 24]
    assert kept(made(0, 24), usual, 24 + 5 * 24) == [24]
    assert kept(made(0, 999_999), usual, 999_999) == [0, 999_999], "it was the current one until now"


def test_a_product_that_promises_years_keeps_all_of_a_week_then_days_then_months() -> None:
    hourly = made(*range(200 * 24))
    left = kept(hourly, YEARS, 200 * 24 - 1)
    ages = [(200 * 24 - 1 - h) / 24 for h in left]
    assert sum(age < 7 for age in ages) == 7 * 24
    assert sorted(age for age in ages if 7 < age < 90) == list(range(8, 90)), "the last of each day"
    months = [START + timedelta(hours=h) for h, age in zip(left, ages, strict=True) if age > 90]
    assert [f"{m:%m-%d %H}" for m in months] == ["01-31 23", "02-28 23", "03-31 23"]


def test_what_was_promised_for_years_is_gone_when_they_are_over() -> None:
    monthly = made(*(i * 31 * 24 for i in range(100)))
    now = 100 * 31 * 24
    left = kept(monthly, YEARS, now)
    assert left[0] > now - 5 * 365 * 24
    assert left[0] <= now - 5 * 365 * 24 + 2 * 31 * 24


def test_a_short_promise_is_kept_too_but_a_reader_has_a_day() -> None:
    assert retention(2 * DAY, published=False).every == 2 * DAY
    assert retention(400 * DAY, published=False) == Retention(5 * DAY)
    short = retention(3600, published=True)
    assert kept(made(0, 10, 20), short, 34) == [10, 20]
    assert kept(made(0, 10, 20), short, 33) == [0, 10, 20]


def test_who_keeps_only_the_current_one_keeps_only_that() -> None:
    assert kept(made(0, 1, 2), CURRENT_ONLY, 2) == [2]
    assert kept([], CURRENT_ONLY, 2) == []


times = st.lists(st.floats(0, 3000 * 24), max_size=40).map(sorted)
promises = st.one_of(st.none(), st.floats(0, 4000 * DAY))


@given(times, promises, st.booleans(), st.floats(0, 400 * 24))
def test_forgetting_day_by_day_keeps_what_readers_and_the_promise_need(
    hours: list[float], promised: float | None, published: bool, later: float
) -> None:
    keep = retention(promised, published=published)
    snapshots = [Snapshot(i, (START + timedelta(hours=h)).timestamp()) for i, h in enumerate(hours)]
    now = (START + timedelta(hours=(hours[-1] if hours else 0) + later)).timestamp()
    gone = to_forget(snapshots, now, keep)
    left = [s for s in snapshots if s.id not in gone]
    if snapshots:
        assert snapshots[-1].id not in gone
    assert to_forget(left, now, keep) == set(), "doing it again changes nothing"
    for snapshot, after in pairwise(snapshots):
        if now - after.since < DAY:
            assert snapshot.id not in gone, "whoever began to read it a day ago is done only now"
        if promised is not None and now - snapshot.since >= max(promised, DAY) and now - after.since >= 7 * DAY:
            assert snapshot.id in gone, "nothing outlives the promise"
