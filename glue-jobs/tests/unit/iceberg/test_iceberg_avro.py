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


def pairs(values: str, field_id: int) -> dict[str, Any]:
    """Figures by column, as manifests have them: an optional list of keys and values."""
    kinds = [{"name": "key", "type": "int"}, {"name": "value", "type": values}]
    items = {"type": "record", "name": f"k{field_id}", "fields": kinds}
    return {"name": values, "type": ["null", {"type": "array", "items": items}], "field-id": field_id}


ENTRY = {
    "type": "record",
    "name": "entry",
    "fields": [
        {"name": "path", "type": "string", "field-id": 1},
        pairs("long", 2),
        pairs("bytes", 3),
        {"name": "flag", "type": ["null", "boolean"], "field-id": 4},
        {"name": "offsets", "type": {"type": "array", "items": "long"}, "field-id": 5},
        {"name": "rows", "type": "long", "field-id": 6},
    ],
}
LEFT_OUT = (2, 3, 5)
numbers = st.lists(st.integers(-(2**63), 2**63 - 1), max_size=5)
texts = st.lists(st.binary(max_size=200), max_size=5)


def entry(longs: list[int], raws: list[bytes], several: bool) -> bytes:
    """Lists in one block, or each item in a block of its own that says how long it is."""

    def listed(items: list[bytes]) -> bytes:
        blocks = [whole(-1) + text(item) for item in items] if several else [whole(len(items)), *items] if items else []
        return b"".join(blocks) + whole(0)

    figures = listed([whole(n) + whole(value) for n, value in enumerate(longs)])
    bounds = listed([whole(n) + text(raw) for n, raw in enumerate(raws)])
    offsets = listed([whole(value) for value in longs])
    return text("a") + whole(1) + figures + whole(1) + bounds + whole(1) + b"\x01" + offsets + whole(len(longs))


@given(numbers, texts, st.booleans())
def test_what_nobody_wants_is_passed_over(longs: list[int], raws: list[bytes], several: bool) -> None:
    content = file(ENTRY, (2, entry(longs, raws, several) * 2))
    wanted = {"path": "a", "flag": True, "rows": len(longs)}
    assert list(records(content, LEFT_OUT)) == [{**wanted, "long": None, "bytes": None, "offsets": None}] * 2
    made = {"long": [{"key": n, "value": value} for n, value in enumerate(longs)], "offsets": longs}
    made |= {"bytes": [{"key": n, "value": raw} for n, raw in enumerate(raws)]}
    assert list(records(content)) == [{**wanted, **made}] * 2


@given(numbers, texts, st.integers(1, 2000))
def test_what_is_cut_off_where_nobody_reads_is_found_out(longs: list[int], raws: list[bytes], cut: int) -> None:
    one = entry([*longs, 1], [*raws, b"abc"], several=False)
    with pytest.raises(NoAvro):
        list(records(file(ENTRY, (1, one[: -(1 + cut % len(one))])), LEFT_OUT))
    for many in (2**30, 2**62):
        damaged = text("a") + whole(1) + whole(many) + b"\x02" * 100
        with pytest.raises(NoAvro):
            list(records(file(ENTRY, (1, damaged)), LEFT_OUT))


def test_what_it_cannot_read_it_says() -> None:
    with pytest.raises(NoAvro, match="packed with snappy; null and deflate can be read"):
        list(records(file("long", (1, b""), codec="snappy")))
    with pytest.raises(NoAvro, match="a block does not end where it should"):
        list(records(file("long", (1, whole(7)))[:-1] + b"?"))
    for junk in (b"", b"Obj", b"PAR1 and so on", b"Obj\x01\x02"):
        with pytest.raises(NoAvro):
            list(records(junk))
