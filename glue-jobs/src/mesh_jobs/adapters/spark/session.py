"""One Spark session as a run uses it: names for what is made in it, the masking key, and tables to work on."""

from __future__ import annotations

import itertools
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from pyspark import StorageLevel
from pyspark.sql import DataFrame, SparkSession

#: What Spark says of rows whose size it does not know: spark.sql.defaultSizeInBytes.
UNKNOWN_SIZE = 2**63 - 1
#: Bytes that one task is through with before others would have begun.
_FEW = 16 * 2**20
_VECTORS = "spark.sql.iceberg.vectorization.enabled"


class Session:
    """Does not own the Spark session: who started it stops it. `work` is a URI below which files for this run alone
    may be staged; `catalogue` and `database` say where the session has Iceberg tables to work on. Several may use one
    Spark session by turns: what they name does not collide."""

    def __init__(
        self,
        spark: SparkSession,
        work: str,
        masking_key: bytes | Callable[[], bytes],
        catalogue: str = "mesh",
        database: str = "work",
    ) -> None:
        self.spark = spark
        self.work = work.rstrip("/")
        self.catalogue = catalogue
        self.database = database
        self._key = masking_key
        self._own = uuid.uuid4().hex[:12]
        self._numbers = itertools.count()
        self._views: list[str] = []
        self._made: dict[str, str] = {}
        self._kept: list[DataFrame] = []
        self._opened: dict[str, Any] = {}
        self._by_row = False

    @property
    def jvm(self) -> Any:
        """Java, for what Iceberg offers there alone."""
        return self.spark._jvm

    def key(self) -> bytes:
        """The masking key, asked for when first needed."""
        if not isinstance(self._key, bytes):
            self._key = self._key()
        return self._key

    def fresh(self, what: str) -> str:
        """A new name for a view, a table or a folder."""
        return f"mesh_{what}_{self._own}_{next(self._numbers)}"

    def view(self, frame: DataFrame, what: str = "view") -> str:
        """A name under which SQL can select from the rows, until the session is closed."""
        at = self.fresh(what)
        frame.createOrReplaceTempView(at)
        self._views.append(at)
        return at

    def once(self, what: str, make: Callable[[], str]) -> str:
        """A name of something that is made when it is first asked for."""
        if what not in self._made:
            self._made[what] = make()
        return self._made[what]

    def opened(self, what: str, open_: Callable[[], Any]) -> Any:
        """Something of Java's that is opened when it is first asked for, and closed with the session."""
        if what not in self._opened:
            self._opened[what] = open_()
        return self._opened[what]

    def keep(self, frame: DataFrame) -> DataFrame:
        """Rows computed once, for what is looked at repeatedly and costs a shuffle; they move to disk when there are
        too many for memory. Few are kept in one part: Spark 3.5 does not put together the parts of what it keeps, and
        each look at them would be as many tasks as a shuffle has
        (https://issues.apache.org/jira/browse/SPARK-46995)."""
        kept = (frame.coalesce(1) if size_of(frame) < _FEW else frame).persist(StorageLevel.MEMORY_AND_DISK)
        self._kept.append(kept)
        return kept

    @contextmanager
    def unpersisting(self) -> Iterator[None]:
        """What is kept within is kept until the context ends."""
        before = len(self._kept)
        try:
            yield
        finally:
            self._unpersist(before)

    @contextmanager
    def keeping(self) -> Iterator[list[DataFrame]]:
        """What is kept within, known when the context has ended: for whoever releases it."""
        before, found = len(self._kept), list[DataFrame]()
        yield found
        found += self._kept[before:]

    def release(self, kept: Sequence[DataFrame]) -> None:
        """Forgets these frames; what was made of them is computed anew when it is looked at again."""
        ids = {id(frame) for frame in kept}
        released = [frame for frame in self._kept if id(frame) in ids]
        self._kept = [frame for frame in self._kept if id(frame) not in ids]
        _forget(released)

    def one(self, frame: DataFrame) -> tuple[Any, ...]:
        """The single row of a result that has one."""
        found = frame.collect()
        assert len(found) == 1
        return tuple(found[0])

    def read_by_row(self) -> None:
        """From here on Iceberg's files are read row by row instead of in vectors, which is slower. Until it is closed,
        as a frame that is described now is read later."""
        if not self._by_row:
            self.spark.conf.set(_VECTORS, "false")
            self._by_row = True

    def cores(self) -> int:
        """How many tasks run side by side."""
        return int(self.spark.sparkContext.defaultParallelism)

    def close(self) -> None:
        self._unpersist()
        for view in self._views:
            self.spark.catalog.dropTempView(view)
        if self._by_row:
            self.spark.conf.unset(_VECTORS)
            self._by_row = False
        for opened in self._opened.values():
            opened.close()
        self._views, self._made, self._opened = [], {}, {}

    def _unpersist(self, but_first: int = 0) -> None:
        """Forgets all that is kept but the first ones."""
        released, self._kept = self._kept[but_first:], self._kept[:but_first]
        _forget(released)


def _forget(kept: Sequence[DataFrame]) -> None:
    """The last one first, as Spark plans anew what was made of a frame that it forgets."""
    for frame in reversed(kept):
        frame.unpersist()


def size_of(frame: DataFrame) -> int:
    """Bytes at most, as Spark's planner has them: of files read, of rows kept in memory, of what is made from them. A
    join it takes for the product of its sides, which is soon more than anybody has:
    https://github.com/apache/spark/blob/v3.5.6/sql/catalyst/src/main/scala/org/apache/spark/sql/catalyst/plans/logical/statsEstimation/SizeInBytesOnlyStatsPlanVisitor.scala"""
    return _size(frame._jdf.queryExecution().optimizedPlan())


def size_of_leaves(frame: DataFrame) -> int:
    """Bytes of all that the rows are made from; as of unknown size when any of it is."""
    leaves = frame._jdf.queryExecution().optimizedPlan().collectLeaves()
    return sum(_size(leaves.apply(i)) for i in range(leaves.size()))


def _size(plan: Any) -> int:
    return int(str(plan.stats().sizeInBytes()))
