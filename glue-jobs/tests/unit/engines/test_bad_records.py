"""Records that cannot be read go to the quarantine; no protected value is ever said; on every engine."""

from __future__ import annotations

import pytest

from mesh_jobs.adapters.plan_json import plan_from_json
from mesh_jobs.domain.table import Field
from support import plans
from support.bench import Bench, check, protected, source, table
from support.sources import ID, N, refused


def test_bad_records_go_to_the_quarantine_as_a_loss_of_the_first_table(bench: Bench) -> None:
    content = "id,n\na,1\nb,x\nc\nd,4\n"
    rows = bench.engine.read_files(source(ID, N, on_bad_record="quarantine"), [bench.file("a.csv", content)])
    orders = table()
    prepared = bench.engine.prepare(orders, {"rows": rows})
    assert prepared.measured.rows_in == 4
    assert (
        sorted((x.rule, x.kind, x.rows) for x in prepared.measured.losses) == [("orders.record", "quarantined", 1)] * 2
    )
    saved = bench.save(orders, {"rows": rows})
    assert (saved.rows_out, saved.quarantined) == (2, 2)
    kept = sorted(bench.rows(orders.quarantine), key=lambda r: r["_mesh_row"])
    assert [(r["_mesh_file"], r["_mesh_row"], r["record"]) for r in kept] == [
        ("landing/a.csv", 2, '{"id":"b","n":"x"}'),
        ("landing/a.csv", 3, "c"),
    ]


BAD_LINE = b'{"id": "a", "n": 1}\n\n{"id": "caf\xe9", "n": 2}\n{"id": "b", "n": "x"}\n{"id": "c", "n": 4}\n'


def test_a_json_line_with_other_bytes_goes_to_the_quarantine_and_rows_after_it_keep_their_numbers(
    bench: Bench,
) -> None:
    how = source(ID, N, format="jsonl", on_bad_record="quarantine")
    rows = bench.engine.read_files(
        how, [bench.file("a.jsonl", BAD_LINE), bench.file("b.jsonl", '{"id": "d", "n": 5}\n')]
    )
    orders = table()
    saved = bench.save(orders, {"rows": rows})
    assert (saved.rows_out, saved.quarantined) == (3, 2)
    kept = sorted(bench.rows(orders.quarantine), key=lambda r: r["_mesh_row"])
    assert [(r["_mesh_row"], r["_mesh_reason"]) for r in kept] == [
        (2, "bytes that are not utf-8: the file has a different encoding"),
        (3, "column n is not a int"),
    ]


def test_a_json_line_with_other_bytes_is_named(bench: Bench) -> None:
    message = refused(bench, BAD_LINE, ID, N, name="a.jsonl", format="jsonl")
    assert "landing/a.jsonl: row 2, line 3: bytes that are not utf-8" in message
    assert "(and 1 more)" in message


def test_a_json_line_longer_than_can_be_read_is_named(bench: Bench) -> None:
    content = '{"id": "a"}\n{"id": "' + "x" * 9_000_000 + '"}\n'
    message = refused(bench, content, ID, name="a.jsonl", format="jsonl")
    assert "landing/a.jsonl: row 2: the line is longer than 8 MB" in message


@pytest.mark.parametrize(("kind", "what"), [("json", "record"), ("jsonl", "line")])
def test_a_record_of_one_size_is_too_long_in_documents_and_lines(bench: Bench, kind: str, what: str) -> None:
    records = ['{"id":"%s"}' % ("x" * (8 * 2**20 + more)) for more in (-64, 64)]
    how = source(ID, format=kind, on_bad_record="quarantine")
    rows = bench.engine.read_files(how, [bench.file(f"a.{kind}", "\n".join([*records, '{"id":"a"}']))])
    assert rows.bad_losses == (("orders.record", f"the {what} is longer than 8 MB", 1),)
    assert [len(r["id"]) for r in bench.rows(rows)] == [8 * 2**20 - 64, 1]


def test_rows_after_an_unreadable_record_keep_their_numbers(bench: Bench) -> None:
    rows = bench.engine.read_files(
        source(ID, N, on_bad_record="quarantine"), [bench.file("a.csv", "id,n\na\nb\nc,1\nd,\n")]
    )
    orders = table(checks=(check("nullValues", "n", action="quarantine_rows"),))
    bench.save(orders, {"rows": rows})
    assert sorted(r["_mesh_row"] for r in bench.rows(orders.quarantine)) == [1, 2, 4]


def with_protected_columns(bench: Bench) -> Bench:
    document = plans.document(
        [plans.source("orders", [plans.field("e_mail"), plans.field("n", "int")])],
        [
            plans.table(
                "clean",
                "silver",
                ["orders"],
                protected=[{"name": "email", "masking": "hash"}, {"name": "n", "masking": "redact"}],
                rules=[{"kind": "rename", "id": "clean.0.rename", "columns": [{"from": "e_mail", "to": "email"}]}],
            )
        ],
    )
    return bench.again(plan_from_json(document))


def test_a_protected_value_is_in_no_message(bench: Bench) -> None:
    bench = with_protected_columns(bench)
    message = refused(bench, "e_mail,n\na@shoply.com,secret\n", Field("e_mail", "string"), N)
    assert "row 1: column n is not a int" in message
    assert "secret" not in message


def test_a_record_of_protected_columns_is_masked_in_the_quarantine(bench: Bench) -> None:
    bench = with_protected_columns(bench)
    fields = (Field("e_mail", "string"), N)
    content = "e_mail,n\na@shoply.com,secret\nb@shoply.com\n"
    rows = bench.engine.read_files(source(*fields, on_bad_record="quarantine"), [bench.file("a.csv", content)])
    clean = table(name="clean", protected=protected("email", "n"))
    bench.save(clean, {"rows": rows})
    text = str(bench.rows(clean.quarantine))
    assert "shoply" not in text
    assert "secret" not in text
    assert "12 characters, not kept" in text
