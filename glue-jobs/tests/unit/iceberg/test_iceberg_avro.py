"""Avro files are read as the specification says, and no damaged one is taken for a whole one."""

from __future__ import annotations

import json
import struct
import zlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mesh_jobs.adapters.iceberg.avro import NoAvro, records

MARK = b"0123456789abcdef"


def whole(value: int) -> bytes:
    """A number as Avro writes it: https://avro.apache.org/docs/1.11.1/specification/#binary-encoding"""
    value, out = (value << 1) ^ (value >> 63), b""
    while value >= 0x80:
        out += bytes([value & 0x7F | 0x80])
        value >>= 7
    return out + bytes([value])


def text(value: str | bytes) -> bytes:
    raw = value.encode() if isinstance(value, str) else value
    return whole(len(raw)) + raw


def file(schema: Any, *blocks: tuple[int, bytes], codec: str | None = "deflate") -> bytes:
    head = {"avro.schema": json.dumps(schema)} | ({"avro.codec": codec} if codec else {})
    out = b"Obj\x01" + whole(len(head)) + b"".join(text(k) + text(v) for k, v in head.items()) + whole(0) + MARK
    for count, content in blocks:
        if codec == "deflate":
            packer = zlib.compressobj(wbits=-15)
            content = packer.compress(content) + packer.flush()
        out += whole(count) + text(content) + MARK
    return out


RECORD = {
    "type": "record",
    "name": "r",
    "fields": [
        {"name": "i", "type": "int"},
        {"name": "t", "type": ["null", "string"]},
        {"name": "d", "type": {"type": "double"}},
        {"name": "f", "type": "float"},
        {"name": "b", "type": "boolean"},
        {"name": "x", "type": {"type": "fixed", "name": "two", "size": 2}},
        {"name": "y", "type": "two"},
        {"name": "e", "type": {"type": "enum", "name": "side", "symbols": ["left", "right"]}},
        {"name": "m", "type": {"type": "map", "values": "long"}},
        {"name": "a", "type": {"type": "array", "items": "bytes", "logicalType": "map"}},
    ],
}


def test_every_type_is_read() -> None:
    one = (
        whole(-3)
        + whole(1)
        + text("é")
        + struct.pack("<d", 2.5)
        + struct.pack("<f", 0.5)
        + b"\x01"
        + b"abcd"
        + whole(1)
        + (whole(1) + text("k") + whole(2**40) + whole(0))
        # A block with a negative count says how long it is.
        + (whole(-2) + whole(4) + text(b"p") + text(b"q") + whole(1) + text(b"r") + whole(0))
    )
    expected = {"i": -3, "t": "é", "d": 2.5, "f": 0.5, "b": True, "x": b"ab", "y": b"cd", "e": "right"}
    expected |= {"m": {"k": 2**40}, "a": [b"p", b"q", b"r"]}
    for codec in ("deflate", "null", None):
        assert list(records(file(RECORD, (1, one), (2, one + one), codec=codec))) == [expected] * 3


@given(st.lists(st.integers(-(2**63), 2**63 - 1)))
def test_numbers_of_any_size_are_read(values: list[int]) -> None:
    assert list(records(file("long", (len(values), b"".join(map(whole, values)))))) == values


@given(st.integers(0, 10_000))
def test_a_file_that_is_cut_off_is_no_file(at: int) -> None:
    content = file({"type": "array", "items": "string"}, *[(1, whole(2) + text("ab") + text("c") + whole(0))] * 3)
    cut = content[: at % len(content)]
    if cut.endswith(MARK):
        assert len(list(records(cut))) == cut.count(MARK) - 1, "between two blocks, which no reader can tell"
        return
    with pytest.raises(NoAvro):
        list(records(cut))


def test_what_it_cannot_read_it_says() -> None:
    with pytest.raises(NoAvro, match="packed with snappy; null and deflate can be read"):
        list(records(file("long", (1, b""), codec="snappy")))
    with pytest.raises(NoAvro, match="a block does not end where it should"):
        list(records(file("long", (1, whole(7)))[:-1] + b"?"))
    for junk in (b"", b"Obj", b"PAR1 and so on", b"Obj\x01\x02"):
        with pytest.raises(NoAvro):
            list(records(junk))
