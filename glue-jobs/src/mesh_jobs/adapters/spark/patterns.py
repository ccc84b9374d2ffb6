"""Regular expressions of RE2 in Java's words: the same texts match."""

from __future__ import annotations

import re

from pyspark.sql import Column
from pyspark.sql import functions as F

#: Java's \b asks for any Unicode letter where RE2's asks for \w (https://bugs.openjdk.org/browse/JDK-8264160); its $
#: also stands before a last line break, and its \s has the vertical tab.
_OUTSIDE = {
    r"\s": r"[\t\n\f\r ]",
    r"\S": r"[^\t\n\f\r ]",
    r"\b": r"(?:(?<=\w)(?!\w)|(?<!\w)(?=\w))",
    r"\B": r"(?:(?<=\w)(?=\w)|(?<!\w)(?!\w))",
}
_INSIDE = {
    r"\s": r"\t\n\f\r ",
    r"\S": r"\x{0}-\x{8}\x{B}\x{E}-\x{1F}\x{21}-\x{10FFFF}",
}
_QUANTIFIER = re.compile(r"\{\d+(,\d*)?\}")
_BRACED = re.compile(r"\\([pPx])\{(\^?)(\w+)\}")
_OCTAL = re.compile(r"\\(0[0-7]{0,2})")
_FLAGS = re.compile(r"\(\?([ism]+)\)")


#: Where case does not matter Java takes the Turkish letters for an i, which RE2 does not. Two others, of the same kind
#: and without a counterpart in the other case, stand for them.
_TURKISH, _ALONE = "\u0130\u0131", "\u03d2\u0138"


def matches(value: Column, pattern: str) -> Column:
    """Whether the pattern is found in a text."""
    leading = _FLAGS.match(pattern)
    if leading is None or "i" not in leading[1]:
        return value.rlike(java_pattern(pattern))
    alone = str.maketrans(_TURKISH, _ALONE)
    return F.translate(value, _TURKISH, _ALONE).rlike(java_pattern(pattern.translate(alone)))


def java_pattern(pattern: str) -> str:
    """The pattern for java.util.regex. The portable ones are those that `mesh validate` lets through."""
    flags, rest = "", pattern
    leading = _FLAGS.match(pattern)
    if leading:
        flags, rest = leading[1], pattern[leading.end() :]
    many_lines = "m" in flags
    out: list[str] = []
    at, inside = 0, False
    while at < len(rest):
        taken, text = _escape(rest, at, inside) if rest[at] == "\\" else (1, rest[at])
        if taken == 1 and inside:
            if text == "]":
                inside = False
            elif text in "[&":
                text = "\\" + text
        elif taken == 1:
            match text:
                case "[":
                    inside = True
                    head = re.compile(r"\[\^?\]?").match(rest, at)
                    assert head is not None
                    # A bracket that closes at once is a member.
                    taken, text = len(head[0]), head[0].replace("]", r"\]")
                case "$":
                    text = r"(?=\n|\z)" if many_lines else r"\z"
                case "^" if many_lines:
                    text = r"(?<=\A|\n)"
                case "{" if not _QUANTIFIER.match(rest, at):
                    text = r"\{"
        out.append(text)
        at += taken
    # d: only \n is a line break; u: case is that of all letters, not of ASCII alone.
    own = "d" + ("iu" if "i" in flags else "") + ("s" if "s" in flags else "")
    return f"(?{own})" + "".join(out)


def _escape(text: str, at: int, inside: bool) -> tuple[int, str]:
    """How long an escape is, and what Java writes for it."""
    braced = _BRACED.match(text, at)
    if braced:
        letter = braced[1] if not braced[2] else {"p": "P", "P": "p"}[braced[1]]
        # A class of one letter or two is a category, a longer one a script.
        script = "Is" if letter != "x" and len(braced[3]) > 2 else ""
        return len(braced[0]), f"\\{letter}{{{script}{braced[3]}}}"
    octal = _OCTAL.match(text, at)
    if octal:
        return len(octal[0]), f"\\x{{{int(octal[1], 8):X}}}"
    two = text[at : at + 2]
    return 2, (_INSIDE if inside else _OUTSIDE).get(two, two)
