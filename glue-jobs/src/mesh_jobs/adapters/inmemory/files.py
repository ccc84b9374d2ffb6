"""Files as records: CSV, JSON and JSON lines out of bytes."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from typing import Any

from mesh_jobs.adapters.inmemory.casts import Misfit, cast
from mesh_jobs.adapters.inmemory.rows import Bad, Row, shown
from mesh_jobs.domain.errors import BadInput
from mesh_jobs.domain.plan import FileSource
from mesh_jobs.ports.engine import RawFile


def read(source: FileSource, files: list[tuple[RawFile, bytes]]) -> tuple[list[Row], list[Bad]]:
    """Rows typed as declared, and records that are none when the source lets them pass. Raises BadInput."""
    rows: list[Row] = []
    bad: list[Bad] = []
    for file, content in files:
        for n, record in enumerate(_records(source, file, content), start=1):
            hidden = {"_mesh_file": file.origin, "_mesh_row": n}
            try:
                rows.append({**_typed(source, record), **hidden})
            except Misfit as misfit:
                if source.on_bad_record == "abort":
                    raise BadInput(
                        f"{file.origin}: row {n}: {misfit}", "fix the record, or set onBadRecord: quarantine"
                    ) from None
                bad.append(Bad(f"{source.name}.record", str(misfit), {**record, **hidden}))
    return rows, bad


def _records(source: FileSource, file: RawFile, content: bytes) -> Iterator[Row]:
    if not content:
        raise BadInput(f"{file.origin} is empty", "put a complete file there")
    form = source.file
    text = content.decode(form.encoding)
    kind = file.origin.rpartition(".")[2] if form.format == "auto" else form.format
    if kind == "csv":
        table = list(csv.reader(io.StringIO(text), delimiter=form.delimiter, quotechar=form.quote))
        declared = [f.name for f in source.fields or ()]
        names = table[0] if form.header else declared
        missing = [c for c in declared if c not in names]
        if missing:
            raise BadInput(f"{file.origin}: column {missing[0]} is missing", "correct the file or the declared columns")
        nulls = {"", *form.null_values}
        for cells in table[1 if form.header else 0 :]:
            yield {name: None if cell in nulls else cell for name, cell in zip(names, cells, strict=False)}
    elif kind == "jsonl":
        yield from (json.loads(line) for line in text.splitlines() if line.strip())
    else:
        found = json.loads(text)
        yield from (found if isinstance(found, list) else [found])


def _typed(source: FileSource, record: dict[str, Any]) -> Row:
    if source.fields is None:
        return dict(record)
    row: Row = {}
    for f in source.fields:
        value = record.get(f.name)
        value = None if isinstance(value, str) and value in source.file.null_values else value
        try:
            row[f.name] = cast(value, f.type, f.format)
        except Misfit as misfit:
            raise Misfit(f"column {f.name}: {shown(value, False)} {misfit}") from None
    return row
