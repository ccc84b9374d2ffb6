"""Java's regular expressions, which are Spark's, in the words of RE2, which is DuckDB's: the same texts match."""

from __future__ import annotations

import re

#: Java's line breaks, before the last of which its $ stands, and of which its dot is none.
_BREAKS = r"\n\r\x{85}\x{2028}\x{2029}"
_LAST_BREAK = rf"(?:(?:\r\n|[{_BREAKS}])?\z)"
_WHITE = r"\t\n\x0B\f\r "
_SAME = set(r"dDwWtnrfzA") | set(r"""\.[]{}()*+-?^$|/"'&#@!%,:;<=>~`_ """)
_BRACED = re.compile(r"\\[pP]\{(\^?)(?:[LMNPSZC][a-z]?|IsGreek|IsCyrillic|IsLatin|IsHan)\}")
#: What stands for one letter, or for an escape that is none, when only the pattern's form is looked at.
_ONE = re.compile(r"\\[pP]\{[^}]*\}|\\.", re.DOTALL)
_COUNT = re.compile(r"\{(\d+)(?:,(\d*))?\}")
_REFUSED = (
    (r"\(\?<?[=!]", "looks ahead or behind", "write the pattern without it"),
    (r"\(\?>", "has atomic groups", "write the pattern without them"),
    (r"\(\?P?<[A-Za-z]", "names a group", "count the groups"),
    (r"[*+?}]\+", "has possessive quantifiers", "write the pattern without them"),
    (r"&&", "has intersections of classes", "write the class out"),
    (r"\(\?[a-z]*i", "ignores case, which each engine does in its own way", "match lower(…)"),
    (r"\(\?[a-z]*m", "has lines, which differ between engines", "split the text first"),
    (r"\(\?(?!:)", "has flags that differ", "write the pattern without them"),
)


class NotPortable(ValueError):
    """A pattern that the engines would read differently; `remedy` says what to write instead."""

    def __init__(self, message: str, remedy: str) -> None:
        super().__init__(f"the pattern {message}")
        self.remedy = remedy


def re2(pattern: str, *, only_found: bool) -> str:
    """The pattern for RE2. `only_found`: whether it matters only that there is a match, and not which text it is.
    Raises NotPortable."""
    whole_text = pattern.startswith("(?s)")
    bare = _ONE.sub("_", pattern.removeprefix("(?s)"))
    for form, said, remedy in _REFUSED:
        if re.search(form, bare):
            raise NotPortable(said, remedy)
    out: list[str] = []
    at, inside = 0, False
    while at < len(pattern):
        one = pattern[at]
        taken, new = _escape(pattern, at, inside) if one == "\\" else (1, one)
        if one == "[":
            if inside:
                raise NotPortable("has a class within a class", "write \\\\[ for a bracket")
            inside = True
            head = re.compile(r"\[\^?").match(pattern, at)
            assert head is not None
            taken, new = len(head[0]), head[0]
            if pattern[at + taken : at + taken + 1] == "]":
                raise NotPortable("has a bracket that closes at once", "write \\\\] for a bracket")
        elif one == "{" and not inside:
            count = _COUNT.match(pattern, at)
            if count is None or any(int(n) > 1000 for n in count.groups() if n):
                raise NotPortable("has a { that counts nothing, or more than 1,000", "write \\\\{ for a brace")
        elif one == "]" and inside:
            inside = False
        elif one == "$" and not inside:
            if not only_found:
                raise NotPortable(
                    "has $, which in Spark also matches before a final line break",
                    "write \\\\z for the end of the text",
                )
            if not _ends(pattern[at + 1 :]):
                raise NotPortable(
                    "continues after $, where Spark may find a final line break", "write \\\\z, or end it there"
                )
            new = _LAST_BREAK
        elif one == "." and not inside and not whole_text:
            new = f"[^{_BREAKS}]"
        out.append(new)
        at += taken
    asked(pattern)
    return "".join(out)


def asked(pattern: str) -> re.Pattern[str]:
    """For questions about a pattern's groups, and about whether it matches nothing. Raises NotPortable for one that
    nobody reads, as `re2` does."""
    try:
        return re.compile(re.sub(r"\\[pP]\{[^}]*\}", "a", pattern).replace("\\z", "\\Z"))
    except re.error as error:
        raise NotPortable(f"cannot be read: {error}", "escape what stands for itself, e.g. \\\\( or \\\\*") from None


def _ends(rest: str) -> bool:
    """Whether nothing follows but the ends of groups and other alternatives."""
    bare = re.sub(r"\[\^?[^\]]*\]", "_", _ONE.sub("_", rest))
    while bare:
        if bare[0] == "|":
            depth = 0
            for at, one in enumerate(bare):
                depth += (one == "(") - (one == ")")
                if depth < 0:
                    bare = bare[at:]
                    break
            else:
                return True
        elif bare[0] != ")":
            return False
        bare = bare[1:]
    return True


def _escape(pattern: str, at: int, inside: bool) -> tuple[int, str]:
    """How long an escape is, and what RE2 writes for it."""
    braced = _BRACED.match(pattern, at)
    if braced:
        return len(braced[0]), braced[0].replace("{Is", "{")
    letter = pattern[at + 1 : at + 2]
    if letter == "s":
        return 2, _WHITE if inside else f"[{_WHITE}]"
    if letter == "S" and not inside:
        return 2, f"[^{_WHITE}]"
    if letter not in _SAME:
        raise NotPortable(f"has \\{letter}, which differs between engines", "name the characters in a class")
    return 2, pattern[at : at + 2]
