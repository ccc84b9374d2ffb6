"""The plan as the jobs see it: what TypeScript resolved, in plain dataclasses. Nothing here validates twice."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from mesh_jobs.domain.quarantine import ENDING
from mesh_jobs.domain.rules import TransformationRule
from mesh_jobs.domain.table import KEYED, Column, Field, Masking, TableName

Mode = Literal["init", "full", "delta"]
Layer = Literal["bronze", "silver", "gold"]
Severity = Literal["critical", "warning"]
ActionOnFail = Literal["abort_workflow", "quarantine_rows", "alert"]
Metric = Literal[
    "nullValues",
    "missingValues",
    "invalidValues",
    "duplicateValues",
    "rowCount",
    "sql",
    "foreignKey",
    "freshness",
]
Operator = Literal[
    "mustBe",
    "mustNotBe",
    "mustBeGreaterThan",
    "mustBeGreaterOrEqualTo",
    "mustBeLessThan",
    "mustBeLessOrEqualTo",
    "mustBeBetween",
    "mustNotBeBetween",
]


@dataclass(frozen=True)
class FileFormat:
    """How the bytes of a source become records. Only CSV uses the text options; `auto` goes by a file's extension."""

    format: Literal["csv", "json", "jsonl", "parquet", "auto"]
    delimiter: str = ","
    quote: str = '"'
    escape: str = '"'
    header: bool = True
    encoding: str = "utf-8"
    null_values: tuple[str, ...] = ()


@dataclass(frozen=True)
class Watermark:
    """The column that tells what changed, and how far back a delta reads again, in seconds."""

    column: str
    overlap_seconds: int


@dataclass(frozen=True)
class DatabaseTable:
    """A table of a data base, by the name of a connection whose secret the domain's account holds."""

    kind = "jdbc"
    connection: str
    table: str


@dataclass(frozen=True)
class HttpService:
    """What a service answers: `records` is the way to the records in a JSON answer; pages follow each other by a
    `Link` header, or by a `cursor` in the answer that is asked with as `parameter`; `since` is the parameter that takes
    the watermark."""

    kind = "http"
    url: str
    format: Literal["csv", "json", "jsonl", "parquet"]
    connection: str | None = None
    records: tuple[str, ...] = ()
    paginate: Literal["none", "link", "cursor"] = "none"
    cursor: tuple[str, ...] = ()
    parameter: str | None = None
    since: str | None = None


Remote = DatabaseTable | HttpService


@dataclass(frozen=True)
class FileSource:
    """Files below the landing prefix of the product, or files that a run makes of what a remote source gives; without a
    connection to it, as on a laptop, its sample is read."""

    name: str
    path: str
    file: FileFormat
    fields: tuple[Field, ...] | None
    primary_key: tuple[str, ...] = ()
    watermark: Watermark | None = None
    on_bad_record: Literal["abort", "quarantine"] = "abort"
    sample: str | None = None
    remote: Remote | None = None
    system: str | None = None


@dataclass(frozen=True)
class ProductSource:
    """Another product's certified table."""

    name: str
    product: str
    major: int
    object: str
    table: TableName
    primary_key: tuple[str, ...] = ()
    max_age_seconds: int | None = None
    fields: tuple[Field, ...] = ()


Source = FileSource | ProductSource


@dataclass(frozen=True)
class Reference:
    """Where the keys of a referential rule are looked for: a table of the plan, or a source that is another product."""

    name: str
    columns: tuple[str, ...]


@dataclass(frozen=True)
class QualityRule:
    """One check: a metric over columns, compared with a threshold."""

    id: str
    title: str
    origin: str
    metric: Metric
    scope: Literal["row", "aggregate"]
    columns: tuple[str, ...]
    arguments: dict[str, Any]
    query: str | None
    operator: Operator
    threshold: tuple[float, ...]
    unit: Literal["rows", "percent", "seconds"]
    severity: Severity
    action: ActionOnFail
    dimension: str | None = None
    #: Only for foreignKey.
    reference: Reference | None = None

    def holds(self, value: float) -> bool:
        """Whether a measured value (rows, or percent when that is the unit) meets the threshold."""
        low, high = self.threshold[0], self.threshold[-1]
        match self.operator:
            case "mustBe":
                return value == low
            case "mustNotBe":
                return value != low
            case "mustBeGreaterThan":
                return value > low
            case "mustBeGreaterOrEqualTo":
                return value >= low
            case "mustBeLessThan":
                return value < low
            case "mustBeLessOrEqualTo":
                return value <= low
            case "mustBeBetween":
                return low <= value <= high
            case "mustNotBeBetween":
                return not low <= value <= high


@dataclass(frozen=True)
class Partition:
    column: str
    transform: Literal["identity", "year", "month", "day"]


@dataclass(frozen=True)
class Protected:
    """A column classified above internal: masked in the quarantine, its values in no message."""

    name: str
    masking: Masking


@dataclass(frozen=True)
class Table:
    """One table of the pipeline, in any layer."""

    name: str
    layer: Layer
    published: bool
    physical: TableName
    quarantine: TableName
    tombstones: TableName
    inputs: tuple[str, ...]
    columns: tuple[Column, ...] | None
    protected: tuple[Protected, ...]
    primary_key: tuple[str, ...]
    partition_by: tuple[Partition, ...]
    rules: tuple[TransformationRule, ...]
    checks: tuple[QualityRule, ...]
    persist: bool
    incremental: bool
    refresh_on: tuple[Mode, ...]
    #: The column that tells which of two rows of a key is newer, when a merge has to ask what is stored.
    version: str | None = None

    @property
    def own(self) -> str:
        """What the names of its internal tables begin with, and no other product's do: `<entity>_v<major>__<name>`."""
        return self.quarantine.table.removesuffix(ENDING)

    @property
    def masks(self) -> dict[str, Masking]:
        """How columns are masked where the table is stored, by name: only what is published is."""
        return {c.name: c.masking for c in self.columns or () if self.published and c.masking != "none"}

    @property
    def hashed_in_tombstones(self) -> frozenset[str]:
        """Columns, in lower case, of which a key that vanished keeps a hash: protected ones, but for those that are
        stored as one."""
        stored = {name.lower() for name, masking in self.masks.items() if masking in KEYED}
        return frozenset(p.name.lower() for p in self.protected) - stored


@dataclass(frozen=True)
class Sla:
    """What is promised to consumers; seconds, percent; None where nothing is."""

    freshness_seconds: float | None = None
    freshness_column: tuple[str, str] | None = None
    freshness_action: Literal["abort_workflow", "alert"] = "alert"
    availability_percent: float | None = None
    retention_seconds: float | None = None


def product_key(product: str, environment: str | None) -> str:
    """The id, and the environment where it is not production: `dp_sales_orders@dev`."""
    return product if environment is None else f"{product}@{environment}"


@dataclass(frozen=True)
class Product:
    id: str
    name: str
    domain: str
    entity: str
    version: str
    major: int
    status: str
    owner: str
    environment: str | None = None

    @property
    def key(self) -> str:
        """What locks, runs and watermarks are kept under: each environment of a product is on its own."""
        return product_key(self.id, self.environment)

    @property
    def slug(self) -> str:
        """`<entity>-v<major>`: the last part of paths, stacks and buckets."""
        return f"{self.entity}-v{self.major}"


@dataclass(frozen=True)
class Plan:
    """One product, resolved."""

    product: Product
    published_database: str
    internal_database: str
    contract_digest: str
    plan_digest: str
    modes: tuple[Mode, ...]
    sources: tuple[Source, ...]
    tables: tuple[Table, ...]
    sla: Sla
    quarantine_days: int
    signoff_problems: tuple[str, ...] = ()
    signoff_required: tuple[str, ...] = ()
    #: Parts whose sign-off ceases to count, and when.
    signoff_ends: tuple[tuple[str, datetime], ...] = ()
    catalogue: dict[str, Any] = field(default_factory=dict)

    @property
    def published(self) -> tuple[Table, ...]:
        """The tables that consumers read."""
        return tuple(t for t in self.tables if t.published)
