"""The emulator with everything that this package adds to it."""

from __future__ import annotations

import importlib
import pkgutil
import sys

import ministack.app as app

from mesh_local_aws import cloudformation, faults, hooks, services, sessions, strict
from mesh_local_aws import coverage as covered


def install() -> None:
    """Hangs in every service module, then what holds all of them to AWS's models."""
    hooks.install()
    sessions.install()
    cloudformation.install()
    for found in pkgutil.iter_modules(services.__path__):
        importlib.import_module(f"mesh_local_aws.services.{found.name}").install()
    faults.install()
    strict.install()


def serve() -> None:
    """Until the process is told to end."""
    install()
    hooks.settle()
    sys.argv = sys.argv[:1]
    app.main()


def coverage() -> str:
    """What is emulated, and what is stored only."""
    install()
    return covered.page()
