"""Iceberg tables on a SQLite catalogue. Pointers and schemas are plain JSON and SQLite; PyIceberg, which is slow to
import, is only needed to commit or list data files."""

from __future__ import annotations

import importlib
import threading


def warm() -> None:
    """Starts to import what commits need, beside whatever the caller does next."""
    threading.Thread(target=_load, daemon=True, name="warm-iceberg").start()


def _load() -> None:
    importlib.import_module("mesh_jobs.adapters.iceberg.snapshots")
    # PyIceberg's Avro writer asks for this at its first file.
    importlib.import_module("pyiceberg.table")
