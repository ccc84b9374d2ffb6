"""Spark's errors in words for a person, without a value that is protected."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from py4j.protocol import Py4JError, Py4JJavaError, Py4JNetworkError
from pyspark.errors import AnalysisException, ParseException
from pyspark.errors.exceptions.captured import CapturedException

from mesh_jobs.adapters.reach import out_of_reach
from mesh_jobs.adapters.required import without_required
from mesh_jobs.adapters.spark.obstacles import innermost, outside
from mesh_jobs.domain.errors import GROW, BadInput, DiskFull, EngineFailed, MeshError, OutOfMemory, disk_is_full

_HIDDEN = "an expression failed on a value; it is not shown, as columns may be protected"
#: `[CLASS.SUBCLASS] sentence`, as Spark's errors begin.
_NAMED = re.compile(r"\[([A-Z][A-Z0-9_]+(?:\.[A-Z0-9_]+)*)\] ([^\n]*)")
#: Where Spark goes on to advise settings that are not a product's to change, or to print its plan.
_ADVICE = re.compile(
    r"\s*(Use .try_|To (return|tolerate)|If necessary|Correct the |Verify the |on search path |;? ?line \d|\(line \d"
    r"|SQLSTATE:|\n).*",
    re.DOTALL,
)
#: A null on its way into a required column, which is named. Source: `checkNullability` in
#: https://github.com/apache/spark/blob/v3.5.6/sql/catalyst/src/main/scala/org/apache/spark/sql/catalyst/analysis/TableOutputResolver.scala
_REQUIRED = re.compile(r"null value appeared in non-nullable field:\s*(.+)", re.IGNORECASE)
#: What functions of SQL throw unnamed, as assert_true and those of dates, patterns and numbers do.
_OF_VALUES = {
    "",
    "java.lang.ArithmeticException",
    "java.lang.IllegalArgumentException",
    "java.lang.NumberFormatException",
    "java.lang.RuntimeException",
    "java.time.DateTimeException",
    "java.time.format.DateTimeParseException",
    "java.util.regex.PatternSyntaxException",
}
#: An executor that is lost had too little memory only where it was killed for that: nodes are lost and taken back, too.
_MEMORY = re.compile(
    r"OutOfMemoryError|memory limits|ExecutorLostFailure.{1,1000}?(code|status):? 137\b", re.DOTALL | re.IGNORECASE
)

_ROOM = f"here, free some memory or use --engine duckdb; on Glue, {GROW}"


@contextmanager
def speaking(what: str, silent: bool) -> Iterator[None]:
    """Everything is computed late, so any step may meet a value that does not fit. `silent` when there are protected
    columns. What Java was asked wrongly is a fault of ours, and stays what it is."""
    try:
        yield
    except (CapturedException, Py4JError) as error:
        if _asked_wrongly(error):
            raise
        raise spoken(what, error, silent) from error


def spoken(what: str, error: Exception, silent: bool) -> MeshError:
    """What failed, and Spark's reason unless it might hold a value."""
    chain = _chain(error)
    texts = [f"{c}: {said}" if c else said for c, said in chain]
    everything = "\n".join(texts)
    if disk_is_full(RuntimeError(everything)):
        return DiskFull(what)
    if _unanswered(error):
        return OutOfMemory(
            f"Spark's Java ended while it worked on {what}, most likely because it ran out of memory", _ROOM
        )
    if _MEMORY.search(everything):
        return OutOfMemory(f"{what}: there was not enough memory", _ROOM)
    required = _REQUIRED.search(everything)
    if required is not None:
        return without_required(what, required[1].strip())
    named = _NAMED.search(everything)
    lost = named is not None and named[1] == "PATH_NOT_FOUND"
    kept_away = out_of_reach(what, "missing", named[2]) if named and lost else outside(what, chain)
    if kept_away is not None:
        return kept_away
    before_computing = isinstance(error, AnalysisException | ParseException)
    if not before_computing and not _of_a_value(chain, named[1] if named else None):
        java_class, said = innermost(chain)
        words = "" if silent else f" ({_plain(said)})"
        return EngineFailed(
            what, f"Spark failed with {java_class.rpartition('.')[2]}{words}, which is not about a value"
        )
    reason = named[2] if named else texts[-1]
    # What Spark says before it computes is about names and types, never about values.
    if silent and not before_computing:
        reason = _HIDDEN
    return BadInput(f"{what}: {_plain(reason)}", "correct the rule or its expression, or filter such rows out first")


def _of_a_value(chain: Sequence[tuple[str, str]], named: str | None) -> bool:
    """Whether an expression could not make a value: Spark's errors of that kind are named, but for those that a library
    throws which it computes with."""
    if named is not None:
        return named != "INTERNAL_ERROR"
    return innermost(chain)[0] in _OF_VALUES


def not_had(what: str, error: Exception) -> MeshError | None:
    """The error in words, if a file is gone, denied or out of reach; None for all else, as for one that is damaged."""
    return outside(what, _chain(error), named=True)


def _unanswered(error: Exception) -> bool:
    """Whether Java is gone, as it is when the machine takes its memory back; an answer has an exception or a trace."""
    if isinstance(error, Py4JNetworkError):
        return True
    return isinstance(error, Py4JError) and not isinstance(error, Py4JJavaError) and "Trace:" not in str(error)


def _asked_wrongly(error: Exception) -> bool:
    """Whether Java was there and did not take the call: what it takes and then fails with is a Py4JJavaError."""
    return isinstance(error, Py4JError) and not isinstance(error, Py4JJavaError) and not _unanswered(error)


def _plain(reason: str) -> str:
    said = _ADVICE.sub("", reason).strip().rstrip(".")
    return said[:1].lower() + said[1:300]


def _chain(error: Exception) -> list[tuple[str, str]]:
    """The class and message of the error and of its causes, without stacks; of one that is not Java's, its message."""
    java: Any = error.java_exception if isinstance(error, Py4JJavaError) else getattr(error, "_origin", None)
    if java is None:
        return [("", str(error))]
    chain: list[tuple[str, str]] = []
    while java is not None and len(chain) < 20:
        chain.append((java.getClass().getName(), str(java.getMessage()).split("\n\tat ", 1)[0]))
        java = java.getCause()
    return chain
