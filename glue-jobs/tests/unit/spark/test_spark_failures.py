"""Expressions are computed late: wherever one meets a value it cannot use, that is the person's to correct."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from py4j.protocol import Py4JError, Py4JNetworkError

from mesh_jobs.adapters.spark.failures import speaking
from mesh_jobs.adapters.spark.obstacles import outside
from mesh_jobs.domain import rules as r
from mesh_jobs.domain.errors import AGAIN, GROW, BadInput, DiskFull, EngineFailed, OutOfMemory, OutOfReach
from mesh_jobs.domain.plan import FileFormat, FileSource
from mesh_jobs.domain.table import Column, Field, ListType
from mesh_jobs.ports.engine import Dataset
from support.bench import check, protected, table
from support.sides import Sides, sides_in
from support.spark import spark


@pytest.fixture(scope="module")
def sides(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sides]:
    found = sides_in(tmp_path_factory.mktemp("failures"))
    yield found
    found.close()


@pytest.fixture(scope="module")
def people(sides: Sides) -> Dataset:
    return sides.given("email VARCHAR, n INTEGER", [["'ann@shoply.com'", "0"]])[1]


@pytest.mark.parametrize(
    ("expression", "said"),
    [
        ("CAST(email AS BIGINT)", 'the value \'ann@shoply.com\' of the type "STRING" cannot be cast to "BIGINT"'),
        ("1 / n", "division by zero"),
        ("CAST('x' AS DATE)", 'the value \'x\' of the type "STRING" cannot be cast to "DATE"'),
        ("2147483647 + n + 1", "integer overflow"),
        ("array(1, 2)[5 + n]", "the index 5 is out of bounds"),
        ("assert_true(n = 1, 'n is one')", "n is one"),
        ("to_date('2026-13-01', 'yyyy-MM-dd')", "text '2026-13-01' could not be parsed"),
    ],
)
def test_what_fails_on_a_value_is_one_plain_sentence(sides: Sides, people: Dataset, expression: str, said: str) -> None:
    made = table(r.Derive("1", (("x", expression),)), r.Filter("2", "CAST(x AS STRING) <> ''", "x"))
    with pytest.raises(BadInput) as caught:
        sides.spark.prepare(made, {"rows": people})
    message = str(caught.value)
    assert message.startswith("table clean: ")
    assert said in message
    for noise in ("\n", "org.apache", "ansi", "try_", "SQLSTATE", "[", "== SQL"):
        assert noise not in message.replace("array(1, 2)[", "")


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        (r.Derive("1", (("x", "emial"),)), "name `emial` cannot be resolved. Did you mean"),
        (r.Derive("1", (("x", "_mesh_row"),)), "name `_mesh_row` cannot be resolved"),
        (r.Filter("1", "n +", "x"), "syntax error at or near end of input"),
        (r.Filter("1", "nosuch(n)", "x"), "cannot resolve function `nosuch`"),
        (r.Sql("1", "SELECT * FROM nowhere", None), "`nowhere` cannot be found"),
        (r.Sql("1", "DROP TABLE rows", None), "syntax error"),
        (r.Sql("1", "SELECT * FROM csv.`/etc/passwd`", None), "cannot be found"),
        (r.Sql("1", "SELECT n, n FROM rows", None), "the result has two columns named n"),
    ],
)
def test_what_cannot_even_be_looked_at_names_the_rule(sides: Sides, people: Dataset, rule: Any, said: str) -> None:
    with pytest.raises(BadInput) as caught:
        sides.spark.prepare(table(rule, protected=protected("email")), {"rows": people})
    message = str(caught.value)
    assert message.startswith("table clean: rule 1: " if "two columns" not in said else "table clean: ")
    assert said in message
    assert "\n" not in message


@pytest.mark.parametrize(
    "look",
    [
        lambda engine, rows: engine.rows(rows),
        lambda engine, rows: engine.tally(rows, ["n"]),
        lambda engine, rows: engine.greatest(rows, "n"),
        lambda engine, rows: engine.measure(table(), rows, [check("nullValues", "n")]),
        lambda engine, rows: engine.prepare(table(r.Filter("1", "n = 1", "x")), {"rows": rows}),
    ],
    ids=["rows", "tally", "greatest", "measure", "next table"],
)
def test_an_expression_that_fails_when_it_is_looked_at_is_bad_input(
    sides: Sides, people: Dataset, look: Callable[[Any, Dataset], Any]
) -> None:
    prepared = sides.spark.prepare(table(r.Derive("1", (("n", "1 / n"),))), {"rows": people})
    with pytest.raises(BadInput):
        look(sides.spark, sides.spark.dataset(prepared))


def test_a_type_that_spark_has_not_names_table_and_column(sides: Sides, people: Dataset) -> None:
    opened = Column("c1", "opens_at", ListType("time"))
    with pytest.raises(BadInput, match="table clean: column opens_at has the type time, which Spark does not have"):
        sides.spark.prepare(table(columns=(opened,)), {"rows": people})
    shops = FileSource("shops", "", FileFormat("csv"), (Field("closes_at", "time"),))
    with pytest.raises(BadInput, match="source shops: column closes_at has the type time"):
        sides.spark.read_files(shops, [])


def thrown(java_class: str, message: str) -> Callable[[], Any]:
    """What fails in Java with this error."""

    def fail() -> Any:
        java: Any = spark()._jvm
        loader = java.java.lang.Thread.currentThread().getContextClassLoader()
        error = loader.loadClass(java_class).getConstructor(_classes(java)).newInstance(_arguments(java, message))
        future = java.java.util.concurrent.CompletableFuture()
        future.completeExceptionally(error)
        return future.join()

    return fail


def _classes(java: Any) -> Any:
    types = spark().sparkContext._gateway.new_array(java.java.lang.Class, 1)
    types[0] = java.java.lang.Class.forName("java.lang.String")
    return types


def _arguments(java: Any, message: str) -> Any:
    values = spark().sparkContext._gateway.new_array(java.java.lang.Object, 1)
    values[0] = message
    return values


LOST = (
    "Job aborted due to stage failure: Task 3 in stage 7.0 failed 4 times, most recent failure: "
    "Lost task 3.3 in stage 7.0 (TID 9) (172.31.0.9 executor 2): ExecutorLostFailure (executor 2 exited "
)


@pytest.mark.parametrize(
    ("why", "memory"),
    [
        ("caused by a task) Reason: Container from a bad node: c_1 on host: h. Exit status: 137. Diagnostics: .", True),
        ("caused by a task) Reason: Command exited with code 137", True),
        ("caused by a task) Reason: Container killed by YARN for exceeding physical memory limits. 6 GB of 5 GB", True),
        ("unrelated to the running tasks) Reason: Executor decommission: spot is taken back", False),
        ("caused by a task) Reason: Remote RPC client disassociated. Likely due to network issues", False),
        ("unrelated to the running tasks) Reason: Container released on a *lost* node, exit status: -100", False),
    ],
)
def test_a_lost_worker_was_too_small_only_if_it_was_killed_for_that(why: str, memory: bool) -> None:
    with pytest.raises(OutOfMemory if memory else EngineFailed), speaking("table clean", silent=True):
        thrown("org.apache.spark.SparkException", LOST + why)()


def test_a_full_disk_and_full_memory_have_their_own_remedies() -> None:
    with pytest.raises(DiskFull), speaking("table clean", silent=True):
        thrown("java.io.IOException", "No space left on device")()
    with (
        pytest.raises(OutOfMemory, match="table clean: there was not enough memory"),
        speaking("table clean", silent=True),
    ):
        thrown("java.lang.OutOfMemoryError", "Java heap space")()


@pytest.mark.parametrize(
    "error",
    [
        Py4JNetworkError("Answer from Java side is empty"),
        Py4JError("An error occurred while calling o1.collectToPython"),
    ],
)
def test_a_java_that_was_killed_is_told_as_far_as_it_is_known(error: Py4JError) -> None:
    with pytest.raises(OutOfMemory) as caught, speaking("table clean", silent=True):
        raise error
    assert (
        str(caught.value)
        == "Spark's Java ended while it worked on table clean, most likely because it ran out of memory"
    )
    assert "--engine duckdb" in str(caught.value.remedy)
    assert f"on Glue, {GROW}" in str(caught.value.remedy)


@pytest.mark.parametrize(
    ("java_class", "said", "message"),
    [
        ("java.io.FileNotFoundException", "File s3://b/a.parquet does not exist", "s3://b/a.parquet is not there"),
        ("java.io.FileNotFoundException", "/data/a.csv (Permission denied)", "access to /data/a.csv was denied"),
        ("java.nio.file.AccessDeniedException", "s3a://b/a.csv: 403", "access to s3a://b/a.csv was denied"),
        ("java.net.UnknownHostException", "glue.amazonaws.com: unknown", "glue.amazonaws.com could not be reached"),
        ("java.net.SocketTimeoutException", "Read timed out", "a file or a table that it needs could not be reached"),
        ("java.io.IOException", "at file:/t/n=ann/a.parquet", "file:/t/…/a.parquet could not be read or written"),
    ],
)
def test_what_java_says_of_files_and_the_network_becomes_a_sentence(java_class: str, said: str, message: str) -> None:
    with pytest.raises(OutOfReach) as caught, speaking("table clean", silent=True):
        thrown(java_class, said)()
    assert str(caught.value) == f"table clean: {message}"


@pytest.mark.parametrize(
    ("java_class", "said", "message"),
    [
        ("software.amazon.awssdk.services.s3.model.S3Exception", "Forbidden (Service: S3, Status Code: 403)", "denied"),
        ("software.amazon.awssdk.services.glue.model.GlueException", "Slow (Status Code: 503)", "was too busy"),
        ("software.amazon.awssdk.services.glue.model.EntityNotFoundException", "gone", "is not there"),
        ("org.apache.iceberg.exceptions.ForbiddenException", "Forbidden: no", "denied"),
        ("software.amazon.awssdk.core.exception.SdkClientException", "Unable to load credentials", "no credentials"),
        ("org.apache.spark.SparkException", "Lost task 0.0 in stage 1.0 (TID 7) (10.0.0.1 executor 2): "
         "org.apache.iceberg.exceptions.NotFoundException: Location does not exist: s3://b/a.parquet",
         "s3://b/a.parquet is not there"),
    ],
)  # fmt: skip
def test_what_aws_and_executors_say_becomes_a_sentence(java_class: str, said: str, message: str) -> None:
    found = outside("table clean", [("org.apache.spark.SparkException", "Job aborted"), (java_class, said)])
    assert message in str(found)


def test_an_error_of_a_value_is_none_of_the_outside() -> None:
    said = "The value 'FileNotFoundException: /a, Status Code: 403' cannot be cast"
    assert outside("table clean", [("org.apache.spark.SparkNumberFormatException", said)]) is None


@pytest.mark.parametrize(
    ("java_class", "said"),
    [
        ("org.apache.spark.SparkException", "Total size of serialized results of 5 tasks is bigger than maxResultSize"),
        ("org.apache.spark.SparkException", "Could not execute broadcast in 300 secs."),
        ("java.lang.NullPointerException", "Cannot invoke row.get for 'ann@shoply.com'"),
        ("java.lang.IllegalStateException", "[INTERNAL_ERROR] The Spark SQL phase planning failed"),
    ],
)
@pytest.mark.parametrize("silent", [True, False])
def test_a_fault_of_spark_is_not_told_as_one_of_a_rule(java_class: str, said: str, silent: bool) -> None:
    with pytest.raises(EngineFailed) as caught, speaking("table clean", silent):
        thrown(java_class, said)()
    message = str(caught.value)
    assert message.startswith(f"table clean: Spark failed with {java_class.rpartition('.')[2]}")
    assert message.endswith(", which is not about a value; what was certified before is untouched")
    assert ("ann@" in message or "bigger than" in message or "300 secs" in message or "failed)" in message) != silent
    assert str(caught.value.remedy).startswith(AGAIN)


def test_an_error_of_ours_stays_what_it_is() -> None:
    with pytest.raises(TypeError), speaking("table clean", silent=True):
        spark().range(1).select(spark())  # type: ignore[arg-type]
    # Java has none that takes a long.
    with pytest.raises(Py4JError, match="does not exist"), speaking("table clean", silent=True):
        spark().range(1).coalesce(2**31)
