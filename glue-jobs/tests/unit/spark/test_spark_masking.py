"""Neither the masking key nor a row's value is where Spark shows or logs what it does."""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import io
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import functions as F
from pyspark.sql import types as t

from mesh_jobs.adapters.spark.masking import masked
from mesh_jobs.adapters.spark.session import Session
from mesh_jobs.domain import rules as r
from mesh_jobs.domain.errors import BadInput
from support.bench import protected, table
from support.sides import Sides, sides_in
from support.spark import spark

KEY = b"not-to-be-seen-anywhere-32-bytes"


@pytest.fixture(scope="module")
def sides(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sides]:
    found = sides_in(tmp_path_factory.mktemp("masking"))
    yield found
    found.close()


def shown_by_spark(frame: Any) -> str:
    """Plans in every form, generated code, and what the UI and the event log have of all queries so far."""
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        for mode in ("extended", "formatted", "codegen", "cost"):
            frame.explain(mode)
    queries: Any = spark()._jsparkSession.sharedState().statusStore().executionsList()
    for i in range(queries.size()):
        out.write(queries.apply(i).physicalPlanDescription() + queries.apply(i).details())
    return out.getvalue()


@pytest.mark.parametrize("key", [KEY, KEY * 3], ids=["short", "longer than a block"])
def test_hashes_are_hmac_sha256_and_their_key_is_in_no_plan(key: bytes, tmp_path: Path) -> None:
    session = Session(spark(), tmp_path.as_uri(), lambda: key)
    rows = spark().createDataFrame([("ü", 7), (None, None)], "word string, n int")
    hashes = [F.expr(masked(session, c, rows.schema[c].dataType, "hash")) for c in ("word", "n")]
    frame = rows.select(*hashes)
    mac = [hmac.new(key, text, hashlib.sha256).hexdigest() for text in ("ü".encode(), b"7")]
    assert {tuple(row) for row in frame.collect()} == {tuple(mac), (None, None)}
    seen = shown_by_spark(frame)
    assert "sha2" in seen
    block = hashlib.sha256(key).digest() if len(key) > 64 else key
    for secret in (block, *(bytes(b ^ pad for b in block) for pad in (0x36, 0x5C))):
        assert secret.hex().lower() not in seen.lower()
        assert secret.decode("latin-1") not in seen
        assert ", ".join(str(b - 256 if b > 127 else b) for b in secret[:8]) not in seen
    session.close()


def test_redaction_leaves_stars_for_text_and_nothing_else(tmp_path: Path) -> None:
    session = Session(spark(), tmp_path.as_uri(), KEY)
    types = {"word": t.StringType(), "n": t.IntegerType(), "day": t.DateType()}
    rows = spark().createDataFrame([("x", 7, date(2026, 1, 1)), (None, None, None)], "word string, n int, day date")
    redacted = rows.select(*(F.expr(masked(session, c, type_, "redact")).alias(c) for c, type_ in types.items()))
    assert [tuple(row) for row in redacted.collect()] == [("***", None, None), (None, None, None)]
    assert {f.name: f.dataType for f in redacted.schema} == types
    session.close()


def test_a_value_that_fails_is_in_no_message_and_in_no_log(sides: Sides) -> None:
    given = sides.given("word VARCHAR", [["'tell-nobody'"]])
    made = table(r.Derive("1", (("n", "CAST(word AS INT)"),)), r.Filter("2", "n > 1", "x"), protected=protected("Word"))
    with pytest.raises(BadInput, match="an expression failed on a value; it is not shown") as caught:
        sides.spark.prepare(made, {"rows": given[1]})
    assert "tell-nobody" not in str(caught.value)
    log = Path(spark().conf.get("spark.local.dir") or "").with_name("spark.log")
    assert log.exists()
    assert "tell-nobody" not in log.read_text()
