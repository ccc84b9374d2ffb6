"""Glue jobs that run: a process with the job's script, wheel, arguments and role, its log streams and its events.

The engine is the one that the plan has for a laptop: DuckDB, since a Spark session takes longer to start than most of the
loads that anybody tries there, unless the server was started with MESH_LOCAL_ENGINE=spark. The packages that a job asks
pip for are those of the environment that MESH_JOBS_PYTHON names.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import tempfile
import threading
import time
import uuid
from contextvars import copy_context
from pathlib import Path
from typing import Any

from mesh_local_aws import hooks, job_python, sessions, stores
from mesh_local_aws.hooks import Document, Refused

_AT_WORK = ("STARTING", "RUNNING", "STOPPING", "WAITING")
#: How long a job that is asked to stop may take to end.
_GRACE_SECONDS = 10
_processes: dict[str, subprocess.Popen[bytes]] = {}


def install() -> None:
    hooks.around("glue", _jobs)
    hooks.resumed(end_those_cut_short)


def end_those_cut_short() -> None:
    """A run that was at work when the process ended would never end, and keep others from beginning."""
    for run in stores.every_glue_run():
        if run["JobRunState"] in _AT_WORK:
            run.update(JobRunState="FAILED", ErrorMessage="the local AWS stopped while it was running", CompletedOn=int(time.time()))


async def _jobs(operation: str, asked: Document, proceed: hooks.Proceed) -> Document:
    if operation == "StartJobRun":
        return start(asked)
    if operation == "BatchStopJobRun":
        return stop(asked)
    if operation in ("GetJobRun", "GetJobRuns"):
        # The emulator answers oldest first and all at once; AWS newest first.
        answer = await proceed(asked)
        if operation == "GetJobRuns":
            newest = sorted(answer["JobRuns"], key=lambda run: run["StartedOn"], reverse=True)
            answer["JobRuns"] = newest[: asked.get("MaxResults", 200)]
        return answer
    return await proceed(asked)


def start(asked: Document) -> Document:
    name = asked["JobName"]
    job = stores.glue_job(name)
    if job is None:
        raise Refused("EntityNotFoundException", f"there is no job {name}")
    runs = stores.glue_runs(name)
    most = (job.get("ExecutionProperty") or {}).get("MaxConcurrentRuns", 1)
    if sum(run["JobRunState"] in _AT_WORK for run in runs) >= most:
        raise Refused("ConcurrentRunsExceededException", f"{name} may run {most} times at once, and does")
    now = int(time.time())
    run = {
        "Id": f"jr_{uuid.uuid4().hex}",
        "Attempt": 0,
        "JobName": name,
        "StartedOn": now,
        "LastModifiedOn": now,
        "JobRunState": "STARTING",
        "Arguments": asked.get("Arguments", {}),
        "ErrorMessage": "",
        "ExecutionTime": 0,
        "Timeout": asked.get("Timeout") or job.get("Timeout", 2880),
        "WorkerType": job.get("WorkerType", "G.1X"),
        "NumberOfWorkers": job.get("NumberOfWorkers", 2),
        "SecurityConfiguration": job.get("SecurityConfiguration", ""),
        "GlueVersion": job.get("GlueVersion", "5.1"),
        "LogGroupName": "/aws-glue/jobs",
    }
    runs.append(run)
    # Another thread has a context of its own, and with it another account.
    threading.Thread(target=copy_context().run, args=(_work, job, run), daemon=True, name=run["Id"]).start()
    return {"JobRunId": run["Id"]}


def stop(asked: Document) -> Document:
    stopped, errors = [], []
    runs = {run["Id"]: run for run in stores.glue_runs(asked["JobName"])}
    for run_id in asked["JobRunIds"]:
        run = runs.get(run_id)
        where = {"JobName": asked["JobName"], "JobRunId": run_id}
        if run is None or run["JobRunState"] not in _AT_WORK:
            why = "there is no such run" if run is None else f"it is {run['JobRunState']}"
            code = "EntityNotFoundException" if run is None else "InvalidInputException"
            errors.append({**where, "ErrorDetail": {"ErrorCode": code, "ErrorMessage": why}})
            continue
        _become(run, "STOPPING")
        _end(run_id)
        stopped.append(where)
    return {"SuccessfulSubmissions": stopped, "Errors": errors}


def _end(run_id: str) -> None:
    process = _processes.get(run_id)
    if process is None:
        return
    process.send_signal(signal.SIGTERM)
    threading.Timer(_GRACE_SECONDS, process.kill).start()


def _become(run: Document, state: str, message: str = "") -> None:
    now = int(time.time())
    run.update({"JobRunState": state, "LastModifiedOn": now})
    if message:
        run["ErrorMessage"] = message
    if state not in _AT_WORK:
        run.update({"CompletedOn": now, "ExecutionTime": now - run["StartedOn"]})
        who = hooks.caller()
        stores.put_event(
            "aws.glue",
            "Glue Job State Change",
            json.dumps(
                {
                    "jobName": run["JobName"],
                    "severity": "INFO" if state == "SUCCEEDED" else "ERROR",
                    "state": state,
                    "jobRunId": run["Id"],
                    "message": message or f"Job run {state.lower()}",
                }
            ),
            [f"arn:aws:glue:{who.region}:{who.account}:job/{run['JobName']}"],
        )


def _work(job: Document, run: Document) -> None:
    try:
        role = job["Role"] if job["Role"].startswith("arn:") else f"arn:aws:iam::{hooks.caller().account}:role/{job['Role']}"
        credentials = sessions.assume(
            role, "glue.amazonaws.com", "GlueJobRunnerSession", keys={"glue:credentialissuingservice": "glue.amazonaws.com"}
        )
        with tempfile.TemporaryDirectory(prefix="mesh-glue-") as folder:
            state, message = _run(job, run, credentials, Path(folder))
    except Refused as refused:
        state, message = "FAILED", refused.message
    except Exception as error:
        # As Glue does with what it did not foresee: a job that cannot even be started has failed, and says why.
        state, message = "FAILED", f"{type(error).__name__}: {error}"
    _become(run, state, message)


def _run(job: Document, run: Document, credentials: sessions.Credentials, folder: Path) -> tuple[str, str]:
    arguments = {**job.get("DefaultArguments", {}), **run["Arguments"], **job.get("NonOverridableArguments", {})}
    s3 = sessions.client("s3", credentials)
    script = folder / "script.py"
    script.write_bytes(_content(s3, job["Command"]["ScriptLocation"]))
    archives = [_content(s3, location) for location in arguments.get("--extra-py-files", "").split(",") if location]
    python, packages = job_python.python_with(archives)
    command = [python, str(script)]
    told = {**arguments, "--JOB_NAME": run["JobName"], "--JOB_RUN_ID": run["Id"], "--TempDir": str(folder)}
    if "--mesh-plan" in told:
        told["--mesh-engine"] = os.environ.get("MESH_LOCAL_ENGINE") or json.loads(_content(s3, told["--mesh-plan"]))["engine"]["local"]
    for name, value in told.items():
        command += [name, value]
    who = hooks.caller()
    environment = {
        **{name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR", "JAVA_HOME") if name in os.environ},
        **credentials.environment(),
        "AWS_REGION": who.region,
        "AWS_DEFAULT_REGION": who.region,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "PYTHONPATH": str(packages),
        "PYTHONUNBUFFERED": "1",
    }
    if run["JobRunState"] == "STOPPING":
        return "STOPPED", ""
    outputs = {stream: folder / stream for stream in ("output", "error")}
    with outputs["output"].open("wb") as out, outputs["error"].open("wb") as err:
        process = subprocess.Popen(command, stdout=out, stderr=err, env=environment, cwd=folder)
        _processes[run["Id"]] = process
        run["JobRunState"] = "RUNNING"
        try:
            code = process.wait(timeout=60 * run["Timeout"])
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            code = None
        finally:
            del _processes[run["Id"]]
    texts = {stream: path.read_text(encoding="utf-8", errors="replace") for stream, path in outputs.items()}
    _log(job, run, arguments, credentials, texts)
    if run["JobRunState"] == "STOPPING":
        return "STOPPED", ""
    if code is None:
        return "TIMEOUT", f"the job ran longer than {run['Timeout']} minutes"
    if code == 0:
        return "SUCCEEDED", ""
    last = [line for line in texts["error"].splitlines() if line.strip()]
    return "FAILED", last[-1] if last else f"the script ended with {code}"


def _content(s3: Any, location: str) -> bytes:
    bucket, _, key = location.removeprefix("s3://").partition("/")
    found: bytes = s3.get_object(Bucket=bucket, Key=key)["Body"].read()
    return found


def _log(job: Document, run: Document, arguments: Document, credentials: sessions.Credentials, texts: dict[str, str]) -> None:
    """Where Glue 5 writes: `<prefix>/<security configuration>-role/<role>/output`, a stream named after the run."""
    prefix = arguments.get("--custom-logGroup-prefix", "/aws-glue/jobs")
    configured = job.get("SecurityConfiguration")
    between = f"/{configured}-role/{job['Role'].rpartition('/')[2]}" if configured else ""
    run["LogGroupName"] = prefix + between
    logs, now = sessions.client("logs", credentials), int(time.time() * 1000)
    for stream, text in texts.items():
        lines = [line for line in text.splitlines() if line]
        if not lines:
            continue
        where = {"logGroupName": f"{prefix}{between}/{stream}", "logStreamName": run["Id"]}
        try:
            logs.create_log_stream(**where)
            logs.put_log_events(**where, logEvents=[{"timestamp": now, "message": line} for line in lines[-10_000:]])
        except Exception as refused:
            # A job that cannot log still runs on Glue; that it could not is what a person needs to know.
            hooks.log.warning("job %s cannot log to %s: %s", run["JobName"], where["logGroupName"], refused)
