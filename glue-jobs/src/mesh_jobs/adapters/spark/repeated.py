"""Which rows repeat another's key: few do in most data, so only those are moved and put in order."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from operator import and_

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from mesh_jobs.adapters.spark.as_text import as_text, is_nested
from mesh_jobs.adapters.spark.chain import Chain
from mesh_jobs.adapters.spark.rows import ARRIVAL
from mesh_jobs.adapters.spark.types import name

_HASH, _NTH, _AGAIN = "_mesh_hash", "_mesh_nth", "_mesh_arrival_again"


def mark_repeated(chain: Chain, keys: Sequence[str], order: Sequence[Column], flag: str) -> bool:
    """Adds a column `flag` to the chain's frame: true for all living rows but the first of each key. Rows with an
    incomplete key have no identity that another row could share. `order` is a total one: the same rows come first
    however often and wherever the frame is computed. False when no key repeats; then nothing is added.

    The keys' hashes are counted first: what is shuffled are a few bytes a row, added up before. Only rows with a hash
    that comes twice are compared, and kept; the others pass by where they are."""
    chain.settle()
    whole = reduce(and_, (F.col(name(c)).isNotNull() for c in keys), chain.alive)
    hashed = F.when(whole, F.xxhash64(*(F.col(name(c)) for c in keys))).alias(_HASH)
    counted = chain.frame.select(hashed).where(F.col(_HASH).isNotNull()).groupBy(_HASH).count()
    twice = chain.session.keep(counted.where(F.col("count") > 1).select(_HASH))
    if not twice.count():
        return False
    rows = chain.frame.select("*", hashed)
    nth = F.row_number().over(Window.partitionBy(*(F.col(name(c)) for c in keys)).orderBy(*order))
    compared = rows.join(twice, _HASH, "left_semi")
    if chain.traced:
        return _flag_arrived(chain, compared.select(ARRIVAL, nth.alias(_NTH)).where(F.col(_NTH) > 1), flag)
    compared = chain.session.keep(compared.select("*", (nth > 1).alias(flag)))
    others = rows.join(twice, _HASH, "left_anti").select("*", F.lit(False).alias(flag))
    chain.frame = others.unionByName(compared).drop(_HASH)
    return True


def _flag_arrived(chain: Chain, repeats: DataFrame, flag: str) -> bool:
    """Flags the rows that these are. Only their numbers are kept, so that of no row more is compared than its key and
    what puts it in order, and the others pass by in one scan."""
    again = chain.session.keep(repeats.select(F.col(ARRIVAL).alias(_AGAIN)))
    # Counted, they are there before the join is planned, which looks at how many they are.
    if not again.count():
        return False
    flagged = F.col(_AGAIN).isNotNull().alias(flag)
    columns = [F.col(name(c)) for c in chain.frame.columns]
    chain.frame = chain.frame.join(again, F.col(ARRIVAL) == F.col(_AGAIN), "left").select(*columns, flagged)
    return True


def first_come(chain: Chain) -> list[Column]:
    """The order of arrival, or where it is not known of all columns. Rows that are alike in these can stand for one
    another."""
    return chain.arrival("asc") or [k.asc_nulls_first() for k in _values(chain)]


def last_come(chain: Chain) -> list[Column]:
    """The other way round."""
    return chain.arrival("desc") or [k.desc_nulls_last() for k in _values(chain)]


def _values(chain: Chain) -> list[Column]:
    """All columns. Engines order what is nested in ways of their own, and Spark sorts no maps; its text they order
    alike."""
    return [F.expr(as_text(name(c), t)) if is_nested(t) else F.col(name(c)) for c, t in chain.columns.items()]
