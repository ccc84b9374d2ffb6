"""Proofs on data: without the clearance one sees masked values only, and nobody meets a real one by the way."""

from __future__ import annotations

import hashlib
import hmac
import json
from typing import Any

import pytest

from mesh_jobs.adapters.files.masking_key import masking_key
from support.local import InProcess, LocalMesh
from support.plans import check, column, document, field, source, table

HEAD = "order_id,amount,email,phone,born,note,address,customer"
GOOD = ("o1", "5", "ada.lovelace@x.org", "02079460001", "1815-12-10", "remember-the-milk", "Main-Street-1", "C-4711")
BAD = ("o2", "-5", "grace.hopper@x.org", "02079460002", "1906-12-09", "nobody-told", "Side-Street-2", "C-4712")
UNREADABLE = (
    "o3",
    "much",
    "kathleen.booth@x.org",
    "02079460003",
    "1922-07-09",
    "never-mind",
    "Back-Street-3",
    "C-4713",
)

MASKED = {
    "email_token": "tokenise",
    "phone": "truncate",
    "born": "truncate",
    "note": "nullify",
    "address": "redact",
    "customer": "hash",
}


def plan() -> dict[str, Any]:
    """An e-mail address as it is, for roles with the clearance, and as a token, for all; and one of each masking."""
    secret = {"classification": "confidential"}
    columns = [
        column("order_id", required=True),
        column("amount", "int"),
        column("email", masking="none", **secret),
        *(column(name, "date" if name == "born" else "string", masking=how, **secret) for name, how in MASKED.items()),
    ]
    protected = [{"name": name, "masking": how} for name, how in {**MASKED, "email": "hash"}.items()]
    gold = table(
        "orders",
        "gold",
        ["shop"],
        columns=columns,
        primaryKey=["order_id"],
        protected=protected,
        rules=[{"kind": "derive", "id": "d", "columns": [{"name": "email_token", "expression": "email"}]}],
        checks=[
            check(
                "orders",
                "invalidValues",
                ["amount"],
                arguments={"minimum": 0},
                action="quarantine_rows",
                operator="mustBeLessThan",
                threshold=[5],
            )
        ],
    )
    fields = [field(n, {"amount": "int", "born": "date"}.get(n, "string")) for n in HEAD.split(",")]
    return document([source("shop", fields, onBadRecord="quarantine")], [gold])


@pytest.fixture(scope="module")
def mesh(tmp_path_factory: pytest.TempPathFactory) -> LocalMesh:
    made = InProcess(tmp_path_factory.mktemp("masking"))
    made.land("a.csv", "\n".join([HEAD, *(",".join(row) for row in (GOOD, BAD, UNREADABLE))]) + "\n")
    return made


@pytest.fixture(scope="module")
def said(mesh: LocalMesh) -> str:
    """All that a run says and leaves for people: progress, result, errors, announcements, documents, the run log."""
    ran = mesh.run(plan())
    assert (ran.code, ran.last.get("state")) == (0, "published"), ran.stderr + str(ran.last)
    kept = [*(mesh.state / "runs").rglob("*.json"), *mesh.state.glob("*.db*"), mesh.state / "events.jsonl"]
    return json.dumps(ran.events) + ran.stderr + b"".join(p.read_bytes() for p in kept).decode("latin-1")


def real_values(text: str) -> list[str]:
    return [v for row in (GOOD, BAD, UNREADABLE) for v in row[2:] if v in text]


def token(mesh: LocalMesh, value: str) -> str:
    return "tok_" + hmac.new(masking_key(mesh.state, "sales"), value.encode(), hashlib.sha256).hexdigest()[:32]


def test_no_real_value_is_in_what_a_run_says_or_leaves_for_people(said: str) -> None:
    assert "orders" in said
    assert real_values(said) == []


def test_a_role_without_the_clearance_sees_masked_values_only_and_one_with_it_the_real_one(
    mesh: LocalMesh, said: str
) -> None:
    (row,) = mesh.call("show", mesh.request(plan(), limit=10)).last["tables"][0]["rows"]
    # Its filter lists these: whatever is masked is of the class internal where it is published.
    seen = {name: row[name] for name in ("order_id", "amount", *MASKED)}
    assert real_values(json.dumps(seen)) == []
    key = masking_key(mesh.state, "sales")
    assert seen == {
        "order_id": "o1",
        "amount": 5,
        "email_token": token(mesh, GOOD[2]),
        "phone": "020***",
        "born": "1815-01-01",
        "note": None,
        "address": "***",
        "customer": hmac.new(key, GOOD[7].encode(), hashlib.sha256).hexdigest(),
    }
    assert row["email"] == GOOD[2]


def test_the_quarantine_is_masked_alike_for_whoever_looks_into_it(mesh: LocalMesh, said: str) -> None:
    found = mesh.call("quarantine", mesh.request(plan(), limit=10))
    assert real_values(json.dumps(found.events) + found.stderr) == []
    (bad,) = [r for r in found.last["rows"] if r["rule"] == "orders.amount.invalidValues"]
    assert bad["record"]["email_token"] == token(mesh, BAD[2])
    assert {bad["record"][name] for name in ("phone", "born", "note", "address")} == {"***"}
    assert len(found.last["rows"]) == 2


def test_the_key_is_nowhere_but_in_its_file(mesh: LocalMesh, said: str) -> None:
    secret, key = (mesh.state / "masking.key").read_bytes(), masking_key(mesh.state, "sales")
    files = {p: p.read_bytes() for p in mesh.state.rglob("*") if p.is_file()}
    assert [p.name for p, b in files.items() if secret in b or secret.hex().encode() in b] == ["masking.key"]
    assert [p.name for p, b in files.items() if key in b or key.hex().encode() in b] == []
