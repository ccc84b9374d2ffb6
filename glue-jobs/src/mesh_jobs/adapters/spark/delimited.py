"""How a line of CSV is cut into cells, strictly, as regular expressions of Java. Quantifiers are possessive: a line of
megabytes must not go deeper into Java's stack."""

from __future__ import annotations

from dataclasses import dataclass

from mesh_jobs.adapters.spark.lines import Quoting
from mesh_jobs.adapters.spark.types import text
from mesh_jobs.domain.plan import FileFormat


@dataclass(frozen=True)
class Cells:
    """The patterns of one way to write CSV. Blanks around a quoted cell do not belong to it; what does not begin with a
    quote has none."""

    how: FileFormat

    @property
    def _quote(self) -> str:
        return _escaped(self.how.quote)

    @property
    def _delimiter(self) -> str:
        return _escaped(self.how.delimiter)

    @property
    def _inside(self) -> str:
        q, e = self._quote, _escaped(self.how.escape)
        return f"(?:[^{q}]++|{q}{q})*+" if q == e else f"(?:[^{q}{e}]++|{e}[\\s\\S])*+"

    @property
    def _cell(self) -> str:
        q, d = self._quote, self._delimiter
        return f"(?: *+{q}{self._inside}{q} *+(?={d}|\\z)|(?! *+{q})[^{d}]*+)"

    def quoted(self, line: str) -> str:
        """SQL that is true when there is a quote in the line."""
        return f"contains({line}, {text(self.how.quote)})" if self.how.quote else "false"

    def cut(self, line: str, quoted: str) -> str:
        """SQL of the cells of a line as they are written; of one that is not made of whole cells, the first ones.
        `quoted` is SQL that is true when there is a quote in the line, here and below."""
        plain = f"split({line}, {text(self._delimiter)}, -1)"
        # A match that is empty would be followed by none at the same place.
        delimited = f"concat({text(self.how.delimiter)}, {line})"
        cells = f"regexp_extract_all({delimited}, {text(f'{_NEXT}{self._delimiter}({self._cell})')}, 1)"
        return f"CASE WHEN {quoted} THEN {cells} ELSE {plain} END"

    def is_whole(self, line: str, cells: str, quoted: str) -> str:
        """SQL that is true when the line is made of the cells and nothing else."""
        return f"(NOT ({quoted}) OR array_join({cells}, {text(self.how.delimiter)}) = {line})"

    def read(self, cell: str, quoted: str) -> str:
        """SQL of the text in a cell; null for one that is empty and not quoted."""
        inner = f"substr(btrim({cell}, ' '), 2, length(btrim({cell}, ' ')) - 2)"
        if self.how.quote == self.how.escape:
            inner = f"replace({inner}, {text(self.how.quote * 2)}, {text(self.how.quote)})"
        else:
            escaped = _escaped(self.how.escape) + r"([\s\S])"
            inner = f"regexp_replace({inner}, {text(escaped)}, '$1')"
        starts = f"{quoted} AND startswith(ltrim(' ', {cell}), {text(self.how.quote)})"
        return f"CASE WHEN {cell} = '' THEN CAST(NULL AS STRING) WHEN {starts} THEN {inner} ELSE {cell} END"

    def quoting(self) -> Quoting:
        q, d = self._quote, self._delimiter
        open_ = f"(?:{self._cell}{d})*+ *+{q}{self._inside}\\z"
        return Quoting(
            opens=lambda line: f"({self.quoted(line)} AND {_found(line, chr(92) + 'A' + open_)})",
            stays=lambda line: (
                f"(NOT ({self.quoted(line)}) OR NOT {_found(line, f'{_START}{self._inside}{q}')} "
                f"OR {_found(line, f'{_START}{self._inside}{q} *+{d}{open_}')})"
            ),
        )


_START = "\\A"
#: Where the cell before has ended.
_NEXT = "\\G"


def _found(line: str, pattern: str) -> str:
    return f"{line} RLIKE {text(pattern)}"


def _escaped(character: str) -> str:
    """A character as a pattern of itself, also between brackets."""
    return character if character.isalnum() or not character else f"\\{character}"
