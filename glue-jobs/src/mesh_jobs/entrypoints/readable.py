"""What a job says of itself: one line per step, in the words of `mesh run`, for people who read CloudWatch."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from typing import Any, TextIO

from mesh_jobs.application.run import RunReport


class Readable:
    """Progress as lines. Each is written at once, since a job that is killed flushes nothing."""

    def __init__(self, out: TextIO, name: str = "mesh") -> None:
        self._out, self.name = out, name
        self._lock = threading.Lock()

    def say(self, line: str) -> None:
        with self._lock:
            self._out.write(line.rstrip() + "\n")
            self._out.flush()

    def report(self, event: dict[str, Any]) -> None:
        """A step that is done; that one begins is no line."""
        if "seconds" in event:
            self.say(f"{self.name}  {step_line(event)}")

    def warn(self, message: str) -> None:
        self.say(f"⚠ {message}")


def step_line(event: Mapping[str, Any]) -> str:
    """`build silver orders_clean  3 rows  1 row quarantined  0.4 s`."""
    what = " ".join(str(event[k]) for k in ("step", "layer", "table", "source") if k in event)
    rows = event.get("rowsOut", event.get("rowsIn"))
    losses = [
        f"{plural(event[kind], 'row')} {kind}" for kind in ("quarantined", "removed", "vanished") if event.get(kind)
    ]
    ended = "done before" if event.get("before") else took(event["seconds"])
    counted = [*([] if rows is None else [plural(rows, "row")]), *_looked_at(event), *losses, *_kept_up(event)]
    return "  ".join([what, *counted, ended])


def _looked_at(event: Mapping[str, Any]) -> Iterator[str]:
    """What a step went through that are no rows."""
    if "read" in event:
        yield f"{plural(event['read'], 'file')}, {size(event['bytes'])}"
    for one in ("check", "table"):
        if isinstance(found := event.get(f"{one}s"), int):
            yield plural(found, one)


def _kept_up(event: Mapping[str, Any]) -> Iterator[str]:
    """What maintenance did."""
    if "into" in event:
        yield f"{plural(event['files'], 'small file')} became {event['into']}"
    elif "files" in event:
        yield f"{plural(event['files'], 'file')} deleted"
    if event.get("forgotten"):
        yield f"{plural(event['forgotten'], 'old snapshot')} forgotten"


def report_lines(name: str, report: RunReport) -> Iterator[str]:
    """How a run ended: what it lost, what its certificate says, and last, when it is not published, why and what to
    do."""
    ended = f"{name} {report.version}"
    resumed = ", resumed where it had stopped" if report.resumed else ""
    if report.state == "skipped":
        yield f"✔ {ended} {report.message or 'nothing to do'}  {report.run_id}"
        return
    for table in report.tables:
        for loss in table.losses:
            if loss.rows:
                yield f"  {loss.kind} {plural(loss.rows, 'row')}: {loss.reason} ({loss.rule})"
    if report.certificate is not None:
        yield f"  {certificate_line(report.certificate)}"
        yield from (f"  {line}" for line in _shortcomings(report.certificate))
    if report.state in ("failed", "rejected"):
        yield f"✖ {ended} {report.state} after {took(report.seconds)}{resumed}  {report.run_id}"
        yield f"  {report.message or report.state}"
        remedy = remedy_of(report)
        if remedy:
            yield f"  → {remedy}"
        return
    word = {"running": "built"}.get(report.state, report.state)
    yield f"✔ {ended} {word} in {took(report.seconds)}{resumed}  {report.run_id}"


def remedy_of(report: RunReport) -> str | None:
    """What to do about a run that is not published."""
    if report.state == "rejected":
        return "repair the data at its source, or the promise, then start a new run; what was certified stays published"
    return report.remedy


def certificate_line(certificate: Mapping[str, Any]) -> str:
    """One line: verdict, score, checks, freshness."""
    failed = sum(not c["passed"] for c in certificate["checks"])
    passed = ", all passed" if failed == 0 else f", {count(failed)} failed"
    checks = plural(len(certificate["checks"]), "check") + passed
    fresh = certificate["freshness"]
    old = "age unknown" if fresh["seconds"] is None else f"{age(fresh['seconds'])} old"
    promised = "" if fresh["limitSeconds"] is None else f", promised {age(fresh['limitSeconds'])}"
    return f"{certificate['verdict']}, score {decimal(certificate['score'])} · {checks} · {old}{promised}"


def _shortcomings(certificate: Mapping[str, Any]) -> Iterator[str]:
    """What is not as it should be, worst first."""
    failed = sorted((c for c in certificate["checks"] if not c["passed"]), key=lambda c: c["severity"] != "critical")
    for check in failed:
        mark = "✖" if check["severity"] == "critical" else "⚠"
        unit = " %" if check["unit"] == "percent" else ""
        measured = "not measured" if check["measured"] is None else f"measured {decimal(check['measured'], 4)}{unit}"
        measured = measured if check.get("told", True) else "measured of protected values, so not shown"
        rows = "" if check["failing"] is None else f", {count(check['failing'])} of {plural(check['rows'], 'row')}"
        yield f"{mark} {check['title']}: {measured}{rows}, {check['threshold']} → {check['id']} ({check['action']})"
    said = [f"[{c['id']}]" for c in failed]
    for reason in [*certificate["reasons"], *certificate["warnings"]]:
        if not any(s in reason for s in said):
            rejected = certificate["verdict"] == "rejected" and reason in certificate["reasons"]
            yield f"{'✖' if rejected else '⚠'} {reason}"


def count(value: float) -> str:
    """1234567 → 1,234,567."""
    return f"{round(value):,}"


def plural(value: float, one: str) -> str:
    return f"{count(value)} {one}{'' if value == 1 else 's'}"


def size(of: int) -> str:
    """Bytes as a person would say it: 512 B, 1.5 MB."""
    value, units = float(of), iter(("B", "kB", "MB", "GB", "TB"))
    unit = next(units)
    while value >= 999.5 and unit != "TB":
        value, unit = value / 1000, next(units)
    return f"{value:.3g} {unit}" if unit != "B" else f"{of} B"


def took(seconds: float) -> str:
    """Time something took: 0.3 s, 12 s, 3 min 5 s."""
    if seconds < 10:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    return f"{whole} s" if seconds < 60 else f"{whole // 60} min {whole % 60} s"


def age(seconds: float) -> str:
    """As a person would say it: 40 s, 12 min, 5.5 h, 12 d."""
    if seconds < 60:
        return f"{max(0, round(seconds))} s"
    if seconds < 3600:
        return f"{round(seconds / 60)} min"
    return f"{round(seconds / 3600, 1):g} h" if seconds < 48 * 3600 else f"{count(seconds / 86400)} d"


def decimal(value: float, digits: int = 2) -> str:
    """Without useless zeros: 100, 99.5."""
    return f"{round(value, digits):.{digits}f}".rstrip("0").rstrip(".")
