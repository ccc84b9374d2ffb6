"""Runs a command and prints its wall seconds, peak memory in MB and exit code as JSON: measure.py COMMAND [ARG …]"""

import json
import os
import sys
import time

started = time.perf_counter()
pid = os.posix_spawnp(
    sys.argv[1],
    sys.argv[1:],
    os.environ,
    file_actions=[
        (
            os.POSIX_SPAWN_OPEN,
            1,
            os.environ.get("MEASURE_LOG", os.devnull),
            os.O_WRONLY | os.O_CREAT | os.O_TRUNC,
            0o644,
        ),
        (os.POSIX_SPAWN_DUP2, 1, 2),
    ],
)
_, status, usage = os.wait4(pid, 0)
# ru_maxrss of wait4 is the largest single process among the command and those it waited for.
json.dump(
    {
        "seconds": time.perf_counter() - started,
        "peakMb": usage.ru_maxrss / 1024,
        "exit": os.waitstatus_to_exitcode(status),
    },
    sys.stdout,
)
