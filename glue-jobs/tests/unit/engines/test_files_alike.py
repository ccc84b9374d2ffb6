"""Whatever is in a file, both engines read the same rows out of it and put the same records aside, for one reason."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from mesh_jobs.adapters.duckdb.session import Relation
from mesh_jobs.adapters.spark.rows import Rows
from mesh_jobs.domain.errors import MeshError
from mesh_jobs.domain.plan import FileSource
from mesh_jobs.domain.quarantine import FILE, REASON, RECORD, ROW
from mesh_jobs.domain.table import Field, ListType, MapType, StructType
from support.bench import Bench, on_duckdb, on_spark, source, table

pytestmark = pytest.mark.usefixtures("quick")

CELLS = ("a", "é", "1", "", " ", '"a"', '"a,b"', '""', '"a""b"', ' "a" ', 'a"b', "x;y", "\t")
#: What spans lines, and what no quote ends: how a reader goes on behind a broken record is not told.
ACROSS, BROKEN = (*CELLS, '"a\nb"', '"\n\n"'), ('"a"b,x', 'x,"a"b', '"a"" ,x')
VALUES = (
    *(None, 1, -1, 1.5, 1e7, 1e21, 1e-7, True, "x", "1", 'é\n"', [1, 2], {"a": 1.5}, [], {}, "", '{"a":1}', 0.1),
    *(12345678901234567890, "2024-01-01"),
)
#: Values as no program writes them, or as few do.
ODD = (
    *("1.50", "1e2", "1E400", "-0", "-0.0", "0.10", "12345678901234567.89", "1e-7", "100000000000000000000.5", "NaN"),
    *("01", "tru", '"\\u0041"', '"\\ud83d\\ude00"', "[1.50]", '{"k":1.50,"l":"1.5"}', "null", "[1,]"),
)
FIRST = '{"id":1,"n":1,"l":[1],"d":1,"m":1,"s":1}\n'

Found = tuple[dict[Any, Any], dict[Any, Any]]


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Bench, Bench]]:
    duck, spark = (on(tmp_path_factory.mktemp("alike")) for on in (on_duckdb, on_spark))
    yield duck, spark
    duck.engine.close()
    spark.engine.close()


def by_duckdb(bench: Bench, how: FileSource, name: str, content: str) -> Found | None:
    """Good and bad records by file and row; None where the file is refused as a whole."""
    try:
        rows = bench.engine.read_files(how, [bench.file(name, content)])
    except MeshError:
        return None
    assert isinstance(rows, Relation)
    session: Any = bench.engine._session  # type: ignore[attr-defined]
    names = ", ".join(f'"{c}"' for c, _ in rows.columns)
    good = session.all(f"SELECT _mesh_file, _mesh_row, {names} FROM {rows.at}")
    bad = session.all(f"SELECT {', '.join((FILE, ROW, REASON, RECORD))} FROM {rows.bad}") if rows.bad else []
    return {r[:2]: r[2:] for r in good}, {r[:2]: r[2:] for r in bad}


def by_spark(bench: Bench, how: FileSource, contents: dict[str, str]) -> Found:
    rows = bench.engine.read_files(how, [bench.file(name, content) for name, content in contents.items()])
    assert isinstance(rows, Rows)
    good = rows.frame.select(FILE, ROW, *(f.name for f in rows.fields)).collect()
    bad = [] if rows.bad is None else rows.bad.select(FILE, ROW, REASON, RECORD).collect()
    assert sum(n for _, _, n in rows.bad_losses) == len(bad)
    rows = (tuple(r.asDict(recursive=True).values()) for r in good)
    return {r[:2]: r[2:] for r in rows}, {tuple(r[:2]): tuple(r[2:]) for r in bad}


def assert_alike(both: tuple[Bench, Bench], how: FileSource, contents: Sequence[str]) -> None:
    """Spark reads all files at once, which are few jobs; DuckDB each by itself, since one file may be refused."""
    duck, spark = both
    kind, good, bad = how.file.format, {}, {}
    read: dict[str, str] = {}
    for i, content in enumerate(contents):
        found = by_duckdb(duck, how, f"{i}.{kind}", content)
        if found is not None:
            good |= found[0]
            bad |= found[1]
            read[f"{i}.{kind}"] = content
    assert len(read) > len(contents) * 0.6
    assert good
    assert bad
    other_good, other_bad = by_spark(spark, how, read)
    assert other_good == good
    assert other_bad == bad


#: How many files.
FILES = pytest.mark.parametrize("number", [4, pytest.param(80, marks=pytest.mark.soak)])


@FILES
@pytest.mark.parametrize(
    "way",
    [
        {},
        pytest.param({"delimiter": ";", "quote": "'", "escape": "'"}, marks=pytest.mark.ci),
        pytest.param({"header": False}, marks=pytest.mark.ci),
        pytest.param({"delimiter": ";"}, marks=pytest.mark.soak),
        pytest.param({"quote": "'", "escape": "'"}, marks=pytest.mark.soak),
    ],
)
def test_csv_is_read_alike(both: tuple[Bench, Bench], way: dict[str, Any], number: int) -> None:
    dice = random.Random(str(way))
    contents = []
    for n in range(number):
        cells = ACROSS if n % 2 else CELLS
        rows = [",".join(dice.choices(cells, k=dice.choice((1, 2, 2, 2, 2, 3, 4)))) for _ in range(dice.randint(1, 4))]
        if n % 4 == 0:
            rows.insert(dice.randint(0, len(rows)), dice.choice(BROKEN))
        end = dice.choice(("\n", "\r\n"))
        lines = [r.replace("\n", end) for r in rows if r]
        head = ["id,n"] if way.get("header", True) else ["first,1"]
        content = end.join([*head, *lines]) + dice.choice(("", end))
        contents.append(content.replace(",", way.get("delimiter", ",")).replace('"', way.get("quote", '"')))
    assert_alike(both, source(Field("id", "string"), Field("n", "string"), on_bad_record="quarantine", **way), contents)


@FILES
def test_json_lines_are_read_alike(both: tuple[Bench, Bench], number: int) -> None:
    dice = random.Random("json lines")
    contents = []
    for _ in range(number):
        lines = []
        for _ in range(4):
            members = [
                f"{json.dumps(key)}:{dice.choice(ODD) if dice.random() < 0.4 else json.dumps(dice.choice(VALUES))}"
                for key in ("id", "n", "l", "d", "m", "s")
                if dice.random() < 0.8
            ]
            line = "{" + dice.choice((", ", ",")).join(members) + dice.choice(("}", "}", "}", "} ", "} x", "}}", "},"))
            lines.append(dice.choice(("null", "1", "[]", '"x"', "{")) if dice.random() < 0.05 else line)
        contents.append(FIRST + dice.choice(("\n", "\r\n", "\n\n")).join(lines))
    kinds = {"id": "string", "n": "int", "l": ListType("double"), "d": "double", "m": "decimal(12, 4)", "s": "string"}
    fields = [Field(name, kind) for name, kind in kinds.items()]
    assert_alike(both, source(*fields, on_bad_record="quarantine", format="jsonl"), contents)


@pytest.mark.soak
def test_a_key_that_is_twice_in_a_map_is_a_misfit_of_its_record(both: tuple[Bench, Bench]) -> None:
    fields = (
        Field("n", MapType("int", "int")),
        Field("f", MapType("double", "int")),
        Field("deep", ListType(MapType("string", MapType("string", "int")))),
    )
    contents = [
        '{"n":{"1":1,"2":2},"f":{"1":1},"deep":[{"x":{"a":1}}]}',
        '{"n":{"1":1,"01":2},"f":{},"deep":[]}',
        '{"n":{},"f":{"0":1,"-0":2},"deep":[]}',
        '{"n":{},"f":{"nan":1,"NaN":2},"deep":[]}',
        '{"n":{},"f":{},"deep":[{"x":{"a":1,"a":2}}]}',
        '{"n":{},"f":{},"deep":[{"x":{}},{"x":{},"y":{},"x":{}}]}',
    ]
    how = source(*fields, on_bad_record="quarantine", format="jsonl")
    assert_alike(both, how, ["\n".join(contents)])
    good, bad = by_spark(both[1], how, {"maps.jsonl": "\n".join(contents)})
    assert [row for _, row in good] == [1]
    assert {row: reason.split()[1] for (_, row), (reason, _) in bad.items()} == {
        2: "n", 3: "f", 4: "f", 5: "deep", 6: "deep",
    }  # fmt: skip


@pytest.mark.soak
def test_a_record_or_a_struct_in_which_a_key_stands_twice_is_put_aside(both: tuple[Bench, Bench]) -> None:
    inner = StructType((("a", "int"), ("b", StructType((("c", "string"),)))))
    fields = (Field("id", "string"), Field("one", inner), Field("many", ListType(inner)))
    fields = (*fields, Field("by", MapType("string", inner)), Field("plain", ListType("int")))
    one, rest = '"id":"x","plain":[1]', '"many":[],"by":{}'
    contents = [
        f'{{{one},"one":{{"a":1,"b":{{"c":"x"}}}},"many":[{{"a":1}},{{"a":1}}],"by":{{"k":{{"a":1}},"a":{{"a":2}}}}}}',
        f'{{{one},"id":"x","one":null,{rest}}}',
        f'{{{one},"other":1,"other":2,"one":{{}},{rest}}}',
        f'{{{one},"\\u0069d":null,"one":{{}},{rest}}}',
        f'{{{one},"one":{{"a":1,"b":null,"a":1}},{rest}}}',
        f'{{{one},"one":{{"b":{{"c":"1","c":"2"}}}},{rest}}}',
        f'{{{one},"one":{{"b":{{"d":"1","d":"2"}}}},{rest}}}',
        f'{{{one},"one":null,"many":[{{"a":1}},null,{{"a":1,"b":{{}},"b":null}}],"by":null}}',
        f'{{{one},"one":null,"many":[],"by":{{"k":null,"l":{{"b":{{"c":"","c":""}}}}}}}}',
        f'{{{one},"one":"no","id":"y",{rest}}}',
    ]
    how = source(*fields, on_bad_record="quarantine", format="jsonl")
    assert_alike(both, how, ["\n".join(contents)])
    good, bad = by_spark(both[1], how, {"twice.jsonl": "\n".join(contents)})
    assert [row for _, row in good] == [1]
    assert {row: reason for (_, row), (reason, _) in bad.items() if not reason.startswith("column")} == dict.fromkeys(
        (2, 3, 4, 10), "the record has the same key twice"
    )
    assert {row: reason.split()[1] for (_, row), (reason, _) in bad.items() if reason.startswith("column")} == {
        5: "one", 6: "one", 7: "one", 8: "many", 9: "by",
    }  # fmt: skip
    cells = 'id,one\n1,"{""a"":1}"\n2,"{""a"":1,""a"":1}"\n'
    assert_alike(both, source(fields[0], fields[1], on_bad_record="quarantine"), [cells])


@pytest.mark.ci
def test_what_is_no_record_of_json_is_put_aside(both: tuple[Bench, Bench]) -> None:
    lines = [
        '{"id":"a","n":1}',
        '{"id":"\\ud83d\\ude00","n":1}',
        r'{"id":"\\ud83d","n":1}',
        r'{"id":"\ud83d","n":1}',
        r'{"id":"\\\uDE00","n":1}',
        r'{"id":"\ud83d\ud83d\ude00","n":1}',
        r'{"id":"x","\udbff":1}',
        '{"n":1},"id":"x"',
        '{"n":1},"end":1',
        '{"n":1},"v":{"n":2}',
        '1,"v":{"n":2}',
        '{"n":1,"l":[{}]},"x":{"y":"}"}',
        '{"id":"}","n":1,"x":{"y":"}"}} ',
        r'{"id":"\u0001x","n":1}',
        r'{"id":"\u00011.5","n":1.5}',
        r'{"id":{"\u0001x":"\u00011.5","y":1.50},"n":1}',
        '{"id":"a","n":1.50,"n":1}',
    ]
    fields = (Field("id", "string"), Field("n", "long"))
    how = source(*fields, on_bad_record="quarantine", format="jsonl")
    assert_alike(both, how, ["\n".join(lines), "\ufeff" + lines[0] + "\n\ufeff" + lines[0]])
    good, bad = by_spark(both[1], how, {"lines.jsonl": "\n".join(lines)})
    assert [row for _, row in sorted(good)] == [1, 2, 3, 13, 14, 16]
    assert {reason for (_, row), (reason, _) in bad.items() if row < 13} == {"not a JSON object"}
    documents = [
        r'["{\"n\":1}",{"n":2},5,null,[1.50],"x",true,-1.5e3,"{\"n\":\"1\"}",{"n":3,"id":"{}"},"é","1.5"]',
        '{"n":1}{"n":2,"id":"} {"}\n["x"] "y" "z"[{"n":3}]{"n":1.5,"n":1.5}"{\\"n\\":1}" 5',
        '[{"n":1}]\n[{"n":2}]',
        '["{}"]',
        "[] {}",
        "5",
        " ",
    ]
    assert_alike(both, source(*fields, on_bad_record="quarantine", format="json"), documents)


@pytest.mark.ci
def test_only_declared_columns_have_to_be_in_the_encoding(both: tuple[Bench, Bench]) -> None:
    content = (
        b"x,id,y,n\n\xe9,a,y,1\n\xe9,\xe9,y,2\nx,b,y,\xe9\nx,c,\xe2\x82,z\nx,d,y\n\xe9,\xe9,y\n\xe9,\xe9,y,1,2\n"
        b'"\xe9"x,\xe9,y,1\nx,\xe9,"\xe9\n",1\nx,"e",\xff\xfe,3\n'
    )
    for fields in ((Field("id", "string"), Field("n", "int")), (Field("n", "int"),), None):
        how = source(*fields or (), on_bad_record="quarantine")
        found = []
        for bench in both:
            rows = bench.engine.read_files(how, [bench.file("a.csv", content)])
            orders = table(name=f"of_{len(fields or ())}")
            saved = bench.save(orders, {"rows": rows})
            kept = bench.rows(orders.quarantine)
            found.append(
                (
                    sorted(map(str, bench.rows(orders.physical))),
                    (saved.rows_out, saved.quarantined),
                    sorted(rows.bad_losses),
                    sorted((r["_mesh_row"], r["_mesh_reason"]) for r in kept),
                )
            )
        assert found[0] == found[1]
        assert found[0][1] == {2: (2, 8), 1: (4, 6), 0: (0, 10)}[len(fields or ())]


@pytest.mark.ci
def test_records_that_are_broken_have_no_columns(both: tuple[Bench, Bench]) -> None:
    contents = ['{"id":"a"}{"id":"b"}\n', "{'id':'a'}\n{\"id\":1,}", '{"id":"a","n":1}\n{"x":1}}']
    how = source(Field("id", "string"), Field("n", "int"), on_bad_record="quarantine", format="jsonl")
    assert_alike(both, how, contents)
    with pytest.raises(MeshError, match=r"landing/0\.jsonl: row 1: not a JSON object"):
        by_spark(both[1], source(*how.fields or (), format="jsonl"), {"0.jsonl": contents[0]})
