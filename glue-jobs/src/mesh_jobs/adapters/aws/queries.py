"""Tables as a consumer reads them: by Athena, as one of its roles, through its workgroup."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from mesh_jobs.adapters.aws.failures import OF_A_PERSON, AwsFailed, speaking

_LOOKS_EVERY_SECONDS = 0.2
#: What Athena calls types that contracts call otherwise.
_TYPES = {
    "varchar": "string",
    "char": "string",
    "integer": "int",
    "bigint": "long",
    "real": "float",
    "varbinary": "binary",
}


@dataclass(frozen=True)
class Answer:
    columns: tuple[tuple[str, str], ...]
    """Names and types, as contracts name them."""
    rows: tuple[Mapping[str, str | None], ...]


class Queries:
    def __init__(self, athena: Any, work_group: str, sleep: Callable[[float], None] = time.sleep) -> None:
        self._athena, self._work_group, self._sleep = athena, work_group, sleep

    def rows(self, database: str, table: str, limit: int) -> Answer:
        """Some rows of a table, with the columns that whoever asks may see. Raises AwsFailed with Athena's reason."""
        return self.ask(f'SELECT * FROM "{table}" LIMIT {limit}', database, limit)

    def ask(self, sql: str, database: str, limit: int) -> Answer:
        """The first rows of an answer, at most a thousand. Raises AwsFailed."""
        with speaking(f"asking Athena in workgroup {self._work_group}", OF_A_PERSON):
            started = self._athena.start_query_execution(
                QueryString=sql, QueryExecutionContext={"Database": database}, WorkGroup=self._work_group
            )["QueryExecutionId"]
            while (status := self._status(started))["State"] in ("QUEUED", "RUNNING"):
                self._sleep(_LOOKS_EVERY_SECONDS)
        if status["State"] != "SUCCEEDED":
            why = status.get("StateChangeReason") or status["State"]
            raise AwsFailed(f"Athena: {why}", "a grant may be missing: mesh verify shows what is granted")
        with speaking(f"fetching the answer of {started}", OF_A_PERSON):
            # The header is a row too: https://docs.aws.amazon.com/athena/latest/APIReference/API_GetQueryResults.html
            found = self._athena.get_query_results(QueryExecutionId=started, MaxResults=min(limit, 999) + 1)[
                "ResultSet"
            ]
        columns = tuple((c["Name"], _type(c)) for c in found["ResultSetMetadata"]["ColumnInfo"])
        names = [name for name, _ in columns]
        rows = ([cell.get("VarCharValue") for cell in row["Data"]] for row in found["Rows"][1:])
        return Answer(columns, tuple(dict(zip(names, row, strict=True)) for row in rows))

    def _status(self, query: str) -> Mapping[str, Any]:
        found: Mapping[str, Any] = self._athena.get_query_execution(QueryExecutionId=query)["QueryExecution"]["Status"]
        return found


def _type(column: Mapping[str, Any]) -> str:
    name = re.sub(r"\(.*", "", column["Type"])
    if name == "decimal":
        return f"decimal({column['Precision']},{column['Scale']})"
    return _TYPES.get(name, name)
