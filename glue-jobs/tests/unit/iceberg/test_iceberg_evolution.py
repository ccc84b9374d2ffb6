"""Schema evolution: the shared fixtures, and laws that hold for any change."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import strategies as st

from mesh_jobs.adapters.iceberg.evolution import Shape, domain_type, evolve, reshape
from mesh_jobs.domain.errors import SchemaConflict
from mesh_jobs.domain.table import Column, Field, ListType, MapType, StructType, Type
from support.examples import holds, tried

FIXTURES = Path(__file__).parents[2] / "fixtures" / "evolution"
CASES = [case for file in sorted(FIXTURES.glob("*.json")) for case in json.loads(file.read_text())]


def plan_type(kind: Any) -> Type:
    if isinstance(kind, str):
        return kind
    if kind["kind"] == "list":
        return ListType(plan_type(kind["element"]))
    if kind["kind"] == "map":
        return MapType(plan_type(kind["key"]), plan_type(kind["value"]))
    return StructType(tuple((f["name"], plan_type(f["type"])) for f in kind["fields"]))


def columns(change: dict[str, Any]) -> list[Column]:
    return [
        Column(c["id"], c["name"], plan_type(c["type"]), c["required"], description=c.get("description"))
        for c in change["columns"]
    ]


def test_there_are_at_least_thirty_cases_with_names_of_their_own() -> None:
    assert len(CASES) >= 30
    assert len({case["name"] for case in CASES}) == len(CASES)


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_evolution(case: dict[str, Any]) -> None:
    before = case["before"]
    shape = Shape(tuple(before["fields"]), before["fieldIds"], before["lastColumnId"])
    if "refuse" in case:
        with pytest.raises(SchemaConflict) as refused:
            evolve(shape, columns(case["change"]), has_rows=before["rows"])
        for text in case["refuse"]:
            assert text in str(refused.value)
        assert len(str(refused.value).splitlines()) == len(case["refuse"])
        assert refused.value.remedy is not None
        assert "new major version" in refused.value.remedy
        return
    after = evolve(shape, columns(case["change"]), has_rows=before["rows"])
    expected = case["after"]
    assert list(after.fields) == expected["fields"]
    assert after.field_ids == expected["fieldIds"]
    assert after.last_column_id == expected["lastColumnId"]


# -- laws

primitives = st.sampled_from(["boolean", "int", "long", "float", "double", "date", "string", "decimal(9, 2)"])
names = st.text("abAB/~. ü", min_size=1, max_size=3)


def structs(inner: st.SearchStrategy[Type]) -> st.SearchStrategy[Type]:
    fields = st.lists(st.tuples(names, inner), min_size=1, max_size=3, unique_by=lambda f: f[0])
    return fields.map(lambda fs: StructType(tuple(fs)))


types: st.SearchStrategy[Type] = st.recursive(
    primitives,
    lambda inner: st.one_of(inner.map(ListType), st.builds(MapType, primitives, inner), structs(inner)),
    max_leaves=6,
)
tables = st.lists(
    st.builds(Column, id=names, name=names, type=types, required=st.booleans()),
    min_size=1,
    max_size=5,
    unique_by=(lambda c: c.id, lambda c: c.name.lower()),
)


def all_ids(kind: Any) -> list[int]:
    if isinstance(kind, str):
        return []
    if kind["type"] == "list":
        return [kind["element-id"], *all_ids(kind["element"])]
    if kind["type"] == "map":
        return [kind["key-id"], kind["value-id"], *all_ids(kind["key"]), *all_ids(kind["value"])]
    return [i for f in kind["fields"] for i in (f["id"], *all_ids(f["type"]))]


def ids_of(shape: Shape) -> list[int]:
    return [i for f in shape.fields for i in (f["id"], *all_ids(f["type"]))]


@tried(25, 200)
def test_every_field_of_a_new_table_has_an_id_of_its_own_that_is_recorded(examples: int) -> None:
    @holds(examples, tables)
    def _(wanted: list[Column]) -> None:
        shape = evolve(Shape(), wanted, has_rows=False)
        ids = ids_of(shape)
        assert sorted(ids) == list(range(1, len(ids) + 1))
        assert shape.last_column_id == len(ids)
        assert sorted((shape.field_ids or {}).values()) == sorted(ids)
        assert [domain_type(f["type"]) for f in shape.fields] == [c.type for c in wanted]


@tried(25, 200)
def test_the_same_columns_again_change_nothing(examples: int) -> None:
    @holds(examples, tables)
    def _(wanted: list[Column]) -> None:
        shape = evolve(Shape(), wanted, has_rows=False)
        assert evolve(shape, wanted, has_rows=True) == shape


@tried(25, 200)
def test_a_change_that_is_accepted_keeps_every_id_and_every_column(examples: int) -> None:
    @holds(examples, tables, tables)
    def _(first: list[Column], second: list[Column]) -> None:
        before = evolve(Shape(), first, has_rows=False)
        try:
            after = evolve(before, second, has_rows=True)
        except SchemaConflict:
            return
        assert (before.field_ids or {}).items() <= (after.field_ids or {}).items()
        assert after.last_column_id >= before.last_column_id
        assert set(ids_of(before)) <= set(ids_of(after))
        assert len(set(ids_of(after))) == len(ids_of(after))


@tried(25, 200)
def test_new_optional_columns_and_any_order_are_always_accepted(examples: int) -> None:
    @holds(examples, tables, tables, st.permutations(range(5)))
    def _(first: list[Column], more: list[Column], order: list[int]) -> None:
        before = evolve(Shape(), first, has_rows=False)
        extra = [Column(f"new {i}", f"new {i}", c.type) for i, c in enumerate(more)]
        wanted = [c for _, c in sorted(zip([*order, *order], [*first, *extra], strict=False), key=lambda pair: pair[0])]
        after = evolve(before, wanted, has_rows=True)
        assert set(ids_of(before)) <= set(ids_of(after))


# -- internal tables


def test_an_internal_table_may_drop_a_column() -> None:
    shape = reshape(Shape(), [Field("a", "int"), Field("b", "int")], replace=False)
    after = reshape(shape, [Field("b", "int")], replace=False)
    assert [f["name"] for f in after.fields] == ["b"]
    assert after.field_ids == {"b": 2}


def test_an_internal_column_of_another_type_is_a_new_column_when_all_rows_are_replaced() -> None:
    shape = reshape(Shape(), [Field("a", "int"), Field("b", ListType("int"))], replace=True)
    after = reshape(shape, [Field("a", "string"), Field("b", ListType("long"))], replace=True)
    assert [(f["id"], f["name"]) for f in after.fields] == [(4, "a"), (2, "b")]


def test_an_internal_column_of_another_type_is_a_conflict_when_rows_stay() -> None:
    shape = reshape(Shape(), [Field("a", "int")], replace=True)
    with pytest.raises(SchemaConflict, match="column a is int and would become string") as conflict:
        reshape(shape, [Field("a", "string")], replace=False)
    assert conflict.value.remedy is not None
    assert "--mode full" in conflict.value.remedy


def test_an_internal_column_that_comes_back_does_not_bring_old_values_with_it() -> None:
    first = reshape(Shape(), [Field("a", "int"), Field("b", "int")], replace=True)
    second = reshape(first, [Field("b", "int")], replace=False)
    third = reshape(second, [Field("a", "int"), Field("b", "int")], replace=False)
    assert [(f["id"], f["name"]) for f in third.fields] == [(3, "a"), (2, "b")]


def test_internal_columns_are_optional_whatever_the_contract_says() -> None:
    shape = reshape(Shape(), [Column("a", "a", "int", required=True)], replace=True)
    assert [f["required"] for f in shape.fields] == [False]


@tried(25, 200)
def test_an_internal_table_takes_any_columns_when_its_rows_are_replaced(examples: int) -> None:
    @holds(examples, tables, tables)
    def _(first: list[Column], second: list[Column]) -> None:
        before = reshape(Shape(), first, replace=True)
        after = reshape(before, second, replace=True)
        assert [domain_type(f["type"]) for f in after.fields] == [c.type for c in second]
        assert len(set(ids_of(after))) == len(ids_of(after))
