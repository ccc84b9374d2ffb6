"""A file that was delivered without its header: its first row, which engines take for one, is in no message."""

from __future__ import annotations

import pytest

from mesh_jobs.domain import rules as r
from mesh_jobs.domain.errors import BadInput
from mesh_jobs.domain.table import Column, Field
from support.bench import Bench, check, protected, source, table
from support.sources import ID, refused

EMAIL = Field("email", "string")


def test_none_of_its_values_is_named(bench: Bench) -> None:
    assert refused(bench, "1,alice@secret.example,2024-01-01\n", ID, EMAIL) == (
        "landing/orders.csv: column id is missing (1 more: email); none of the 3 columns that the file names is "
        "declared: is its header missing?"
    )


@pytest.mark.parametrize("fields", [(), (ID, EMAIL)])
def test_nor_one_that_is_twice_in_it(bench: Bench, fields: tuple[Field, ...]) -> None:
    assert refused(bench, "alice@secret.example,1,alice@secret.example\n", *fields) == (
        "landing/orders.csv: the header names the column twice, as number 1 and 3"
    )


def test_nor_by_the_rules_and_checks_of_a_table_with_protected_columns(bench: Bench) -> None:
    content = "1,alice@secret.example,x\n2,bob@secret.example,y\n"
    rows = bench.engine.read_files(source(), [bench.file("a.csv", content)])
    contact = (Column("contact", "contact", "string"),)
    for clean, says in (
        (table(r.Lower("1", ("email",)), protected=protected("email")), "rule 1 needs the column email"),
        (table(checks=(check("nullValues", "email"),), protected=protected("email")), "check nullValues.email needs"),
        (table(columns=contact, protected=protected("contact")), "the column contact is promised"),
    ):
        with pytest.raises(BadInput, match=says) as raised:
            bench.save(clean, {"rows": rows})
        assert "secret" not in str(raised.value)
        assert str(raised.value).endswith("3 more")


def test_columns_that_plan_and_contract_name_are_told_all_the_same(bench: Bench) -> None:
    rows = bench.engine.read_files(source(), [bench.file("a.csv", "id,email,channel\n1,alice@secret.example,web\n")])
    told = []
    for kept in (protected("email"), ()):
        clean = table(r.Lower("1", ("chanel",)), protected=kept, primary_key=("id",))
        with pytest.raises(BadInput) as raised:
            bench.save(clean, {"rows": rows})
        told.append(str(raised.value))
    assert told == [
        "table clean: rule 1 needs the column chanel; there are id, email, 1 more",
        "table clean: rule 1 needs the column chanel; there are id, email, channel",
    ]


def test_keys_of_json_that_are_not_declared_are_counted(bench: Bench) -> None:
    assert refused(bench, '[{"id": "1", "alice@secret.example": 1}]', ID, EMAIL, name="a.json", format="json") == (
        "landing/a.json: column email is in no record; the first one has id, 1 more, not declared"
    )
