"""A pattern of a contract matches the same texts on both engines: RE2's there, java.util.regex here."""

from __future__ import annotations

import duckdb
import pytest
from pyspark.sql import functions as F

from mesh_jobs.adapters.spark.patterns import matches
from mesh_jobs.domain.conditions import FORMATS
from support.odd_values import TEXTS
from support.spark import spark

pytestmark = pytest.mark.usefixtures("quick")

PATTERNS = [
    *FORMATS.values(),
    "^[A-Z0-9]{3,4}$", "^[a-z]+$", "a$", "^a", "^$", "$", "^", "a|b$", "^(a|ab)(c|bcd)?$", "(^a$)|x", "a.b",
    "^.$", "^..$", ".", r"\s", r"\S", r"^\S+$", r"^\s*$", r"[\s]", r"[^\s]", r"^[^\s@]+$", r"[\S]", r"[^\S]",
    r"[a\s]b", r"[\s\d]", r"[^\s\d]", r"\bab", r"a\b", r"\Bb", r"\b", r"\w", r"\W", r"^\w+$", r"[\w-]",
    r"[\w.-]+@[\w.-]+", r"\d", r"\D", r"[^\d]", "(?m)^a$", "(?m)^b", "(?m)a$", "(?m)$", "(?m)^", "(?m)^$",
    "(?s)a.b", "(?s)^.+$", "(?sm)^.$", "(?i)^A$", "(?i)SS", "(?i)[a-c]$", "(?i)é", "(?i)^s$", "(?i)^i$",
    "(?i)^İ$", "(?i)^k$", "(?i)^[a-z]$", "(?i)^[^a-z]$", "(?i)^ß$", "(?i)σ", "(?i)^[à-ÿ]$", "(?im)^A$", r"\.",
    r"\$", r"\^", r"\\", r"\[a\]", "[[]", "[]a]", "[^]a]", "[a[]", r"[\]]", "[a&]", "[-a]", "[a-]", "[$^]",
    "[.]", "a{2}", "a{", "{", "}", "]", "a{,2}", "x{2", r"a\{2\}", "(?:ab)+", "a*?", "a??b", "é", "[é-ï]",
    "中", "😀", "[😀-😂]", "^.😀.$", r"\x41", r"\x{1F600}", r"\t", r"[\n]", r"\x0b", r"\pL", r"\p{L}", r"\p{Lu}",
    r"\P{L}", r"\p{Greek}", r"\p{^Lu}", r"[\p{Lu}\d]", r"\0", r"\a|b", r"\-1", r"\/", r"\_", "()", "|",
    "a||b", r"\z", r"^\Aa\z$", "'", '"', "`",
]  # fmt: skip
MORE = [
    "α", "Ω", "ab\n", "xab", "ab-cd", "éab", "abé", "ab\x0bcd", "a\rb", "a\r\nb", "a\x85b", "a\u2028b",
    "b\na\n", "\n\n", "A\n", "\x07", "d7",
]  # fmt: skip


@pytest.mark.ci
def test_the_same_texts_match() -> None:
    texts = sorted({t for t in TEXTS if t is not None} | set(MORE) | {chr(n) for n in range(1, 0x250)})
    with duckdb.connect() as duck:
        duck.execute("CREATE TABLE texts AS SELECT unnest(?::VARCHAR[]) AS t", [texts])
        expected = {
            p: {r[0] for r in duck.execute("SELECT t FROM texts WHERE regexp_matches(t, $1)", [p]).fetchall()}
            for p in PATTERNS
        }
    frame = spark().createDataFrame([(t,) for t in texts], "t string")
    found = frame.select("t", *(matches(F.col("t"), p) for p in PATTERNS)).collect()
    differ = [
        (p, row[0], "only Spark" if row[n + 1] else "only DuckDB")
        for n, p in enumerate(PATTERNS)
        for row in found
        if row[n + 1] != (row[0] in expected[p])
    ]
    assert differ == []
