"""How values are written in texts: which texts are a value of a type. The same for every engine, since each would take
others by itself. Regular expressions that RE2 and Java read alike; a text has to match as a whole."""

from __future__ import annotations

import re

_WHITE = r"[\t\n\f\r ]*"
INTEGER = rf"{_WHITE}[+-]?[0-9]+{_WHITE}"
_NUMBER = r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?"
#: Not a number, and what is beyond all numbers.
SPECIAL = rf"{_WHITE}([nN][aA][nN]|[+-]?[iI][nN][fF]([iI][nN][iI][tT][yY])?){_WHITE}"
FRACTION = rf"({_WHITE}{_NUMBER}{_WHITE}|{SPECIAL})"
TRUE, FALSE = ("true", "t", "yes", "y", "1"), ("false", "f", "no", "n", "0")
_DATE = rf"{_WHITE}[0-9]{{4}}-[0-9]{{1,2}}-[0-9]{{1,2}}"
_HOUR = r"([01]?[0-9]|2[0-3]):[0-9]{2}"
_SECOND = r":[0-9]{2}(\.[0-9]{1,6}0*)?"
_OFFSET = r"[+-](?:0[0-9]|1[0-7])(?::?[0-5][0-9])?"
DATE = rf"{_DATE}([ T]0{{1,2}}:00(:00(\.0+)?)?Z?)?{_WHITE}"
TIMESTAMP = rf"{_DATE}([ T]{_HOUR}({_SECOND} *)?)?"
TIMESTAMPTZ = rf"{_DATE}([ T]{_HOUR}({_SECOND}(Z| UTC|{_OFFSET})? *)?)?"
TIME = rf"{_WHITE}{_HOUR}({_SECOND})?{_WHITE}"


def decimal(scale: int) -> str:
    """A decimal whose digits beyond the scale are zeros."""
    fraction = rf"(\.[0-9]{{0,{scale}}}0*)?"
    alone = rf"\.[0-9]{{1,{scale}}}0*" if scale else r"\.0+"
    return rf"{_WHITE}[+-]?([0-9]+{fraction}|{alone}){_WHITE}"


_LETTERS = re.compile(r"'((?:[^']|'')*)'|([A-Za-z])\2*|[^A-Za-z']+|'")
_NAMES = {
    "M": (
        *("January", "February", "March", "April", "May", "June"),
        *("July", "August", "September", "October", "November", "December"),
    ),
    "E": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
}
#: Short ones, such as EST and IST, mean other zones to other engines.
_ZONE_NAME = r"UTC|GMT|[A-Za-z]+(?:/[A-Za-z0-9_+-]+)+"


def by_pattern(pattern: str) -> tuple[str, tuple[str, ...]]:
    """The texts that a date pattern in Java's letters reads, with one group for each part of the date, and the letters
    of these parts. Years have all the digits the pattern has: a shorter one would be another year. Raises ValueError
    naming letters that are not supported."""
    tokens = list(_LETTERS.finditer(pattern))
    refuse_unclear_parts(pattern)
    shape, letters = [_WHITE], []
    for i, token in enumerate(tokens):
        if token[2] is None:
            plain = "'" if token[1] is None and token[0] == "''" else token[1] or token[0]
            shape.append(re.sub(r"([\\^$.|?*+()\[\]{}])", r"\\\1", plain.replace("''", "'")))
            continue
        packed = any(_is_number(t) for t in (*tokens[max(i - 1, 0) : i], *tokens[i + 1 : i + 2]))
        shape.append(f"({_part(token[0], packed, pattern)})")
        letters.append(token[0])
    return "".join([*shape, _WHITE]), tuple(letters)


def refuse_unclear_parts(pattern: str) -> None:
    """Without `a`, 12 is midnight to one engine and noon to another, and with it a whole day has no halves; of a part
    that is there twice each engine takes one. Raises ValueError."""
    letters = [part[2] for part in _LETTERS.finditer(pattern) if part[2] is not None]
    twice = next((one for one in letters if letters.count(one) > 1), None)
    if twice is not None:
        raise ValueError(f"{twice} is twice in the pattern {pattern}")
    if ("h" in letters) != ("a" in letters):
        raise ValueError(
            f"in the pattern {pattern} h and a go together, for hours of half a day; H is for those of a day"
        )


def _is_number(token: re.Match[str]) -> bool:
    return token[2] is not None and token[2] in "yudDHhmsSM" and not token[0].startswith("MMM")


def _part(letters: str, packed: bool, pattern: str) -> str:
    """`packed` parts stand next to another number with nothing between."""
    letter, width = letters[0], len(letters)
    if (letter in "yu" and width in (1, 4)) or letters == "yy":
        return f"[0-9]{{{4 if width == 1 else width}}}"
    if letter in "ME" and width in ((3, 4) if letter == "M" else (1, 2, 3, 4)):
        names = _NAMES[letter] if width == 4 else [n[:3] for n in _NAMES[letter]]
        return "|".join("".join(f"[{c.upper()}{c.lower()}]" for c in n) for n in names)
    if letter in "MdHhms" and width in (1, 2):
        return "[0-9]{2}" if packed else "[0-9]{1,2}"
    if letter == "D" and width in (1, 3):
        return "[0-9]{3}" if packed else "[0-9]{1,3}"
    if letter == "S" and width <= 6:
        return "[0-9]{3}" if width == 3 else "[0-9]{1,6}"
    if letters == "a":
        return "[aApP][mM]"
    if (letter in "Xx" and width <= 3) or letters == "Z":
        return f"Z|{_OFFSET}" if letter == "X" else _OFFSET
    if letters in ("z", "VV"):
        return _ZONE_NAME
    raise ValueError(f"{letters} in the pattern {pattern} is not supported")
