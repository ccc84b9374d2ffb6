"""Files into rows: what a source declares is what comes out, or the file, row and column that do not fit are named."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace

import duckdb

from mesh_jobs.adapters.duckdb import alike
from mesh_jobs.adapters.duckdb.casts import strict_cast
from mesh_jobs.adapters.duckdb.csv_files import read_csv_texts
from mesh_jobs.adapters.duckdb.fetched import fetched
from mesh_jobs.adapters.duckdb.json_files import read_json_texts
from mesh_jobs.adapters.duckdb.parquet_files import read_parquet_files
from mesh_jobs.adapters.duckdb.rewritten import in_utf8, require_latin_1, with_one_line_end
from mesh_jobs.adapters.duckdb.session import FILE, PLACE, ROW, Relation, Session, among, nth, place
from mesh_jobs.adapters.duckdb.text_files import require_whole
from mesh_jobs.adapters.duckdb.texts import Reject, Texts
from mesh_jobs.adapters.duckdb.types import duckdb_type, name, text
from mesh_jobs.adapters.source_files import RECORD_REMEDY, by_format, encoding_of, misfit_reason, shortened
from mesh_jobs.domain.errors import BadInput
from mesh_jobs.domain.plan import FileSource
from mesh_jobs.domain.quarantine import REASON, RECORD, RULE
from mesh_jobs.domain.table import Field
from mesh_jobs.ports.engine import RawFile


def read_source(session: Session, source: FileSource, files: Sequence[RawFile], hidden: frozenset[str]) -> Relation:
    """All records of the files, typed. `hidden` names columns whose values are in no message."""
    if not files:
        return _nothing(session, source)
    formats = by_format(source, files)
    parts: list[Relation] = []
    for format_, numbers in formats.items():
        own = [files[n] for n in numbers]
        if format_ == "parquet":
            parts.append(read_parquet_files(session, source, own, hidden))
        else:
            parts.append(_read_text(session, source, own, format_, hidden))
    return parts[0] if len(parts) == 1 else _together(session, source, files, [*formats.values()], parts)


def _read_text(
    session: Session, source: FileSource, files: Sequence[RawFile], format_: str, hidden: frozenset[str]
) -> Relation:
    """CSV and JSON; in the encodings that DuckDB reads only in part, and with line ends of several systems, too."""
    files = fetched(session, files)
    require_whole(files)
    how = source.file
    encoding = encoding_of(source, format_)
    if encoding == "utf-16" or (encoding != "utf-8" and format_ == "json"):
        if encoding == "latin-1":
            require_latin_1(files)
        files = in_utf8(session, files, encoding)
        source = replace(source, file=replace(how, encoding="utf-8"))
    try:
        return _typed(session, source, files, _texts(session, source, files, format_), hidden)
    except duckdb.InvalidInputException as error:
        if "not latin-1 encoded" in str(error):
            require_latin_1(files)
        if "invalid state" not in str(error):
            raise
        stuck = error
    # With a backslash before a quote, quotes alone do not tell what is inside them.
    if format_ != "csv" or how.quote == how.escape:
        alike = with_one_line_end(session, files, how.quote if format_ == "csv" else None)
        try:
            return _typed(session, source, alike, _texts(session, source, alike, format_), hidden)
        except duckdb.InvalidInputException as error:
            if "invalid state" not in str(error):
                raise
            stuck = error
    what = files[0].origin if len(files) == 1 else f"source {source.name}: one of {len(files)} files"
    raise BadInput(
        f"{what}: line endings are mixed (CR LF, LF or CR alone), or a quote has no pair",
        "write the file with one kind of line ending, and double the quotes inside quoted texts",
    ) from stuck


def _texts(session: Session, source: FileSource, files: Sequence[RawFile], format_: str) -> Texts:
    if format_ == "csv":
        return read_csv_texts(session, source, files)
    return read_json_texts(session, source, files, format_)


def _nothing(session: Session, source: FileSource) -> Relation:
    if source.fields is None:
        raise BadInput(f"source {source.name} has no files and declares no columns", "declare its columns")
    columns = ", ".join(f"CAST(NULL AS {duckdb_type(f.type)}) AS {name(f.name)}" for f in source.fields)
    return session.relation(
        f"SELECT {columns}, CAST(NULL AS VARCHAR) AS {FILE}, CAST(NULL AS BIGINT) AS {ROW}, "
        f"CAST(NULL AS BIGINT) AS {PLACE} WHERE FALSE",
        traced=True,
        placed=True,
    )


def _together(
    session: Session,
    source: FileSource,
    files: Sequence[RawFile],
    numbers: Sequence[Sequence[int]],
    parts: Sequence[Relation],
) -> Relation:
    """The rows of all formats; `numbers` are those of the files of each part among all."""
    bad = [p for p in parts if p.bad]
    views = [p.at for p in parts]
    if source.fields is None:
        named = [(files[n[0]].origin, p.columns) for n, p in zip(numbers, parts, strict=True)]
        types = alike.file_types(source.name, named)
        cells = [", ".join([*alike.cells(p.columns, types), FILE, ROW, PLACE]) for p in parts]
        views = [session.view(f"SELECT {c} FROM {p.at}", "alike") for c, p in zip(cells, parts, strict=True)]
    union = " UNION ALL BY NAME ".join(among(view, n) for view, n in zip(views, numbers, strict=True))
    bad_at = session.view(" UNION ALL BY NAME ".join(f"SELECT * FROM {p.bad}" for p in bad)) if bad else None
    losses = tuple(loss for p in bad for loss in p.bad_losses)
    size = sum(p.size for p in parts)
    return session.relation(union, size=size, traced=True, placed=True, bad=bad_at, bad_losses=losses)


def _typed(
    session: Session, source: FileSource, files: Sequence[RawFile], texts: Texts, hidden: frozenset[str]
) -> Relation:
    """Casts texts once, on the way into the stage; a row that does not fit keeps its texts and what was wrong."""
    fields = source.fields or tuple(Field(n, "string") for n in texts.columns)
    inner, notes, made = [], [], []
    for i, f in enumerate(fields):
        raw = texts.value(f)
        cast = strict_cast(raw, texts.kind, f.type, f.format)
        made.append(f"_mesh_c{i} AS {name(f.name)}")
        inner.append(f"{cast.value} AS _mesh_c{i}")
        if cast.fallible:
            notes.append(f"WHEN _mesh_c{i} IS NULL AND {texts.present(f)} THEN {i}")
    problem = f"CASE {' '.join(notes)} END" if notes else "CAST(NULL AS INTEGER)"
    if texts.broken:
        whole = " ".join(f"WHEN {b.where} THEN {-i}" for i, b in enumerate(texts.broken, 1))
        problem = f"CASE {whole} ELSE {problem} END"
    record = f"CASE WHEN _mesh_problem IS NOT NULL THEN {texts.record(hidden)} END"
    size = sum(f.size for f in files) * (6 if any(f.origin.endswith((".gz", ".zst")) for f in files) else 1)
    staged = session.stage(
        f"SELECT {', '.join(made)}, _mesh_number, _mesh_problem, {record} AS _mesh_record FROM ("
        f"SELECT *, {problem} AS _mesh_problem FROM (SELECT *, {', '.join(inner)} FROM {texts.at}))",
        size,
    )
    rejects = texts.rejects()
    texts.require(staged)
    row = _row_number(session, staged, files, rejects)
    origin = nth([f.origin for f in files], "_mesh_number")
    columns = ", ".join(name(f.name) for f in fields)
    bad_count = session.one(f"SELECT count(_mesh_problem) FROM {staged}")[0]
    if (bad_count or rejects) and source.on_bad_record == "abort":
        raise _bad_record(session, fields, files, texts, staged, row, hidden, bad_count, rejects)
    good = (
        f"SELECT {columns}, {origin} AS {FILE}, {row} AS {ROW}, {place('_mesh_number', PLACE)} AS {PLACE} "
        f"FROM {staged} WHERE _mesh_problem IS NULL"
    )
    if not bad_count and not rejects:
        return session.relation(good, size=size, traced=True, placed=True)
    rule = f"{source.name}.record"
    reasons = [(i, misfit_reason(f)) for i, f in enumerate(fields)]
    reasons += [(-i, b.reason) for i, b in enumerate(texts.broken, 1)]
    reason = "CASE _mesh_problem " + " ".join(f"WHEN {i} THEN {text(r)}" for i, r in reasons) + " END"
    bad_at = session.fresh("bad")
    session.run(
        f"CREATE TEMP TABLE {bad_at} AS SELECT {text(rule)} AS {RULE}, {reason} AS {REASON}, "
        f"{origin} AS {FILE}, {row} AS {ROW}, _mesh_record AS {RECORD} FROM {staged} WHERE _mesh_problem IS NOT NULL"
    )
    for reject in rejects:
        session.db.execute(
            f"INSERT INTO {bad_at} VALUES ($1, $2, $3, $4, $5)",
            [rule, reject.reason, texts.origins[reject.file], reject.row, reject.record(bool(hidden))],
        )
    losses = session.all(f"SELECT {RULE}, {REASON}, count(*) FROM {bad_at} GROUP BY ALL ORDER BY 3 DESC, 2")
    return session.relation(
        good,
        size=size,
        traced=True,
        placed=True,
        bad=bad_at,
        bad_losses=tuple((r[0], r[1], r[2]) for r in losses),
    )


def _row_number(session: Session, staged: str, files: Sequence[RawFile], rejects: Sequence[Reject]) -> str:
    """The record's number in its file, from 1; records that could not be read count too."""
    firsts = dict(session.all(f"SELECT _mesh_number, min({PLACE}) FROM {staged} GROUP BY ALL"))
    if not firsts:
        return "CAST(NULL AS BIGINT)"
    number = f"({PLACE} - {nth([firsts.get(n) for n in range(len(files))], '_mesh_number')} + 1)"
    rejected: dict[str, list[int]] = {}
    for r in rejects:
        if r.row is not None:
            rejected.setdefault(r.file, []).append(r.row)
    shifts = []
    for n, file in enumerate(files):
        gone = sorted(rejected.get(file.uri, ()))
        if gone:
            before = ", ".join(str(row - i) for i, row in enumerate(gone))
            shifts.append(f"WHEN {n} THEN len(list_filter([{before}], lambda t: t <= {number}))")
    return f"({number} + CASE _mesh_number {' '.join(shifts)} ELSE 0 END)" if shifts else number


def _bad_record(
    session: Session,
    fields: Sequence[Field],
    files: Sequence[RawFile],
    texts: Texts,
    staged: str,
    row: str,
    hidden: frozenset[str],
    bad_count: int,
    rejects: Sequence[Reject],
) -> BadInput:
    """The first record that does not fit, in the order of the files."""
    order = {f.uri: n for n, f in enumerate(files)}
    first = min(rejects, key=lambda r: (order[r.file], r.row or 0), default=None)
    others = bad_count + len(rejects) - 1
    more = f" (and {others} more)" if others else ""
    found = None
    if bad_count:
        found = session.one(
            f"SELECT _mesh_problem, _mesh_number, {row}, _mesh_record FROM {staged} "
            f"WHERE _mesh_problem IS NOT NULL ORDER BY _mesh_number, {PLACE} LIMIT 1"
        )
    if first is not None and (found is None or (order[first.file], first.row or 0) < (found[1], found[2])):
        usual = None if first.row is None else first.row + texts.header_lines
        line = f", line {first.line}" if first.line is not None and first.line != usual else ""
        return BadInput(f"{texts.origins[first.file]}: row {first.row}{line}: {first.reason}{more}", RECORD_REMEDY)
    assert found is not None
    problem, file_number, number, record = found
    where = files[file_number].origin
    line_number = texts.line(files[file_number].uri, number)
    line = f", line {line_number}" if line_number is not None and line_number != number + texts.header_lines else ""
    if problem < 0:
        reason = texts.broken[-problem - 1].reason
        return BadInput(f"{where}: row {number}{line}: {reason}{more}", RECORD_REMEDY)
    f = fields[problem]
    value = None if f.name in hidden else json.loads(record).get(f.name)
    received = "" if value is None else f": received {shortened(str(value))}"
    return BadInput(f"{where}: row {number}{line}: {misfit_reason(f)}{received}{more}", RECORD_REMEDY)
