"""Java's classes by their names, each asked for once.

Py4J asks anew at each use, for every part of a dotted name, and Java then looks through some three hundred jars for a
class called `org` and one called `org.apache`. PySpark does so for each column that it makes: its `functions` are
looked for in seven packages before they are found. That was a tenth of what small queries cost
(https://github.com/py4j/py4j/blob/0.10.9.7/py4j-java/src/main/java/py4j/reflection/TypeUtil.java).
"""

from __future__ import annotations

from typing import Any

from py4j.java_gateway import JavaPackage
from pyspark.sql import SparkSession

#: What begins the names of ours and PySpark's, and the classes that PySpark names without their packages: those that it
#: makes something of, and those of which it only calls what is static.
_PACKAGES = ("java", "org", "py4j", "scala")
_CLASSES = ("SparkSession",)
_STATIC = ("PythonSQLUtils", "PythonUtils", "SparkSession$", "functions")


class _Known:
    """A package or a class that keeps what was found in it."""

    def __init__(self, of: Any) -> None:
        self._of = of

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._of, name)
        found = _Known(found) if isinstance(found, JavaPackage) else found
        setattr(self, name, found)
        return found


def remember_names(session: SparkSession) -> None:
    """Once for the JVM of a session; again does nothing."""
    jvm: Any = session._jvm
    for name in _CLASSES:
        setattr(jvm, name, getattr(jvm, name))
    for name in (*_PACKAGES, *_STATIC):
        if name not in vars(jvm):
            setattr(jvm, name, _Known(getattr(jvm, name)))
