"""Measures again what a document says of the data: runs each ```sql block, compares with the ```text after it.

    .venv/bin/python tools/examples/measure.py docs/examples/aviation.md [--write]

The queries see the views airports, flights and strikes over the files of the npm package
vega-datasets, every column of the CSV files as text. Without --write a difference is an error.
"""

from __future__ import annotations

import argparse
import difflib
import re
import sys
from collections.abc import Sequence
from pathlib import Path

import duckdb

ROOT = Path(__file__).resolve().parents[2]
DATA = ROOT / "node_modules" / "vega-datasets" / "data"
BLOCK = re.compile(r"```sql\n(?P<sql>.*?)```\n+```text\n(?P<result>.*?)```", re.S)


def open_data() -> duckdb.DuckDBPyConnection:
    db = duckdb.connect(config={"threads": 2})
    db.execute(f"CREATE VIEW flights AS SELECT * FROM '{DATA / 'flights-3m.parquet'}'")
    for view, name in (("airports", "airports.csv"), ("strikes", "birdstrikes.csv")):
        db.execute(f"CREATE VIEW {view} AS SELECT * FROM read_csv('{DATA / name}', all_varchar = true)")
    return db


def table(db: duckdb.DuckDBPyConnection, query: str) -> str:
    """The result of the query as aligned text: a line of names, then a line per row."""
    result = db.execute(query)
    names = [str(column[0]) for column in result.description]
    rows = [["-" if value is None else str(value) for value in row] for row in result.fetchall()]
    widths = [max(len(cell) for cell in column) for column in zip(names, *rows, strict=True)]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in [names, *rows]]
    return "\n".join(line.rstrip() for line in lines) + "\n"


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(description="Measures again what a document says of the data.")
    parser.add_argument("document", type=Path)
    parser.add_argument("--write", action="store_true", help="write the results into the document")
    options = parser.parse_args(arguments)
    db = open_data()
    before = options.document.read_text()
    measured = 0

    def measure(match: re.Match[str]) -> str:
        nonlocal measured
        measured += 1
        return f"```sql\n{match['sql']}```\n```text\n{table(db, match['sql'])}```"

    after = BLOCK.sub(measure, before)
    if options.write:
        options.document.write_text(after)
    elif after != before:
        name = str(options.document)
        sys.stderr.writelines(difflib.unified_diff(before.splitlines(True), after.splitlines(True), name, "measured"))
        return 1
    sys.stdout.write(f"{measured} queries\n")
    return 0 if measured else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
