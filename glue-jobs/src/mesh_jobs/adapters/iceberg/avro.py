"""Reads Avro files with the standard library alone: Glue's Spark has no PyIceberg, and which files a table is made of
must be known without starting a job. https://avro.apache.org/docs/1.11.1/specification/"""

from __future__ import annotations

import json
import re
import struct
import zlib
from collections.abc import Callable, Collection, Iterator
from functools import lru_cache
from typing import Any

_MAGIC = b"Obj\x01"
_SYNC = 16


class NoAvro(ValueError):
    """Bytes that are no Avro file, are cut off, or are packed in a way that is not read here."""


def records(content: bytes, without: Collection[int] = ()) -> Iterator[Any]:
    """The records of a file; a record is a dictionary. Lists are left out, and None, in fields whose Iceberg id is in
    `without`. Raises NoAvro."""
    try:
        yield from _records(content, frozenset(without))
    except NoAvro:
        raise
    except (IndexError, KeyError, TypeError, ValueError, struct.error, zlib.error) as error:
        raise NoAvro(f"not a complete Avro file: {type(error).__name__}") from error


def _records(content: bytes, without: frozenset[int]) -> Iterator[Any]:
    if not content.startswith(_MAGIC):
        raise NoAvro("not an Avro file")
    file = _Cursor(content, len(_MAGIC))
    header = _map(_bytes)(file)
    codec = header.get("avro.codec", b"null").decode()
    if codec not in _CODECS:
        raise NoAvro(f"an Avro file packed with {codec}; {' and '.join(_CODECS)} can be read")
    read = _reader(json.loads(header["avro.schema"]), {}, without)
    mark = file.take(_SYNC)
    while file.at < len(content):
        count, size = _long(file), _long(file)
        block = _Cursor(_CODECS[codec](file.take(size)), 0)
        for _ in range(count):
            yield read(block)
        if file.take(_SYNC) != mark:
            raise NoAvro("not a complete Avro file: a block does not end where it should")


class _Cursor:
    """A place in some bytes."""

    __slots__ = ("at", "content")

    def __init__(self, content: bytes, at: int) -> None:
        self.content, self.at = content, at

    def take(self, size: int) -> bytes:
        end = self.at + size
        if size < 0 or end > len(self.content):
            raise IndexError("the file ends too early")
        taken = self.content[self.at : end]
        self.at = end
        return taken


_Reader = Callable[[_Cursor], Any]
_CODECS: dict[str, Callable[[bytes], bytes]] = {
    "null": lambda packed: packed,
    "deflate": lambda packed: zlib.decompress(packed, -zlib.MAX_WBITS),
}


def _reader(schema: Any, named: dict[str, _Reader], without: frozenset[int]) -> _Reader:
    """What reads a value of a schema; `named` has those that a later part may refer to."""
    if isinstance(schema, list):
        return _union([_reader(s, named, without) for s in schema])
    kind = schema if isinstance(schema, str) else schema["type"]
    if isinstance(kind, dict | list):
        return _reader(kind, named, without)
    if kind in _PRIMITIVES:
        return _PRIMITIVES[kind]
    if kind == "array":
        return _array(_reader(schema["items"], named, without))
    if kind == "map":
        return _map(_reader(schema["values"], named, without))
    if kind == "fixed":
        size = int(schema["size"])
        return _known(schema, named, lambda c: c.take(size))
    if kind == "enum":
        symbols = schema["symbols"]
        return _known(schema, named, lambda c: symbols[_long(c)])
    if kind == "record":
        parts: list[tuple[str, _Reader]] = []
        read = _known(schema, named, lambda c: {name: part(c) for name, part in parts})
        for f in schema["fields"]:
            make = _passing if f.get("field-id") in without else _reader
            parts.append((f["name"], make(f["type"], named, without)))
        return read
    return named[kind]


def _passing(schema: Any, named: dict[str, _Reader], without: frozenset[int]) -> _Reader:
    """What passes over a value. A list of numbers and texts, as statistics are, is not even made."""
    if isinstance(schema, list):
        return _union([_passing(s, named, without) for s in schema])
    read = _reader(schema, named, without)
    if not isinstance(schema, dict) or schema["type"] != "array":
        return read
    items = schema["items"]
    kinds = [f["type"] for f in items["fields"]] if isinstance(items, dict) and "fields" in items else [items]
    if any(kind not in ("int", "long", "bytes", "string") for kind in kinds):
        return read
    return _passing_over([kind in ("bytes", "string") for kind in kinds])


def _passing_over(sized: list[bool]) -> _Reader:
    """What passes over a list by the numbers of its items: behind one that is `sized` comes as much as it says."""

    def passing(cursor: _Cursor) -> None:
        for count in _blocks(cursor):
            if any(sized):
                _pass_texts(cursor, sized, count)
                continue
            numbers = count * len(sized)
            # Each takes a byte at least.
            found = _numbers(numbers).match(cursor.content, cursor.at) if numbers <= len(cursor.content) else None
            if found is None:
                raise IndexError("the file ends too early")
            cursor.at = found.end()

    return passing


@lru_cache
def _numbers(count: int) -> re.Pattern[bytes]:
    return re.compile(rb"(?:[\x80-\xff]*[\x00-\x7f]){%d}" % count)


def _pass_texts(cursor: _Cursor, sized: list[bool], count: int) -> None:
    content, at = cursor.content, cursor.at
    for _ in range(count):
        for is_sized in sized:
            number = content[at]
            at += 1
            # Nearly all are of one byte, signs folded in: that of a length is 0.
            if number < 0x80 and not (is_sized and number & 1):
                at += number >> 1 if is_sized else 0
                continue
            cursor.at = at - 1
            number = _long(cursor)
            if is_sized:
                cursor.take(number)
            at = cursor.at
    cursor.at = at
    cursor.take(0)


def _known(schema: Any, named: dict[str, _Reader], read: _Reader) -> _Reader:
    name = schema["name"]
    named[name] = read
    if "." not in name and schema.get("namespace"):
        named[f"{schema['namespace']}.{name}"] = read
    return read


def _long(cursor: _Cursor) -> int:
    """Variable length, least part first, signs folded in."""
    content, at, shift, value = cursor.content, cursor.at, 0, 0
    while True:
        part = content[at]
        at += 1
        value |= (part & 0x7F) << shift
        if part < 0x80:
            break
        shift += 7
    cursor.at = at
    return (value >> 1) ^ -(value & 1)


def _bytes(cursor: _Cursor) -> bytes:
    return cursor.take(_long(cursor))


def _number(form: str) -> _Reader:
    size = struct.calcsize(form)
    return lambda c: struct.unpack(form, c.take(size))[0]


_PRIMITIVES: dict[str, _Reader] = {
    "null": lambda c: None,
    "boolean": lambda c: c.take(1) == b"\x01",
    "int": _long,
    "long": _long,
    "float": _number("<f"),
    "double": _number("<d"),
    "bytes": _bytes,
    "string": lambda c: _bytes(c).decode(),
}


def _union(readers: list[_Reader]) -> _Reader:
    return lambda c: readers[_long(c)](c)


def _array(read: _Reader) -> _Reader:
    def array(cursor: _Cursor) -> list[Any]:
        found: list[Any] = []
        for _ in _counted(cursor):
            found.append(read(cursor))
        return found

    return array


def _map(read: _Reader) -> _Reader:
    return lambda cursor: {_bytes(cursor).decode(): read(cursor) for _ in _counted(cursor)}


def _counted(cursor: _Cursor) -> Iterator[int]:
    """One for each item of all blocks."""
    for count in _blocks(cursor):
        yield from range(count)


def _blocks(cursor: _Cursor) -> Iterator[int]:
    """How many items each block has; a negative count is followed by the size of the block."""
    while count := _long(cursor):
        if count < 0:
            count = -count
            _long(cursor)
        yield count
