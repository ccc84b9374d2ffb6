"""How long what a table was can be read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise

DAY = 86_400.0
#: Unless the contract says how long: long enough to look into what happened over a weekend.
_USUAL = 5 * DAY
#: A reader that has begun must be able to end, whatever the contract says.
LEAST = 1 * DAY
_EVERY, _DAILY = 7 * DAY, 90 * DAY


@dataclass(frozen=True)
class Retention:
    """For how many seconds a snapshot stays: any of them after another took its place, the last one of a day and the
    last one of a month after they were made. Days and months are of UTC."""

    every: float
    daily: float = 0
    monthly: float = 0


@dataclass(frozen=True)
class Snapshot:
    """A state of a table, and since when it was the current one, in seconds since 1970."""

    id: int
    since: float


#: What a table keeps that nobody reads as it was.
CURRENT_ONLY = Retention(0)


def retention(promised_seconds: float | None, *, published: bool) -> Retention:
    """For how long a published table can be read as it was certified is the contract's retention. To keep every state
    of years would cost more than the data, so older ones thin out. An internal table is only ever taken back to what
    it was when the product was last published; it keeps nothing for longer than was promised."""
    if promised_seconds is None:
        return Retention(_USUAL)
    promised = max(promised_seconds, LEAST)
    if not published:
        return Retention(min(promised, _USUAL))
    return Retention(min(promised, _EVERY), min(promised, _DAILY), promised)


def to_forget(snapshots: Sequence[Snapshot], now: float, keep: Retention) -> set[int]:
    """Of a table's snapshots, oldest first, those that are not kept any longer; never the last one."""
    forgotten: set[int] = set()
    for snapshot, after in pairwise(snapshots):
        age = now - snapshot.since
        daily = age < keep.daily and _day(snapshot.since) != _day(after.since)
        monthly = age < keep.monthly and _month(snapshot.since) != _month(after.since)
        if now - after.since >= keep.every and not daily and not monthly:
            forgotten.add(snapshot.id)
    return forgotten


def _day(at: float) -> int:
    return int(at // DAY)


def _month(at: float) -> tuple[int, int]:
    moment = datetime.fromtimestamp(at, UTC)
    return moment.year, moment.month
