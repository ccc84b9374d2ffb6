"""DuckDB macros that give Spark's answers. Private names: a builtin is never shadowed."""

MACROS: tuple[str, ...] = ("CREATE OR REPLACE TEMP MACRO dp_pi() AS pi()",)
