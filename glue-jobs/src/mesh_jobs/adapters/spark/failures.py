"""Spark's errors in words for a person, without a value that is protected."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from py4j.protocol import Py4JError, Py4JJavaError, Py4JNetworkError
from pyspark.errors import AnalysisException, ParseException
from pyspark.errors.exceptions.captured import CapturedException

from mesh_jobs.domain.errors import BadInput, DiskFull, MeshError, disk_is_full

_HIDDEN = "an expression failed on a value; it is not shown, as columns may be protected"
#: `[CLASS.SUBCLASS] sentence`, as Spark's errors begin.
_NAMED = re.compile(r"\[([A-Z][A-Z0-9_]+(?:\.[A-Z0-9_]+)*)\] ([^\n]*)")
#: Where Spark goes on to advise settings that are not a product's to change, or to print its plan.
_ADVICE = re.compile(
    r"\s*(Use .try_|To (return|tolerate)|If necessary|Correct the |Verify the |on search path |;? ?line \d|\(line \d"
    r"|SQLSTATE:|\n).*",
    re.DOTALL,
)
_MEMORY = re.compile(r"OutOfMemoryError|exceeding (physical )?memory limits|ExecutorLostFailure")


@contextmanager
def speaking(what: str, silent: bool) -> Iterator[None]:
    """Everything is computed late, so any step may meet a value that does not fit. `silent` when there are protected
    columns."""
    try:
        yield
    except (CapturedException, Py4JError) as error:
        raise spoken(what, error, silent) from error


def spoken(what: str, error: Exception, silent: bool) -> MeshError:
    """What failed, and Spark's reason unless it might hold a value."""
    texts = _chain(error)
    everything = "\n".join(texts)
    if disk_is_full(RuntimeError(everything)):
        return DiskFull(what)
    if _unanswered(error) or _MEMORY.search(everything):
        return BadInput(f"{what}: memory was not enough", "give the job larger workers, or more of them")
    named = _NAMED.search(everything)
    reason = named[2] if named else texts[-1]
    # What Spark says before it computes is about names and types, never about values.
    if silent and not isinstance(error, AnalysisException | ParseException):
        reason = _HIDDEN
    return BadInput(f"{what}: {_plain(reason)}", "correct the rule or its expression, or filter such rows out before")


def _unanswered(error: Exception) -> bool:
    """Whether Java is gone, as it is when the machine takes its memory back; an answer has an exception or a trace."""
    if isinstance(error, Py4JNetworkError):
        return True
    return isinstance(error, Py4JError) and not isinstance(error, Py4JJavaError) and "Trace:" not in str(error)


def _plain(reason: str) -> str:
    said = _ADVICE.sub("", reason).strip().rstrip(".")
    return said[:1].lower() + said[1:300]


def _chain(error: Exception) -> list[str]:
    """What the error and its causes say, without stacks."""
    java: Any = error.java_exception if isinstance(error, Py4JJavaError) else getattr(error, "_origin", None)
    texts = [] if java is not None else [str(error)]
    while java is not None and len(texts) < 20:
        texts.append(f"{java.getClass().getName()}: {java.getMessage()}".split("\n\tat ", 1)[0])
        java = java.getCause()
    return texts
