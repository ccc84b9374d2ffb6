"""Files that are packed and damaged are told as what they are."""

from __future__ import annotations

import gzip
import random
from collections.abc import Callable

import pytest
import zstandard

from mesh_jobs.domain.errors import BadInput, MeshError
from mesh_jobs.domain.table import Field
from support.bench import Bench, source

ROWS = [(str(n), f"name{random.Random(n).random()}") for n in range(2000)]
CSV = "\n".join(["id,email", *(",".join(row) for row in ROWS)]).encode()
JSON = "\n".join(f'{{"id": "{id}", "email": "{email}"}}' for id, email in ROWS).encode()


@pytest.mark.parametrize(("pack", "end"), [(gzip.compress, "gz"), (zstandard.ZstdCompressor().compress, "zst")])
@pytest.mark.parametrize(("format", "content"), [("csv", CSV), ("json", JSON)])
def test_a_packed_file_that_is_damaged_behind_its_beginning_is_named(
    duck: Bench, format: str, content: bytes, pack: Callable[[bytes], bytes], end: str
) -> None:
    packed = bytearray(pack(content))
    packed[len(packed) * 2 // 3 :] = bytes(reversed(packed[len(packed) * 2 // 3 :]))
    file = duck.file(f"a.{format}.{end}", bytes(packed))
    # All bytes are looked at where not every column is read.
    with pytest.raises(MeshError, match=rf"landing/a\.{format}\.{end}: "):
        duck.read(source(Field("id", "string"), format=format), file)


def test_a_packed_file_that_is_cut_off_is_bad_input(duck: Bench) -> None:
    packed = gzip.compress(JSON)
    file = duck.file("a.json.gz", packed[: len(packed) // 2])
    with pytest.raises(BadInput, match=r"landing/a\.json\.gz: cannot be unpacked or read"):
        duck.read(source(Field("id", "string"), format="json"), file)
