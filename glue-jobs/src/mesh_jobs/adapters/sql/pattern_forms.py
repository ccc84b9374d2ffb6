"""Spark's functions of regular expressions in DuckDB's words."""

from __future__ import annotations

import re
from collections.abc import Callable

from sqlglot import exp

from mesh_jobs.adapters.sql.forms import Arguments, Unportable, call, number, written_text
from mesh_jobs.adapters.sql.regex import NotPortable, asked, re2


def _pattern(node: exp.Expr, *, only_found: bool = False) -> exp.Expr:
    """A pattern that means to DuckDB what it means to Spark."""
    try:
        return exp.Literal.string(re2(written_text(node, "the pattern"), only_found=only_found))
    except NotPortable as error:
        raise Unportable(str(error), error.remedy) from None


def pattern_found(a: Arguments) -> exp.Expr:
    return call("regexp_matches", a[0], _pattern(a[1], only_found=True))


def regexp_replace(a: Arguments) -> exp.Expr:
    """Replaces every match. In the replacement, Java's $1 is \\1, and \\x is x."""
    pattern, new = _pattern(a[1]), written_text(a[2], "the replacement")
    at_the_start = a[1].name.startswith("^") and "|" not in a[1].name
    if new and not at_the_start and _matches_nothing(a[1].name):
        raise Unportable("the pattern also matches the empty text, which Java replaces once more", "write + for *")
    out, at = "", 0
    while at < len(new):
        taken = re.compile(r"\\(.)|\$(\d)|[^\\$]", re.DOTALL).match(new, at)
        if taken is None:
            raise Unportable(f"{new[at]} in the replacement", "write \\\\$ for a dollar, and $1 for a group")
        if taken[2]:
            _group(a[1], int(taken[2]))
            if new[taken.end() : taken.end() + 1].isdigit():
                raise Unportable(f"two digits in {taken[0]}{new[taken.end()]}", "write \\\\ before the second")
        out += rf"\{taken[2]}" if taken[2] else (taken[1] or taken[0]).replace("\\", "\\\\")
        at = taken.end()
    return call("regexp_replace", a[0], pattern, exp.Literal.string(out), exp.Literal.string("g"))


def regexp_extract(name: str) -> Callable[[Arguments], exp.Expr]:
    def made(a: Arguments) -> exp.Expr:
        group = a[2] if len(a) > 2 else number(1)
        pattern = _pattern(a[1])
        if len(a) < 3 and not asked(a[1].name).groups:
            raise Unportable("the pattern has no group, but group 1 is asked for", "add 0 as the third argument")
        if isinstance(group, exp.Neg):
            raise Unportable("a group before the first", "count them from 1; 0 is the whole match")
        if isinstance(group, exp.Literal):
            _group(a[1], int(group.name))
        return call(name, a[0], pattern, group)

    return made


def regexp_extract_all(a: Arguments) -> exp.Expr:
    """A group that is not there is an empty text."""
    found = regexp_extract("regexp_extract_all")(a)
    if "\\z" in a[1].name and _matches_nothing(a[1].name):
        raise Unportable("the pattern matches the empty text at the end, which DuckDB finds twice", "leave \\\\z out")
    return call("dp_filled", found)


def _matches_nothing(pattern: str) -> bool:
    return asked(pattern).search("") is not None


def _group(pattern: exp.Expr, wanted: int) -> None:
    groups = asked(pattern.name).groups
    if wanted > groups:
        raise Unportable(f"group {wanted} of a pattern with {groups}", "count the groups")


def split_by(a: Arguments) -> exp.Expr:
    pattern = _pattern(a[1])
    if re.search(r"\^|\\[Az]", re.sub(r"\\\^|\[[^]]*\]", "", a[1].name)):
        raise Unportable("split by a place in the text", "split by characters, e.g. ',' or '[;|]'")
    if _matches_nothing(a[1].name):
        raise Unportable("split by what may be empty", "give a separator")
    return call("string_split_regex", a[0], pattern)
