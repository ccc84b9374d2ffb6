"""The locks of products in DynamoDB: who may write to the log of a product, and for how long."""

from __future__ import annotations

from datetime import datetime, timedelta

from mesh_jobs.adapters.aws import layout
from mesh_jobs.adapters.aws.dynamo import ConditionFailed, DynamoTable, Item, When
from mesh_jobs.domain.errors import Busy, Fenced
from mesh_jobs.ports.run_log import Lock


class DynamoLocks:
    """One lock a product, free when it has not been renewed for a lease; its fence counts how often it was taken."""

    def __init__(self, table: DynamoTable, lease: timedelta) -> None:
        self._table, self._lease = table, lease

    def acquire(self, product: str, major: int, owner: str, now: datetime) -> Lock:
        until = layout.millis(now + self._lease)
        try:
            held = self._table.change(
                layout.key_of(product, major, layout.LOCK),
                "SET #owner = :owner, #since = :since, #leaseUntil = :until ADD #fence :one",
                When(
                    "attribute_not_exists(#owner) OR #owner = :owner OR #leaseUntil <= :now",
                    {"owner": owner, "since": layout.text(now), "until": until, "one": 1, "now": layout.millis(now)},
                ),
            )
        except ConditionFailed:
            raise self._busy(product, major) from None
        return Lock(product, major, owner, held["fence"], layout.from_millis(until))

    def _busy(self, product: str, major: int) -> Busy:
        held = self._held(product, major)
        who = held.get("owner", "another run")
        until = layout.from_millis(held["leaseUntil"]) if "leaseUntil" in held else "its end"
        return Busy(
            f"{product} v{major} is being run by {who} since {held.get('since', 'just now')}",
            f"wait until it ends, or stop it: the lock is free when it is not renewed until {until}",
        )

    def renew(self, lock: Lock, now: datetime) -> None:
        until = layout.millis(now + self._lease)
        if_mine = mine(lock)
        try:
            self._table.change(
                lock_key(lock), "SET #leaseUntil = :until", When(if_mine.text, {**if_mine.values, "until": until})
            )
        except ConditionFailed:
            raise fenced(lock) from None

    def release(self, lock: Lock) -> None:
        try:
            self._table.change(lock_key(lock), "REMOVE #owner, #since, #leaseUntil", mine(lock))
        except ConditionFailed:
            return

    def holder(self, product: str, major: int, now: datetime) -> Lock | None:
        held = self._held(product, major)
        if "owner" not in held or held["leaseUntil"] <= layout.millis(now):
            return None
        return Lock(product, major, held["owner"], held["fence"], layout.from_millis(held["leaseUntil"]))

    def _held(self, product: str, major: int) -> Item:
        return self._table.get(layout.key_of(product, major, layout.LOCK)) or {}

    def _assert_mine(self, lock: Lock) -> None:
        """Raises Fenced."""
        held = self._held(lock.product, lock.major)
        if (held.get("owner"), held.get("fence")) != (lock.owner, lock.fence):
            raise fenced(lock)


def mine(lock: Lock) -> When:
    """True as long as nobody else has taken the lock."""
    return When("#owner = :owner AND #fence = :fence", {"owner": lock.owner, "fence": lock.fence})


def lock_key(lock: Lock) -> tuple[str, str]:
    return layout.key_of(lock.product, lock.major, layout.LOCK)


def fenced(lock: Lock) -> Fenced:
    return Fenced(
        f"this run of {lock.product} v{lock.major} lost its lock to another run and stops",
        "nothing is lost: the other run continues",
    )
