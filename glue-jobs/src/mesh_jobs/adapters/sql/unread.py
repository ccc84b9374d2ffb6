"""What is said of a text that cannot be read: where it breaks off, and what would go on."""

from __future__ import annotations

import difflib
import re

from sqlglot import TokenType
from sqlglot.errors import ParseError, TokenError

from mesh_jobs.adapters.sql.problems import SqlProblem
from mesh_jobs.adapters.sql.words import OPENERS, OPERAND_ENDS, Text

#: Behind them something has to come, though sqlglot may take them for a name.
_GO_ON = ("AND", "BETWEEN", "IN", "IS", "LIKE", "NOT", "OR", "RLIKE")
_CLAUSES = ("SELECT", "FROM", "WHERE", "GROUP BY", "HAVING", "ORDER BY", "LIMIT", "OFFSET", "UNION", "INTERSECT")
#: They stand between two values.
_MIDDLES = (
    TokenType.AND, TokenType.OR, TokenType.EQ, TokenType.NEQ, TokenType.LT, TokenType.LTE, TokenType.GT, TokenType.GTE,
    TokenType.NULLSAFE_EQ, TokenType.SLASH, TokenType.MOD, TokenType.DPIPE,
)  # fmt: skip
_FOREIGN = {"&&": "write AND", "#": "write -- before a comment", "~": "write RLIKE", "XOR": "write <>"}
_DESCRIBED = re.compile(r"Expect(?:ed|ing) (.+?)(?: or comma)?(?: after (\w+))?(?: but got .*)?", re.DOTALL)
_BETWEEN = "write x BETWEEN a AND b"
_SELECT = "write the SELECT after WITH"
_CLOSED_BY = {"'": "'", '"': '"', "`": "`", "/*": "*/"}


def stray(text: Text) -> list[SqlProblem]:
    closers, _ = text.words.unpaired(text.own)
    return [
        SqlProblem(f"`{text.words.written(i, i)}` closes nothing", *text.place(i), "leave it out, or open it before")
        for i in closers
    ]


def unread(error: ParseError, reached: int | None, text: Text) -> SqlProblem:
    """`reached` is where the parser stood in the whole text, None at its end."""
    said = error.errors[0] if error.errors else {}
    description = str(said.get("description") or "it cannot be read").rstrip(".")
    words, last, place = text.words, text.own[-1], (said.get("line"), said.get("col"))
    at = next((i for i in text.own if (words.tokens[i].line, words.tokens[i].col) == place), last)
    over = reached is None or reached > words.tokens[last].end or (at == last and words.word(last) in _GO_ON)
    lonely = (i for i in text.own if words.type(i) in _MIDDLES and words.type(i - 1) not in OPERAND_ENDS)
    alone = next(lonely, None) if "'this' missing" in description else None
    typo = _misspelt(at, text)
    if alone is not None:
        at = alone
    elif typo is not None and not over:
        at, clause = typo
        return SqlProblem(f"`{words.written(at, at)}` does not belong here", *text.place(at), f"did you mean {clause}?")
    elif over and not description.startswith("Found multiple"):
        return _broken_off(description, text)
    message, remedy = _misplaced(description, at, text)
    return SqlProblem(message, *text.place(at), remedy)


def _misspelt(at: int, text: Text) -> tuple[int, str] | None:
    """A misspelt word is taken for a name first, so that what comes behind it is too much."""
    for i in (at, at - 1, at - 2):
        close = difflib.get_close_matches(text.words.word(i), _CLAUSES, 1, 0.75)
        if text.words.type(i) == TokenType.VAR and close:
            return i, close[0]
    return None


def _broken_off(description: str, text: Text) -> SqlProblem:
    words, last = text.words, text.own[-1]
    behind = f"`{words.written(last, last)}`"
    message, remedy = f"the {text.kind} ends too early", f"write what belongs after {behind}"
    _, opened = words.unpaired(text.own)
    if opened:
        opener = words.tokens[opened[-1]]
        line, column = text.place(opened[-1])
        closer = ")" if OPENERS[opener.token_type] == TokenType.R_PAREN else "]"
        message = f"the {text.kind} ends before the `{opener.text}` of {line}:{column} is closed"
        complete = words.type(last) in OPERAND_ENDS and words.word(last) not in _GO_ON
        remedy = f"add `{closer}`" if complete else f"{remedy}, and `{closer}`"
    elif description.startswith("Expected END"):
        message, remedy = "the CASE has no END", "add END"
    elif "Between" in description:
        remedy = _BETWEEN
    elif description.startswith("Expected table name"):
        remedy = f"write a table after {behind}"
    elif description.startswith("Failed to parse any statement"):
        remedy = _SELECT
    return SqlProblem(message, *text.end(), remedy)


def _misplaced(description: str, at: int, text: Text) -> tuple[str, str]:
    near = f"`{text.words.written(at, at)}`"
    twice = re.fullmatch(r"Found multiple '(.+)' clauses", description)
    wanted = _DESCRIBED.fullmatch(description)
    if twice:
        joined = "join the conditions with AND" if twice[1] in ("WHERE", "HAVING") else "leave one out"
        return f"there is a second {twice[1]}", joined
    if description.startswith("Required keyword"):
        form = _BETWEEN if "Between" in description else f"write what belongs before {near}"
        return f"something is missing before {near}", form
    if description.startswith("Failed to parse any statement"):
        return f"WITH is followed by {near}", _SELECT
    if description.startswith("Invalid expression") or (wanted and wanted[1] == ")"):
        return f"{near} does not belong here", _instead(at, text)
    if wanted:
        what = {"table name": "the name of a table", "TYPE": "a type"}.get(wanted[1], wanted[1])
        # Of these two, sqlglot names the word that comes before.
        side = "after" if wanted[2] in ("CASE", "EXTRACT") else "before"
        return f"{what} is missing {side} {near}", f"write {what}"
    said = f"{description[0].lower()}{description[1:]}, near {near}"
    return said, "write it as Spark does: docs/sql.md has what there is"


def _instead(at: int, text: Text) -> str:
    words = text.words
    if words.word(at) in _FOREIGN:
        return _FOREIGN[words.word(at)]
    _, opened = words.unpaired(range(text.own[0], at))
    closed = f", or close the `{words.tokens[opened[-1]].text}` before it" if opened else ""
    return f"leave it out, or write a comma or an operator before it{closed}"


def unclosed(error: TokenError, whole: str, shift: int) -> SqlProblem:
    """A text, a name in backticks or a comment without an end. `shift` lines come before what people wrote."""
    missing = re.fullmatch(r"Missing (\S+) from \d+:(\d+)", str(error.__cause__))
    start = int(missing[2]) if missing else whole.rfind("/*")
    opener = missing[1] if missing else "/*"
    if start < 0 or opener not in _CLOSED_BY:
        return SqlProblem("a text or comment is not closed", 1, 1, "close it")
    lines = whole[:start].split("\n")
    what = {"`": "the name", "/*": "the comment"}.get(opener, "the text")
    line = len(lines) - shift
    return SqlProblem(f"{what} that begins here is not closed", line, len(lines[-1]) + 1, f"add {_CLOSED_BY[opener]}")
