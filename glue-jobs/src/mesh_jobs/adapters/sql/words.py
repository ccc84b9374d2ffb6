"""The words of a text, as sqlglot's tokenizer has them: which stand beside each other, and in which parentheses."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from sqlglot import Token, TokenType

from mesh_jobs.adapters.sql.dialect import PortableSpark

#: The index of a token, what is wrong there, and what to write instead.
Said = tuple[int, str, str]

#: Keywords that sqlglot takes for names, too; a bracket behind them begins something.
_NO_OPERAND = {
    TokenType.ALL,
    TokenType.ANY,
    TokenType.SOME,
    TokenType.CASE,
    TokenType.DIV,
    TokenType.ESCAPE,
    TokenType.EXISTS,
    TokenType.IN,
    TokenType.IS,
}
OPERAND_ENDS = (PortableSpark.Parser.ID_VAR_TOKENS - _NO_OPERAND) | {
    TokenType.R_PAREN,
    TokenType.R_BRACKET,
    TokenType.IDENTIFIER,
    TokenType.STRING,
    TokenType.NUMBER,
}
SETS = (TokenType.UNION, TokenType.EXCEPT, TokenType.INTERSECT)
CLAUSES = (TokenType.FROM, TokenType.WHERE, TokenType.GROUP_BY, TokenType.HAVING, TokenType.ORDER_BY, *SETS)
CLOSERS = (TokenType.R_PAREN, TokenType.R_BRACKET, TokenType.SEMICOLON)
OPENERS = {TokenType.L_PAREN: TokenType.R_PAREN, TokenType.L_BRACKET: TokenType.R_BRACKET}


@dataclass(frozen=True)
class Words:
    """Tokens by their place. Beyond the ends there is nothing, which is no keyword."""

    tokens: Sequence[Token]
    text: str

    def type(self, i: int) -> TokenType | None:
        return self.tokens[i].token_type if 0 <= i < len(self.tokens) else None

    def word(self, i: int) -> str:
        """A word as it is written, in capitals; nothing for texts and names in backticks."""
        return self._words[i] if 0 <= i < len(self._words) else ""

    @cached_property
    def _words(self) -> list[str]:
        quoted = (TokenType.STRING, TokenType.IDENTIFIER)
        return ["" if t.token_type in quoted else " ".join(t.text.split()).upper() for t in self.tokens]

    def place(self, i: int) -> tuple[int, int]:
        """Line and column where a token begins."""
        t = self.tokens[i]
        return t.line, max(1, t.col - (t.end - t.start))

    def written(self, first: int, last: int) -> str:
        return self.text[self.tokens[first].start : self.tokens[last].end + 1]

    def is_suffix(self, i: int) -> bool:
        """sqlglot makes 1L the three tokens of 1::BIGINT, all in one place."""
        return self.type(i) == TokenType.DCOLON and self.tokens[i].start == self.tokens[i - 1].start

    def beside(self, i: int) -> Iterator[int]:
        """Behind i, what is in the same parentheses and in no further ones."""
        depth = 0
        for j in range(i, len(self.tokens)):
            if self.type(j) in OPENERS.values():
                depth -= 1
            if depth < 0:
                return
            if depth == 0:
                yield j
            if self.type(j) in OPENERS:
                depth += 1

    def end(self, i: int) -> int:
        """Where the parentheses close that i is in."""
        return next((j + 1 for j in reversed(list(self.beside(i)))), i)

    def opener(self, i: int) -> int | None:
        """Where the parentheses open that i is in."""
        depth = 0
        for j in range(i - 1, -1, -1):
            depth += (self.type(j) in OPENERS.values()) - (self.type(j) in OPENERS)
            if depth < 0:
                return j
        return None

    def unpaired(self, among: range) -> tuple[list[int], list[int]]:
        """Parentheses that close nothing, and those that are not closed."""
        stray: list[int] = []
        opened: list[int] = []
        for i in among:
            if self.type(i) in OPENERS:
                opened.append(i)
            elif self.type(i) in OPENERS.values():
                if opened and self.type(i) == OPENERS[self.tokens[opened[-1]].token_type]:
                    opened.pop()
                else:
                    stray.append(i)
        return stray, opened

    def called(self, *names: str) -> Iterator[int]:
        """Where the arguments begin of functions with these names."""
        for i in range(len(self.tokens)):
            if self.word(i) in names and self.type(i + 1) == TokenType.L_PAREN and self.type(i - 1) != TokenType.DOT:
                yield i + 2


@dataclass(frozen=True)
class Text:
    """What a person wrote: which of the words, and how many lines come before."""

    kind: str
    words: Words
    own: range
    shift: int

    def place(self, i: int) -> tuple[int, int]:
        line, column = self.words.place(i)
        return max(1, line - self.shift), column

    def end(self) -> tuple[int, int]:
        last = self.words.tokens[self.own[-1]]
        return last.line - self.shift, last.col


def nothing_behind(comma: int) -> Said:
    return comma, "there is nothing after this comma", "leave the comma out"
