"""The arguments of a Glue job: `--mesh-<name> <value>`.

Glue adds arguments of its own (`--JOB_RUN_ID`, `--TempDir`, …), which are not ours to judge; the prefix tells ours
apart, so that a misspelt one is an error. awsglue's getResolvedOptions reads the same list, `sys.argv`:
https://github.com/awslabs/aws-glue-libs/blob/master/awsglue/utils.py
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, cast, get_args

from mesh_jobs.domain.errors import BadRequest
from mesh_jobs.domain.plan import Mode
from mesh_jobs.domain.watermark import moment

Step = Literal["run", "build", "certify", "publish"]
EngineName = Literal["spark", "duckdb"]

_PREFIX = "--mesh-"
REQUIRED = ("plan", "raw-bucket", "curated-bucket", "run-table")
OPTIONAL = (
    "step",
    "run-id",
    "mode",
    "replay-from",
    "engine",
    "owner",
    "fence",
    "imports",
    "masking-key-secret",
    "connections",
    "event-bus",
    "now",
)
_RUN_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,79}")


@dataclass(frozen=True)
class JobArguments:
    """What a job is told. `owner` and `fence` are those of a lock that was taken for it; without them the job takes
    the lock itself, as `job`."""

    plan: str
    raw_bucket: str
    curated_bucket: str
    run_table: str
    step: Step
    run_id: str | None
    mode: Mode | None
    replay_from: str | None
    engine: EngineName | None
    owner: str | None
    fence: int | None
    imports: str | None
    masking_key_secret: str | None
    connections: str | None
    event_bus: str | None
    now: datetime | None
    job: str | None


def job_arguments(argv: Sequence[str]) -> JobArguments:
    """Raises BadRequest that names all that is wrong."""
    given, wrong = _given(argv)
    wrong += [f"{_PREFIX}{name} is missing" for name in REQUIRED if not given.get(name)]
    step = _one_of(given, "step", get_args(Step), wrong) or "run"
    mode = _one_of(given, "mode", get_args(Mode), wrong)
    engine = _one_of(given, "engine", get_args(EngineName), wrong)
    owner, fence = given.get("owner"), given.get("fence")
    if (owner is None) != (fence is None):
        wrong.append(f"{_PREFIX}owner and {_PREFIX}fence go together: they are those of one lock")
    if fence is not None and not fence.isdigit():
        wrong.append(f"{_PREFIX}fence is a number, got {fence!r}")
    run_id = given.get("run-id")
    if run_id is not None and not _RUN_ID.fullmatch(run_id):
        wrong.append(f"{_PREFIX}run-id is at most 80 letters, digits, '.', '_' and '-', got {run_id!r}")
    if run_id is None and step in ("build", "certify", "publish"):
        wrong.append(f"{_PREFIX}run-id is missing: step {step} continues a run, or starts one for the next step")
    plan = given.get("plan", "s3://a/b")
    if not re.fullmatch(r"s3://[^/]+/.+", plan):
        wrong.append(f"{_PREFIX}plan is an object in S3, s3://<bucket>/<key>, got {plan!r}")
    imports = given.get("imports", "s3://a/b/")
    if not re.fullmatch(r"s3://[^/]+/(.+/)?", imports):
        wrong.append(f"{_PREFIX}imports is a folder in S3, s3://<bucket>/<prefix>/, got {imports!r}")
    now = moment(given.get("now"))
    if given.get("now") is not None and now is None:
        wrong.append(f"{_PREFIX}now is a time like 2025-01-31T06:00:00Z, got {given['now']!r}")
    if wrong:
        raise BadRequest("; ".join(wrong), "docs/guides/job.md lists the arguments of a job")
    return JobArguments(
        plan=plan,
        raw_bucket=given["raw-bucket"],
        curated_bucket=given["curated-bucket"],
        run_table=given["run-table"],
        step=cast(Step, step),
        run_id=run_id,
        mode=cast(Mode | None, mode),
        replay_from=given.get("replay-from"),
        engine=cast(EngineName | None, engine),
        owner=owner,
        fence=None if fence is None else int(fence),
        imports=given.get("imports"),
        masking_key_secret=given.get("masking-key-secret"),
        connections=given.get("connections"),
        event_bus=given.get("event-bus"),
        now=now,
        job=_job(argv),
    )


def _given(argv: Sequence[str]) -> tuple[dict[str, str], list[str]]:
    """Ours by name, and what is wrong with how they are written. An empty value is none: a state machine passes those
    where it has nothing to say."""
    found: dict[str, str] = {}
    wrong: list[str] = []
    words = list(argv)
    for n, word in enumerate(words):
        if not word.startswith(_PREFIX):
            continue
        name, equals, value = word.removeprefix(_PREFIX).partition("=")
        if name not in (*REQUIRED, *OPTIONAL):
            near = difflib.get_close_matches(name, (*REQUIRED, *OPTIONAL), 1)
            wrong.append(f"{_PREFIX}{name} is no argument{f'; did you mean {_PREFIX}{near[0]}?' if near else ''}")
            continue
        if not equals:
            value = words[n + 1] if n + 1 < len(words) and not words[n + 1].startswith("--") else ""
        if name in found:
            wrong.append(f"{_PREFIX}{name} is given twice")
        if value:
            found[name] = value
    return found, wrong


def _one_of(given: Mapping[str, str], name: str, allowed: Sequence[str], wrong: list[str]) -> str | None:
    value = given.get(name)
    if value is not None and value not in allowed:
        wrong.append(f"{_PREFIX}{name} is one of {', '.join(allowed)}, got {value!r}")
    return value


def _job(argv: Sequence[str]) -> str | None:
    """`<job>/<job run>`, as Glue tells every job."""
    told = {w: argv[n + 1] for n, w in enumerate(argv[:-1]) if w in ("--JOB_NAME", "--JOB_RUN_ID")}
    return "/".join(told[n] for n in ("--JOB_NAME", "--JOB_RUN_ID") if n in told) or None
