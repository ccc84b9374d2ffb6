"""A table to work on: the real one's metadata under a name of the session, where Iceberg's own writers change it and
nobody else looks. What was made there becomes the real table's by `IcebergTables.adopt`; until then it is only files.

What is asked of Java here is what Iceberg's own procedures for Spark use:
https://github.com/apache/iceberg/tree/apache-iceberg-1.10.0/spark/v3.5/spark/src/main/java/org/apache/iceberg/spark
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from typing import Any

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from mesh_jobs.adapters.iceberg.catalog import working_name
from mesh_jobs.adapters.iceberg.layout import TARGET_FILE_SIZE
from mesh_jobs.adapters.spark.layout import shaped
from mesh_jobs.adapters.spark.session import Session
from mesh_jobs.adapters.spark.types import name
from mesh_jobs.domain.table import TableName

#: Less of a file than this is not worth a task; the least that Iceberg takes when it sizes tasks itself.
_SMALL_SPLIT = 16 * 2**20


class Working:
    """One table's metadata at `base`, worked on."""

    def __init__(self, session: Session, base: str, table: Any, entry: str) -> None:
        self._session, self._table, self._base, self._entry = session, table, base, entry
        self._before = _snapshot_id(table)

    @property
    def base(self) -> str:
        """The metadata file that the work began from."""
        return self._base

    @property
    def name(self) -> str:
        """What SQL calls it."""
        return ".".join(map(name, (self._session.catalogue, self._session.database, self._entry)))

    @property
    def partitioned(self) -> bool:
        """Whether new files belong to partitions."""
        return bool(self._table.spec().isPartitioned())

    @property
    def rows(self) -> int:
        """How many rows there are now."""
        return self._figure("total-records") if _snapshot_id(self._table) is not None else 0

    @property
    def made(self) -> str | None:
        """The metadata file with the snapshot that was made; None when there is none."""
        self._table.refresh()
        if _snapshot_id(self._table) == self._before:
            return None
        return str(self._table.operations().current().metadataFileLocation())

    @property
    def added(self) -> int:
        """Rows in the files that the snapshot added."""
        return self._figure("added-records")

    @property
    def removed(self) -> int:
        """Rows in the files that the snapshot took out."""
        return self._figure("deleted-records")

    def append(self, frame: DataFrame) -> None:
        """Adds rows."""
        shaped(self._session, frame, self.partitioned).writeTo(self.name).options(**_options()).append()
        self._table.refresh()

    def replace(self, frame: DataFrame) -> None:
        """Rows in place of all that are there."""
        shaped(self._session, frame, self.partitioned).writeTo(self.name).options(**_options()).overwrite(F.lit(True))
        self._table.refresh()

    def delete(self, condition: str) -> None:
        """Takes out the rows that meet a condition, rewriting no file without one."""
        self._session.spark.sql(f"DELETE FROM {self.name} WHERE {condition}")
        self._table.refresh()

    def stored(self) -> DataFrame:
        """The rows, with Iceberg's metadata columns at hand, e.g. _file."""
        return self._session.spark.read.format("iceberg").load(self.name)

    def files(self, paths: Collection[str]) -> Files:
        """Some of the files that there are. Java picks them: a table may have many more, and to ask for each takes most
        of a millisecond."""
        jvm = self._session.jvm
        if not paths:
            return Files(self._session, self._table, self.name, jvm.java.util.ArrayList())
        tasks = self._table.newScan().planFiles()
        try:
            wanted = jvm.org.apache.iceberg.io.CloseableIterable.filter(tasks, _one_of(jvm, self._table, paths))
            found = jvm.org.apache.iceberg.relocated.com.google.common.collect.Lists.newArrayList(wanted)
        finally:
            tasks.close()
        return Files(self._session, self._table, self.name, found)

    def written(self) -> Files:
        """The files that the snapshot added."""
        added = self._table.currentSnapshot().addedDataFiles(self._table.io())
        return self.files({file.location() for file in _each(added)})

    def exchange(self, files: Files, frame: DataFrame | None, *, same_rows: bool = False) -> None:
        """Rows in place of some files, in one snapshot; None takes the files out. Rows that are the same as before are
        written in the tasks they come in."""
        change = self._table.newRewrite() if same_rows else self._table.newOverwrite()
        for file in files.each():
            change.deleteFile(file)
        if frame is None:
            change.commit()
            return
        coordinator = self._session.jvm.org.apache.iceberg.spark.FileRewriteCoordinator.get()
        written = self._session.fresh("written")
        rows = frame if same_rows else shaped(self._session, frame, self.partitioned)
        writer = rows.write.format("iceberg").options(**_options()).mode("append")
        writer.option("rewritten-file-scan-task-set-id", written).save(self.name)
        try:
            for file in _each(coordinator.fetchNewFiles(self._table, written)):
                change.addFile(file)
            change.commit()
        finally:
            coordinator.clearRewrite(self._table, written)

    def _figure(self, of: str) -> int:
        return int(self._table.currentSnapshot().summary().getOrDefault(of, "0"))


class Files:
    """Some data files of a table: readable on their own."""

    def __init__(self, session: Session, table: Any, at: str, tasks: Any) -> None:
        self._session, self._table, self._at, self._tasks = session, table, at, tasks

    def __bool__(self) -> bool:
        return not self._tasks.isEmpty()

    def each(self) -> Iterator[Any]:
        """The files as Java has them."""
        return (task.file() for task in self._tasks)

    @property
    def size(self) -> int:
        """Their bytes."""
        return sum(int(file.fileSizeInBytes()) for file in self.each())

    @contextmanager
    def rows(self, *, spread: bool = False) -> Iterator[DataFrame]:
        """Their rows, to be computed before the context ends: in tasks of a good file's size, or `spread` over as many
        as keep all cores busy. There must be a file."""
        staged = self._session.fresh("files")
        manager = self._session.jvm.org.apache.iceberg.spark.ScanTaskSetManager.get()
        manager.stageTasks(self._table, staged, self._tasks)
        split = TARGET_FILE_SIZE // 2
        if spread:
            split = min(split, max(_SMALL_SPLIT, self.size // (4 * self._session.cores())))
        try:
            reader = self._session.spark.read.format("iceberg").option("scan-task-set-id", staged)
            yield reader.option("split-size", str(split)).load(self._at)
        finally:
            manager.removeTasks(self._table, staged)


@contextmanager
def working_on(session: Session, worked_on: TableName, location: str, begun: str | None = None) -> Iterator[Working]:
    """A table's metadata to work on, under a name made of the table's, or what is `begun` from instead of it; it is
    gone afterwards, its files stay."""
    iceberg = session.jvm.org.apache.iceberg
    catalogue = iceberg.spark.Spark3Util.loadIcebergCatalog(session.spark._jsparkSession, session.catalogue)
    namespace = iceberg.catalog.Namespace.of(_array(session, session.database))
    if not catalogue.namespaceExists(namespace):
        catalogue.createNamespace(namespace)
    entry = working_name(worked_on)
    identifier = iceberg.catalog.TableIdentifier.of(namespace, entry)
    table = catalogue.registerTable(identifier, begun or location)
    try:
        yield Working(session, location, table, entry)
    finally:
        # `false`: without it the catalogue deletes what the real table is made of.
        catalogue.dropTable(identifier, False)


def _options() -> dict[str, str]:
    """Given with each write rather than kept as the table's properties, which another engine would follow too."""
    return {
        "target-file-size-bytes": str(TARGET_FILE_SIZE),
        "compression-codec": "zstd",
        # Level 1 is quicker than the default and no larger on data like this.
        "compression-level": "1",
        # Rows of one partition go together, so that files stay few.
        "distribution-mode": "hash",
        # A partition that is shuffled as more bytes than this is shared by several tasks, each of which takes what some
        # of the tasks before it have made of it (AQE). It is what Iceberg takes by itself, unless Spark's own advisory
        # size is larger, and less than it in files:
        # https://iceberg.apache.org/docs/1.10.0/spark-configuration/#write-options
        "advisory-partition-size": str(TARGET_FILE_SIZE * 3 // 2),
        # So a task has few partitions at a time, and a file open for each holds no more than the task's own rows,
        # encoded: that is cheaper than sorting them.
        "fanout-enabled": "true",
    }


def _snapshot_id(table: Any) -> int | None:
    snapshot = table.currentSnapshot()
    return None if snapshot is None else int(snapshot.snapshotId())


def _array(session: Session, text: str) -> Any:
    gateway: Any = session.spark.sparkContext._gateway
    found = gateway.new_array(session.jvm.java.lang.String, 1)
    found[0] = text
    return found


def _one_of(jvm: Any, table: Any, paths: Collection[str]) -> Any:
    """A `java.util.function.Predicate` of Java's own, by which a task of a scan is one of these files. Py4J makes no
    functions but such that call Python; from methods that there are, Java does:
    https://docs.oracle.com/en/java/javase/17/docs/api/java.base/java/lang/invoke/MethodHandleProxies.html"""
    invoke = jvm.java.lang.invoke
    loader = table.getClass().getClassLoader()
    task, file, text, anything, collection, predicate = map(
        loader.loadClass,
        (
            "org.apache.iceberg.ContentScanTask",
            "org.apache.iceberg.ContentFile",
            "java.lang.String",
            "java.lang.Object",
            "java.util.Set",
            "java.util.function.Predicate",
        ),
    )
    wanted = jvm.java.util.HashSet()
    for path in paths:
        wanted.add(path)
    boolean, methods, typed = (
        jvm.java.lang.Boolean.TYPE,
        invoke.MethodHandles.publicLookup(),
        invoke.MethodType.methodType,
    )
    location = invoke.MethodHandles.filterReturnValue(
        methods.findVirtual(task, "file", typed(file)), methods.findVirtual(file, "location", typed(text))
    )
    contains = methods.findVirtual(collection, "contains", typed(boolean, anything)).bindTo(wanted)
    of_text = contains.asType(typed(boolean, text))
    return invoke.MethodHandleProxies.asInterfaceInstance(
        predicate, invoke.MethodHandles.filterReturnValue(location, of_text)
    )


def _each(of: Any) -> Iterator[Any]:
    iterator = of.iterator()
    while iterator.hasNext():
        yield iterator.next()
