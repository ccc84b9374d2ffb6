"""Changed rows take the place of those with the same key that are not newer; only files that hold one are written
again. `MERGE INTO` cannot say this: it wants one changed row for each stored one, and shuffles all it rewrites into a
join. Here keys are looked up, and what stays is copied as it is read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F
from pyspark.sql import types as t

from mesh_jobs.adapters.spark.cells import comparable
from mesh_jobs.adapters.spark.session import Session
from mesh_jobs.adapters.spark.types import name
from mesh_jobs.adapters.spark.working import Files, Working

#: As many keys, of as many bytes of text, are given to every task rather than shuffled with all that is stored: the
#: driver and each executor have to hold them.
_FEW_KEYS, _SHORT_KEYS = 2_000_000, 200 * 2**20
#: Types whose bounds in a manifest are those of the values, so that files can be left out by them.
_BOUNDED = (
    t.IntegerType,
    t.LongType,
    t.DateType,
    t.TimestampType,
    t.TimestampNTZType,
    t.StringType,
    t.DecimalType,
)
_FILE, _STORED, _CHANGED = "_mesh_path", "_mesh_stored", "_mesh_changed"


@dataclass(frozen=True)
class Merged:
    """Rows written, and rows left out since a newer one of their key is stored."""

    rows: int
    superseded: int


@dataclass(frozen=True)
class _Changed:
    """Changed rows, computed once, and what one look at them tells: how many there are, how many without an identity,
    how many bytes of text their keys have, and between which values these are."""

    frame: DataFrame
    rows: int
    incomplete: int
    key_bytes: int
    within: Column


def merge(session: Session, work: Working, frame: DataFrame, key: tuple[str, ...], version: str | None) -> Merged:
    """Merges rows of the table's own columns into it, as one snapshot. Of two rows of a key the stored one stays when
    its version is greater; null is older than any value."""
    changed = _look(session, session.keep(frame), key)
    paths, some_older = _touched(work, changed, key, version) if changed.rows and work.rows else ([], False)
    superseded = 0
    if version is not None and some_older:
        newest = _newest(work, changed, key, version)
        left = _look(session, session.keep(_not_older(changed.frame, newest, key, version)), key)
        superseded, changed = changed.rows - left.rows, left
        paths, _ = _touched(work, changed, key, version) if changed.rows else ([], False)
    if changed.rows:
        _exchange(work, work.files(paths), changed, key)
    else:
        work.exchange(work.files(()), None)
    return Merged(changed.rows, superseded)


def _look(session: Session, frame: DataFrame, key: tuple[str, ...]) -> _Changed:
    """All that is asked of changed rows, at once."""
    types = {f.name.lower(): f.dataType for f in frame.schema}
    bounded = [k for k in key if isinstance(types[k.lower()], _BOUNDED)]
    texts = [F.octet_length(name(k)) for k in key if isinstance(types[k.lower()], t.StringType | t.BinaryType)]
    lengths = reduce(Column.__add__, (F.coalesce(length, F.lit(0)) for length in texts), F.lit(0))
    figures = [F.count(F.lit(1)), F.count_if(~_complete(key)), F.coalesce(F.sum(lengths), F.lit(0))]
    for k in bounded:
        cell = F.col(name(k))
        figures += [F.min(cell).cast("string"), F.max(cell).cast("string"), F.count(cell)]
    rows, incomplete, key_bytes, *bounds = session.one(frame.agg(*figures))
    within = F.lit(True)
    for i, k in enumerate(bounded):
        low, high, known = bounds[3 * i : 3 * i + 3]
        # A null is within no bounds, so a part of the key that has some tells nothing.
        if rows and known == rows:
            type_ = types[k.lower()]
            within &= F.col(name(k)).between(F.lit(low).cast(type_), F.lit(high).cast(type_))
    return _Changed(frame, rows, incomplete, key_bytes, within)


def _touched(work: Working, changed: _Changed, key: tuple[str, ...], version: str | None) -> tuple[list[str], bool]:
    """The files that hold a row whose key is among the changed ones, null being like null; and whether one of these
    rows is newer than a changed one of its key."""
    pairs = _pairs(work, changed, key, version)
    older = F.lit(False) if version is None else _complete(_stored(key)) & _older(F.col(_STORED), F.col(_CHANGED))
    found = pairs.groupBy(_FILE).agg(F.max(older)).collect()
    return [path for path, _ in found], any(some for _, some in found)


def _pairs(work: Working, changed: _Changed, key: tuple[str, ...], version: str | None) -> DataFrame:
    """Stored rows beside the changed ones of their key. Of keys that are incomplete there is one for all changed rows
    that share it: paired with each of them, rows without a key would be as many as their product."""
    keys = _keys(changed, key, [] if version is None else [version])
    if changed.incomplete:
        bare = changed.frame.where(~_complete(key)).select(*_as_changed(key)).distinct()
        keys = keys.where(_complete(_changed(key))).unionByName(bare, allowMissingColumns=True)
    on = _equal(_stored(key), _changed(key), null_safe=changed.incomplete > 0)
    return _stored_rows(work, changed, key, version).join(_everywhere(changed, keys), on)


def _newest(work: Working, changed: _Changed, key: tuple[str, ...], version: str) -> DataFrame:
    """Of each changed key the greatest version that is stored."""
    on = _equal(_stored(key), _changed(key))
    stored = _stored_rows(work, changed, key, version).join(_everywhere(changed, _keys(changed, key)), on, "left_semi")
    return stored.groupBy(*_stored(key)).agg(F.max(_STORED).alias(_STORED))


def _stored_rows(work: Working, changed: _Changed, key: tuple[str, ...], version: str | None) -> DataFrame:
    """Keys, versions and files of the stored rows between the changed keys."""
    cells = [F.col(name(k)).alias(own) for k, own in zip(key, _stored(key), strict=True)]
    cells += [] if version is None else [F.col(name(version)).alias(_STORED)]
    return work.stored().where(changed.within).select(*cells, F.col("_file").alias(_FILE))


def _not_older(frame: DataFrame, newest: DataFrame, key: tuple[str, ...], version: str) -> DataFrame:
    """Changed rows but those that are older than a stored row of their key."""
    on = _equal(key, _stored(key))
    older = _older(F.col(_STORED), F.col(name(version)))
    return frame.join(newest, on, "left").where(~older).select(*(F.col(name(c)) for c in frame.columns))


def _older(stored: Column, own: Column) -> Column:
    """Null is older than any value; of two that are equally new the changed row, which came later, is the newer."""
    return F.coalesce(stored > own, F.lit(False)) | (own.isNull() & stored.isNotNull())


def _exchange(work: Working, touched: Files, changed: _Changed, key: tuple[str, ...]) -> None:
    """Writes changed rows, and beside them those of touched files that stay. A row with an incomplete key has no
    identity that another could share, so it only makes way for a row that is the same in every column: itself, read
    again."""
    if not touched:
        work.exchange(touched, changed.frame)
        return
    with touched.rows(spread=True) as old:
        kept = old.join(_everywhere(changed, _keys(changed, key)), _equal(key, _changed(key)), "left_anti")
        if changed.incomplete:
            kept = kept.join(_incomplete(changed.frame, key), _same(old), "left_anti")
        work.exchange(touched, kept.unionByName(changed.frame))


def _keys(changed: _Changed, key: tuple[str, ...], more: Sequence[str] = ()) -> DataFrame:
    """Changed keys, and with `more` the version, under names of their own."""
    return changed.frame.select(*_as_changed(key), *(F.col(name(c)).alias(_CHANGED) for c in more))


def _as_changed(key: Sequence[str]) -> list[Column]:
    return [F.col(name(k)).alias(own) for k, own in zip(key, _changed(key), strict=True)]


def _everywhere(changed: _Changed, keys: DataFrame) -> DataFrame:
    """Changed keys, given to every task where they are few."""
    few = changed.rows <= _FEW_KEYS and changed.key_bytes <= _SHORT_KEYS
    return F.broadcast(keys) if few else keys


def _incomplete(frame: DataFrame, key: tuple[str, ...]) -> DataFrame:
    """Rows without an identity, their columns ready to be compared."""
    cells = [comparable(F.col(name(f.name)), f.dataType).alias(f"_mesh_a{i}") for i, f in enumerate(frame.schema)]
    return frame.where(~_complete(key)).select(*cells)


def _same(frame: DataFrame) -> Column:
    cells = [comparable(F.col(name(f.name)), f.dataType) for f in frame.schema]
    return reduce(Column.__and__, (c.eqNullSafe(F.col(f"_mesh_a{i}")) for i, c in enumerate(cells)))


def _complete(key: Sequence[str]) -> Column:
    """A condition under which a row has an identity."""
    return reduce(Column.__and__, (F.col(name(k)).isNotNull() for k in key))


def _equal(one: Sequence[str], other: Sequence[str], null_safe: bool = False) -> Column:
    pairs = [(F.col(name(a)), F.col(name(b))) for a, b in zip(one, other, strict=True)]
    return reduce(Column.__and__, (a.eqNullSafe(b) if null_safe else a == b for a, b in pairs))


def _stored(key: Sequence[str]) -> list[str]:
    """Names of a stored row's key that no column of the table has."""
    return [f"_mesh_s{i}" for i, _ in enumerate(key)]


def _changed(key: Sequence[str]) -> list[str]:
    """Names of a changed row's key that no column of the table has."""
    return [f"_mesh_k{i}" for i, _ in enumerate(key)]
