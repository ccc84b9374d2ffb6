"""The Spark engine gives no row to Python, neither in a task nor on the driver, which asks for figures. Told from its
source, since a plan shows only what one test has asked for."""

from __future__ import annotations

import ast
from pathlib import Path

import mesh_jobs.adapters.spark

PACKAGE = Path(mesh_jobs.adapters.spark.__file__).parent

#: What runs Python for each row, or hands all rows over.
FORBIDDEN = {
    *("udf", "pandas_udf", "udtf", "registerJavaFunction", "mapInPandas", "mapInArrow", "applyInPandas", "cogroup"),
    *("rdd", "toJavaRDD", "javaRDD", "parallelize", "mapPartitions", "foreach", "foreachPartition", "foreachBatch"),
    *("toPandas", "pandas_api", "to_pandas_on_spark", "toLocalIterator", "collectToPython", "collectAsList"),
}
#: What brings as many rows to the driver as a frame has.
COLLECTING = {"collect", "take", "head", "first", "tail", "show"}

#: Where that is asked for, and why it stays small however large the rows are.
ANSWERS = {
    "engine.tally": "how many rows there are of each rule, reason and run: what `mesh quarantine` shows",
    "figures.repeated_rows": "numbers of the keys that may repeat",
    "given.rows_of": "rows that somebody wrote by hand, where they do not fit",
    "json_files._require": "a row a file, where a column is in no record",
    "measure._number": "the one row of a check's own query",
    "merge._touched": "names of the files that are to be written again",
    "parquet_files._strict": "how many records were put aside for each reason",
    "session.one": "figures, in one row",
    "staged.rows_of_staged": "how many records were put aside for each reason",
    "staged.stage": "figures of each part of a file",
    "values._collected": "rows that a person looks at: `mesh show`, and tests of a product",
}


def named(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Attribute):
        return [node.attr]
    if isinstance(node, ast.Name):
        return [node.id]
    return [alias.name for alias in node.names] if isinstance(node, ast.Import | ast.ImportFrom) else []


def asked(source: str, module: str) -> tuple[list[str], set[str]]:
    """What is forbidden in a module, with its line, and the functions in which rows are collected."""
    wrong: list[str] = []
    collecting: set[str] = set()

    def visit(node: ast.AST, function: str) -> None:
        if isinstance(node, ast.FunctionDef):
            function = node.name
        for n in named(node):
            if FORBIDDEN.intersection(n.split(".")):
                wrong.append(f"{module}:{getattr(node, 'lineno', 0)} {n}")
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in COLLECTING:
            collecting.add(f"{module}.{function}")
        for child in ast.iter_child_nodes(node):
            visit(child, function)

    visit(ast.parse(source), "")
    return wrong, collecting


def test_no_row_is_given_to_python_but_those_of_a_list() -> None:
    found = [asked(file.read_text(encoding="utf-8"), file.stem) for file in sorted(PACKAGE.glob("*.py"))]
    assert [line for wrong, _ in found for line in wrong] == []
    assert set().union(*(collecting for _, collecting in found)) == ANSWERS.keys()


def test_the_check_sees_what_hands_rows_over() -> None:
    wrong, collecting = asked(
        "from pyspark.sql.functions import udf\n"
        "def f(frame):\n"
        "    frame.rdd.map(len)\n"
        "    return frame.limit(2).collect()\n",
        "m",
    )
    assert wrong == ["m:1 udf", "m:3 rdd"]
    assert collecting == {"m.f"}
