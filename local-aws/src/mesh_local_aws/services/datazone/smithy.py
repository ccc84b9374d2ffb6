"""As much of Smithy as a form type is written in: structures, and which of their members are required."""

from __future__ import annotations

import re
from dataclasses import dataclass

_TOKEN = re.compile(r'\s+|//[^\n]*|(?P<token>"(?:[^"\\]|\\.)*"|@?[\w.#$]+|[{}()\[\]:,=])')
_NAME = re.compile(r"[A-Za-z_]\w*")


class NotSmithy(ValueError):
    """What is wrong with the text, and where."""


@dataclass(frozen=True)
class Member:
    name: str
    type: str
    required: bool


def structures(text: str) -> dict[str, list[Member]]:
    """The structures of a text by name; lists, maps and enumerations that it defines are passed over. Raises NotSmithy."""
    parser = _Parser(_tokens(text))
    found: dict[str, list[Member]] = {}
    while parser.peek() is not None:
        parser.traits()
        keyword, name = parser.take(), parser.name()
        if keyword != "structure":
            parser.block()
        elif name in found:
            raise NotSmithy(f"the structure {name} is there twice")
        else:
            found[name] = parser.members(name)
    return found


def _tokens(text: str) -> list[str]:
    found, at = [], 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            raise NotSmithy(f"unexpected {text[at]!r} in line {text.count(chr(10), 0, at) + 1}")
        if match["token"]:
            found.append(match["token"])
        at = match.end()
    return found


class _Parser:
    def __init__(self, tokens: list[str]) -> None:
        self._tokens = tokens
        self._at = 0

    def peek(self) -> str | None:
        return self._tokens[self._at] if self._at < len(self._tokens) else None

    def take(self, expected: str | None = None) -> str:
        token = self.peek()
        if token is None or (expected is not None and token != expected):
            raise NotSmithy(f"expected {expected or 'more'}, received {token or 'the end of the text'}")
        self._at += 1
        return token

    def name(self) -> str:
        token = self.take()
        if not _NAME.fullmatch(token):
            raise NotSmithy(f"expected a name, received {token}")
        return token

    def traits(self) -> list[str]:
        """`@documentation("…") @required` → `["documentation", "required"]`"""
        found = []
        while (token := self.peek()) is not None and token.startswith("@"):
            found.append(self.take().removeprefix("@"))
            if self.peek() == "(":
                self.block()
        return found

    def members(self, structure: str) -> list[Member]:
        found: list[Member] = []
        self.take("{")
        while self.peek() != "}":
            traits, name = self.traits(), self.name()
            if any(each.name == name for each in found):
                raise NotSmithy(f"{structure} has the member {name} twice")
            self.take(":")
            found.append(Member(name, self.name(), "required" in traits))
            if self.peek() == ",":
                self.take()
        self.take("}")
        return found

    def block(self) -> None:
        """Passes over a bracket and all in it."""
        opened = 0
        while True:
            token = self.take()
            opened += (token in "{([") - (token in "})]")
            if opened == 0:
                return
