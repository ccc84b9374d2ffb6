"""Who holds a lock: a process, which can be looked up where it runs."""

from __future__ import annotations

import os
import secrets
import socket
from pathlib import Path


def this_process() -> str:
    """`<host>/<pid>/<start of the process>/<random>`: one name per process, and per use of this function."""
    pid = os.getpid()
    return f"{socket.gethostname()}/{pid}/{_started(pid) or 0}/{secrets.token_hex(4)}"


def is_dead(owner: str) -> bool:
    """Whether the owner was a process of this machine that is gone. Owners elsewhere may be alive."""
    try:
        host, pid, started, _ = owner.split("/")
        if host != socket.gethostname():
            return False
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except (ValueError, PermissionError):
        return False
    # A process that ended and is not yet waited for, and a pid that was given out again, are dead too.
    now = _started(int(pid))
    return (now is None and Path("/proc/self").exists()) or (now is not None and started not in ("0", str(now)))


def describe(owner: str) -> str:
    """For people."""
    parts = owner.split("/")
    return f"process {parts[1]} on {parts[0]}" if len(parts) == 4 else owner


def _started(pid: int) -> int | None:
    """Clock ticks from boot to the start of the process; None when it is gone or a zombie, or there is no /proc."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return None if fields[0] in ("Z", "X") else int(fields[19])
