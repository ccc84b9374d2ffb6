"""Values that trip engines up: of every type of column, as SQL that DuckDB reads."""

from __future__ import annotations

TEXTS = [
    None, "", " ", "a", "A", "ab", "abc", "a\n", "a\nb", "\n", "a\tb", "\u000b", "\u000c", "\u0085", "\u2028",
    "é", "É", "éa", "e\u0301", "ß", "SS", "ſ", "K", "İ", "ı", "中文", "😀", "👩\u200d👩\u200d👧", "😀😀", "a😀b", "-1",
    "007", "1.50", "NaN", "true", "TRUE", "x@y.de", "x@y", "a b@c.d", "x@y.de\n", "192.168.0.1", "256.1.1.1",
    "01.2.3.4", "::1", "fe80::1%eth0", "2001:db8::ff00:42:8329", "::ffff:10.0.0.1", "shoply.example",
    "-a.example", "a_b", "http://shoply.example/x?y=z", "urn:isbn:1", "not a uri",
    "3f2504e0-4f89-11d3-9a0c-0305e82c3301", "3F2504E0-4F89-11D3-9A0C-0305E82C330", "$", "^", "\\", "a.b", "[a]",
    "a{2}", "'", "\"", "`", "\u00a0", "z" * 300,
]  # fmt: skip
DOUBLES = [
    "NULL", "0.0", "-0.0", "'NaN'", "'Infinity'", "'-Infinity'", "0.1", "0.2", "0.3", "0.30000000000000004",
    "-0.3", "1", "2.5", "1e-9", "1e300", "-1e300", "1.7976931348623157e308", "5e-324", "0.07", "100.05",
    "123456789.125", "9007199254740993", "16777217",
]  # fmt: skip
NUMBERS = [
    "NULL", "0", "1", "-1", "2", "3", "7", "10", "-10", "99", "100", "2147483647", "-2147483648",
]  # fmt: skip
LONGS = [
    *NUMBERS,
    "9223372036854775807", "-9223372036854775808", "9007199254740993", "1000000000000",
]  # fmt: skip
MONEY = [
    "NULL", "0", "0.01", "-0.01", "0.05", "0.07", "1.50", "1.55", "99.99", "9999999999.99", "-9999999999.99",
]  # fmt: skip
HUGE = [
    "NULL", "0", "0.0000000001", "9999999999999999999999999999.9999999999",
    "-9999999999999999999999999999.9999999999", "1234567890123456789012345678.0123456789", "0.3000000000",
    "0.1000000001", "3",
]  # fmt: skip
DAYS = [
    "NULL", "'1969-12-31'", "'1970-01-01'", "'2024-02-29'", "'2024-12-31'", "'0001-01-01'", "'9999-12-31'",
]  # fmt: skip
MOMENTS = [
    "NULL", "'1969-12-31 23:59:59.999999'", "'2024-02-29 00:00:00'", "'2024-02-29 00:00:00.000001'",
    "'2024-02-29 02:00:00'", "'1900-01-01 00:00:00'", "'9999-12-31 23:59:59.999999'",
]  # fmt: skip
WORDS = ["NULL", "[]", "['a']", "['a','a']", "[NULL,NULL]", "['a',NULL]", "['a','A']", "['é','e\u0301']"]
RATIOS = ["NULL", "[]", "[0.0,-0.0]", "['NaN','NaN']", "[1,NULL,NULL]", "['Infinity','-Infinity']", "[1,2,1]"]
PAIRS = ["NULL", "[{'a':1,'b':NULL},{'a':1,'b':NULL}]", "[{'a':1,'b':'x'},{'a':1,'b':'y'}]"]
#: Columns: their DuckDB type and their odd values.
COLUMNS = {
    "word": ("VARCHAR", ["NULL" if t is None else "'" + t.replace("'", "''") + "'" for t in TEXTS]),
    "flag": ("BOOLEAN", ["NULL", "TRUE", "FALSE"]),
    "small": ("INTEGER", NUMBERS),
    "large": ("BIGINT", LONGS),
    "money": ("DECIMAL(12,2)", MONEY),
    "huge": ("DECIMAL(38,10)", HUGE),
    "whole": ("DECIMAL(38,0)", ["NULL", "0", "3", "9" * 38, "-" + "9" * 38, "12345678901234567890123456789"]),
    "ratio": ("DOUBLE", DOUBLES),
    "single": ("FLOAT", [d for d in DOUBLES if d not in ("1e300", "-1e300", "1.7976931348623157e308")]),
    "day": ("DATE", DAYS),
    "at": ("TIMESTAMP WITH TIME ZONE", MOMENTS),
    "local": ("TIMESTAMP", MOMENTS),
    "words": ("VARCHAR[]", WORDS),
    "ratios": ("DOUBLE[]", RATIOS),
    "pairs": ("STRUCT(a INTEGER, b VARCHAR)[]", PAIRS),
}
