"""Files as Spark finds them: their paths, what they begin with, and copies of those it would not read as they are."""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from py4j.protocol import Py4JError
from pyspark.sql import DataFrame
from pyspark.sql.types import StructType

from mesh_jobs.adapters.iceberg.storage import each
from mesh_jobs.adapters.source_files import unpackable
from mesh_jobs.adapters.spark.failures import not_had
from mesh_jobs.adapters.spark.session import Session
from mesh_jobs.adapters.spark.types import text
from mesh_jobs.ports.engine import RawFile

_T = TypeVar("_T")
#: Much longer than any header.
_HEAD = 256 * 1024
_LOOKED_AT = 64 * 1024 * 1024
#: The names are those of files, whatever is in them: no patterns, and no columns in the names of folders.
_AS_NAMED = {"__globPaths__": "false", "recursiveFileLookup": "true"}


def location(uri: str) -> str:
    """A local path as a URI; others are one already. Nothing is escaped, as Hadoop wants it."""
    return f"file://{uri}" if uri.startswith("/") else uri


def load(
    session: Session, format_: str, paths: Sequence[str], schema: StructType | None = None, **options: str
) -> DataFrame:
    """These files, by their exact names."""
    reader = session.spark.read.format(format_).options(**_AS_NAMED, **options)
    return (reader if schema is None else reader.schema(schema)).load(list(paths))


def shown_path(session: Session, path: str) -> str:
    """The path as `_metadata.file_path` has it."""
    found: str = _path(session, path).toUri().toString()
    return found.replace("file:///", "file:/", 1)


def look_at_each(session: Session, files: Sequence[RawFile], look: Callable[[int, RawFile, str], _T]) -> list[_T]:
    """What `look` tells of each file, from its number, itself and its readable path. To open a file in S3 is mostly
    waiting, so several are opened at the same time. Each thread has one of Java's to itself, in which no session is the
    current one: `look` asks Java for files alone. Raises what the first file in order gives rise to."""
    return each(lambda one: look(*one, readable(session, one[1])), enumerate(files), far=True)


def readable(session: Session, file: RawFile) -> str:
    """The file's path, or that of a copy: unpacked where Spark cannot do it, and under another name where it takes the
    file for a hidden one. Raises BadInput."""
    path = location(file.uri)
    name = path.rsplit("/", 1)[-1]
    packed = name.endswith((".zst", ".zstd"))
    if not packed and not name.startswith(("_", ".")) and ":" not in name:
        return path
    suffix = "" if packed else ".gz" if name.endswith(".gz") else ""
    copy = f"{session.work}/{session.fresh('copy')}{suffix}"
    jvm: Any = session.spark._jvm
    try:
        source = _open(session, path)
        if packed:
            source = jvm.com.github.luben.zstd.ZstdInputStream(source).setContinuous(False)
        target = _file_system(session, copy).create(_path(session, copy))
        jvm.org.apache.hadoop.io.IOUtils.copyBytes(source, target, 1 << 20, True)
    except Py4JError as error:
        raise not_had(file.origin, error) or unpackable(file.origin) from error
    return copy


def head(session: Session, file: RawFile, path: str) -> bytes:
    """What a file begins with, unpacked. Raises BadInput."""
    try:
        stream = _open(session, path)
        try:
            return bytes((_unzipped(session, stream) if path.endswith(".gz") else stream).readNBytes(_HEAD))
        finally:
            stream.close()
    except Py4JError as error:
        raise not_had(file.origin, error) or unpackable(file.origin) from error


def content(session: Session, path: str) -> bytes | None:
    """All of a file, unpacked, to look for what is wrong with it; None when it cannot be read or is very large."""
    try:
        stream = _open(session, path)
        try:
            found = bytes((_unzipped(session, stream) if path.endswith(".gz") else stream).readNBytes(_LOOKED_AT + 1))
        finally:
            stream.close()
    except Py4JError:
        return None
    return found if len(found) <= _LOOKED_AT else None


def lookup(key: str, values: Mapping[str, str | int], type_: str) -> str:
    """SQL of the value of a text; one literal, in which a value is found in constant time however many there are."""
    if len(values) == 1:
        (value,) = values.values()
        return text(value) if isinstance(value, str) else f"CAST({value} AS {type_})"
    buckets: list[dict[str, str | int]] = [{} for _ in values]
    for k, v in values.items():
        buckets[zlib.crc32(k.encode()) % len(buckets)][k] = v
    table = text(json.dumps(buckets, ensure_ascii=False))
    return (
        f"from_json({table}, 'ARRAY<MAP<STRING, {type_}>>')"
        f"[CAST(crc32(CAST({key} AS BINARY)) % {len(buckets)} AS INT)][{key}]"
    )


def _unzipped(session: Session, stream: Any) -> Any:
    jvm: Any = session.spark._jvm
    return jvm.java.util.zip.GZIPInputStream(stream)


def _open(session: Session, path: str) -> Any:
    jvm: Any = session.spark._jvm
    if path.startswith("file:///"):
        # Hadoop would look for a file of checksums beside it, whose name may be none to it.
        return jvm.java.io.FileInputStream(path.removeprefix("file://"))
    return _file_system(session, path).open(_path(session, path))


def _path(session: Session, path: str) -> Any:
    jvm: Any = session.spark._jvm
    return jvm.org.apache.hadoop.fs.Path(path)


def _file_system(session: Session, path: str) -> Any:
    return _path(session, path).getFileSystem(session.spark._jsc.hadoopConfiguration())
