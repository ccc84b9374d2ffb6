"""A run on a file system that fills up, and once more when there is room again. Linux only: it mounts a small file
system in a name space of its own, which needs no rights: `unshare --mount --map-root-user python full_disk.py …`.

    python full_disk.py <template> <mount point> <engine> <room in bytes>

Prints one JSON line: how both runs ended and what was left after each.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from support.local import InProcess
from support.two_products import STEPS, TwoProducts


def mount(point: Path, *options: str) -> None:
    subprocess.run(["mount", "-t", "tmpfs", "-o", ",".join(options), "none", str(point)], check=True)


def main(template: Path, point: Path, engine: str, room: int) -> int:
    _, plan, mode, now = STEPS[0]
    mount(point, "size=1g")
    mesh = TwoProducts(point)
    shutil.copytree(template, point, dirs_exist_ok=True)
    used = sum(f.stat().st_size for f in point.rglob("*") if f.is_file())
    said = {"before": asdict(mesh.left())}

    mount(point, "remount", f"size={used + room}")
    failed = mesh.call("run", mesh.asked(plan, mode, now, engine))
    said |= {"code": failed.code, "event": failed.last, "stderr": failed.stderr[-1000:], "between": asdict(mesh.left())}
    mount(point, "remount", "size=1g")
    # In this process, which has loaded all but Java. The first one had to end: it may have left its lock.
    again = (InProcess(point) if engine == "duckdb" else mesh).call("run", mesh.asked(plan, mode, now, engine))
    said |= {"again": again.code, "after": asdict(mesh.left())}
    sys.stdout.write(json.dumps(said) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3], int(sys.argv[4])))
