"""Puts the example data where the examples read it: below .mesh/landing of this clone.

    .venv/bin/python tools/examples/prepare.py [--state .mesh]

Aviation is copied from the npm package vega-datasets; retail is generated. What is already there
stays as it is, so that a second run is quick and finds the same files.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import shutil
import sys
import time
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
AVIATION = {
    "airports.csv": "operations/airports-v1/airports",
    "flights-3m.parquet": "operations/flights-v1/flights",
    "birdstrikes.csv": "safety/bird_strikes-v1/strikes",
}
RETAIL = {
    "orders.csv": "sales/orders-v1/orders",
    "payments.jsonl": "sales/orders-v1/payments",
    "campaigns.csv": "marketing/campaign_rois-v1/campaigns",
}
ORDERS, CAMPAIGNS, DAYS, START, SEED = 200_000, 1_000, 90, "2026-01-01", 7


def place(source: Path, folder: Path, work: Path) -> bool:
    """Copies the file into the folder unless one of its size is there; says whether it did."""
    target = folder / source.name
    if target.exists() and target.stat().st_size == source.stat().st_size:
        return False
    folder.mkdir(parents=True, exist_ok=True)
    partial = work / source.name
    shutil.copyfile(source, partial)
    partial.replace(target)  # whole or not at all
    return True


def prepare_aviation(landing: Path, work: Path) -> list[str]:
    data = ROOT / "node_modules" / "vega-datasets" / "data"
    if not data.is_dir():
        raise SystemExit(f"the aviation data is missing: no folder {data}; run: npm start")
    return [name for name, folder in AVIATION.items() if place(data / name, landing / folder, work)]


def prepare_retail(landing: Path, work: Path) -> list[str]:
    """Generates the retail data, unless this very generator has already made it with these sizes."""
    generator = b"".join(Path(__file__).with_name(name).read_bytes() for name in ("retail.py", "retail_model.py"))
    sizes = [ORDERS, CAMPAIGNS, DAYS, START, SEED]
    recipe = hashlib.sha256(generator + json.dumps(sizes).encode()).hexdigest()
    stamp = work / "retail.json"
    there = all((landing / folder / name).exists() for name, folder in RETAIL.items())
    if there and stamp.exists() and json.loads(stamp.read_text())["recipe"] == recipe:
        return []
    import retail  # late: DuckDB takes a moment to load
    from retail_model import Sizes

    made = retail.generate(
        work,
        Sizes(ORDERS, CAMPAIGNS, DAYS, START, SEED),
        {Path(name).stem: Path(name).suffix[1:] for name in RETAIL},
    )
    for name, folder in RETAIL.items():
        (landing / folder).mkdir(parents=True, exist_ok=True)
        (work / name).replace(landing / folder / name)
    stamp.write_text(json.dumps({"recipe": recipe, **made}))
    return list(RETAIL)


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(description="Puts the example data into the local landing zone.")
    parser.add_argument("--state", type=Path, default=ROOT / ".mesh", help="the local state (default .mesh)")
    state = parser.parse_args(arguments).state.resolve()
    begin = time.monotonic()
    landing, work = state / "landing", state / "cache" / "examples"
    work.mkdir(parents=True, exist_ok=True)
    new = prepare_aviation(landing, work) + prepare_retail(landing, work)
    if new:
        seconds = time.monotonic() - begin
        sys.stdout.write(f"example data in {landing}: {', '.join(new)} ({seconds:.1f} s)\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
