"""Whatever the rows and the rules, DuckDB counts and keeps what the plain Python engine does, to the row."""

from __future__ import annotations

import hashlib
import hmac
import tempfile
import uuid
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import strategies as st

from mesh_jobs.adapters.duckdb.casts import strict_cast
from mesh_jobs.adapters.duckdb.session import SMALL_INPUT, Relation
from mesh_jobs.adapters.inmemory.casts import Misfit, cast
from mesh_jobs.adapters.inmemory.engine import MemoryEngine
from mesh_jobs.adapters.inmemory.raw_zone import MemoryRawZone
from mesh_jobs.adapters.inmemory.tables import MemoryTableStore
from mesh_jobs.domain import rules as r
from mesh_jobs.domain.table import Field
from mesh_jobs.ports.engine import Prepared, Target
from support.bench import KEY, NOW, Bench, check, on_duckdb, protected, table
from support.examples import holds, tried

FUNCTIONS = {
    "channel <> 'b'": lambda row: row["channel"] is not None and row["channel"] != "b",
    "n > '1'": lambda row: row["n"] is not None and str(row["n"]) > "1",
    "concat(channel, '!')": lambda row: None if row["channel"] is None else row["channel"] + "!",
}
FIELDS = tuple(Field(n, "string") for n in ("id", "n", "amount", "channel"))

rows = st.lists(
    st.fixed_dictionaries(
        {
            "id": st.sampled_from(["k1", "k2", "k3", None]),
            "n": st.sampled_from(["1", "2", "10", "1.5", "x", "", None]),
            "amount": st.sampled_from(["1.00", "1.005", "99999", "-3", " 2 ", None]),
            "channel": st.sampled_from(["a", "b", " B", "ß", "C\t", "", None]),
        }
    ),
    max_size=12,
)
rules = st.lists(
    st.sampled_from(
        [
            lambda i: r.Trim(i, ("channel",)),
            lambda i: r.Lower(i, ("channel",)),
            lambda i: r.Upper(i, ("channel",)),
            lambda i: r.Filter(i, "channel <> 'b'", "not wanted"),
            lambda i: r.Filter(i, "n > '1'", "too small"),
            lambda i: r.Derive(i, (("channel", "concat(channel, '!')"),)),
            lambda i: r.FillNull(i, (("channel", "z"),)),
            lambda i: r.MapValues(i, "channel", (("a", "web"), ("b", None)), "keep"),
            lambda i: r.MapValues(i, "channel", (("a", "web"), ("b", "app")), "null"),
            lambda i: r.MapValues(i, "channel", (("a", "web"), ("web", "web")), "remove"),
            lambda i: r.MapValues(i, "channel", (("a", "web"), ("b", "app")), "quarantine"),
            lambda i: r.Deduplicate(i, ("id",), None),
            lambda i: r.Deduplicate(i, ("id",), "n"),
            lambda i: r.Deduplicate(i, ("id", "channel"), None),
            lambda i: r.Upsert(i, ("id",)),
            lambda i: r.Cast(i, (Field("amount", "decimal(5, 2)"),), "quarantine"),
            lambda i: r.Cast(i, (Field("amount", "decimal(5, 2)"),), "null"),
        ]
    ),
    max_size=5,
)
checks = st.lists(
    st.sampled_from(
        [
            lambda i, a: check("nullValues", "id", id=i, action=a),
            lambda i, a: check("nullValues", "n", "channel", id=i, action=a),
            lambda i, a: check("missingValues", "n", id=i, action=a, missingValues=["", "x", None]),
            lambda i, a: check("invalidValues", "channel", id=i, action=a, validValues=["a", "web", "z"]),
            lambda i, a: check("invalidValues", "n", id=i, action=a, pattern="^[0-9]+$", maxLength=1),
            lambda i, a: check("duplicateValues", "id", id=i, action=a),
            lambda i, a: check("duplicateValues", "id", "channel", id=i, action=a),
        ]
    ),
    max_size=4,
)
actions = st.lists(st.sampled_from(["alert", "quarantine_rows"]), min_size=4, max_size=4)


@pytest.fixture(scope="module")
def one() -> Iterator[Bench]:
    with tempfile.TemporaryDirectory() as folder:
        found = on_duckdb(Path(folder), threads=1)
        yield found
        found.engine.close()


def counted(prepared: Prepared) -> tuple[Any, ...]:
    measured = prepared.measured
    losses = {}
    for x in measured.losses:
        if x.rows:
            losses[x.rule, x.kind] = losses.get((x.rule, x.kind), 0) + x.rows
    return measured.rows_in, losses, [(m.rule, m.rows, m.failing) for m in measured.measurements]


def plain(found: Any) -> list[str]:
    return sorted(str({k: str(v) if isinstance(v, Decimal) else v for k, v in row.items()}) for row in found)


@tried(20, 200)
def test_rules_and_checks_lose_and_keep_the_same_rows(one: Bench, examples: int) -> None:
    @holds(examples, rows, rules, checks, actions, st.booleans())
    def _(rows: list[dict[str, Any]], rules: list[Any], checks: list[Any], actions: list[str], large: bool) -> None:
        lose_and_keep_the_same(one, rows, rules, checks, actions, large)


def lose_and_keep_the_same(
    one: Bench, rows: list[dict[str, Any]], rules: list[Any], checks: list[Any], actions: list[str], large: bool
) -> None:
    made = table(
        *(make(f"rows.{i}") for i, make in enumerate(rules)),
        checks=tuple(make(f"check.{i}", actions[i]) for i, make in enumerate(checks)),
    )
    oracle = MemoryEngine(MemoryTableStore(), MemoryRawZone(), FUNCTIONS, KEY)
    expected = oracle.prepare(made, {"rows": oracle.from_rows(FIELDS, rows)})
    given_rows = one.engine.from_rows(FIELDS, rows)
    assert isinstance(given_rows, Relation)
    # Large inputs are staged in files, and their checks are planned in another way.
    found = one.engine.prepare(made, {"rows": replace(given_rows, size=SMALL_INPUT if large else 0)})
    assert counted(found) == counted(expected)
    assert plain(one.rows(one.engine.dataset(found))) == plain(oracle.rows(oracle.dataset(expected)))


@tried(7, 60)
def test_what_comes_in_goes_out_or_to_the_quarantine_or_is_removed(one: Bench, examples: int) -> None:
    @holds(examples, rows)
    def _(rows: list[dict[str, Any]]) -> None:
        all_accounted_for(one, rows)


def all_accounted_for(one: Bench, rows: list[dict[str, Any]]) -> None:
    made = table(
        r.Deduplicate("rows.0", ("id",), None),
        r.Cast("rows.1", (Field("n", "int"), Field("amount", "decimal(5, 2)")), "quarantine"),
        r.Filter("rows.2", "channel <> 'b'", "not wanted"),
        checks=(check("nullValues", "channel", "id", action="quarantine_rows"),),
        protected=protected("channel"),
    )
    prepared = one.engine.prepare(made, {"rows": one.engine.from_rows(FIELDS, rows)})
    run = f"run-{uuid.uuid4()}"
    saved = one.engine.save(made, prepared, Target(made.physical, "replace", run, NOW))
    removed = sum(x.rows for x in prepared.measured.losses if x.kind == "removed")
    quarantined = sum(x.rows for x in prepared.measured.losses if x.kind == "quarantined")
    assert saved.quarantined == quarantined
    assert prepared.measured.rows_in == len(rows) == saved.rows_out + quarantined + removed
    assert saved.rows_total == saved.rows_out == len(one.rows(made.physical))
    assert one.engine.save(made, prepared, Target(made.physical, "replace", run, NOW)) == saved


@tried(5, 40)
def test_a_hash_is_the_hmac_of_the_text(one: Bench, examples: int) -> None:
    @holds(examples, st.lists(st.text(), max_size=25))
    def _(values: list[str]) -> None:
        texts = [value.replace("\0", "") for value in values]
        given_rows = one.engine.from_rows((Field("v", "string"),), [{"v": v} for v in (*texts, None)])
        prepared = one.engine.prepare(table(r.Hash("rows.0", ("v",))), {"rows": given_rows})
        found = [row["v"] for row in one.rows(one.engine.dataset(prepared))]
        hashed = [hmac.new(KEY, text.encode(), hashlib.sha256).hexdigest() for text in texts]
        assert sorted(found, key=str) == sorted([*hashed, None], key=str)


@pytest.mark.ci
def test_a_text_casts_whole_or_not_at_all(one: Bench) -> None:
    kinds = st.sampled_from(["int", "long", "decimal(5, 2)", "decimal(12, 0)", "boolean"])

    @holds(300, st.text("0123456789+-.eE _x", max_size=8), kinds)
    def _(text: str, kind: str) -> None:
        try:
            expected = cast(text, kind)
        except Misfit:
            expected = None
        sql = strict_cast("v", "VARCHAR", kind).value
        row = one.engine._session.db.execute(f"SELECT {sql} FROM (SELECT $1::VARCHAR AS v)", [text]).fetchone()
        assert row is not None
        assert row[0] == expected
