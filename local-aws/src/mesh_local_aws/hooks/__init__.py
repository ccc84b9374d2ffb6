"""The one place that touches the emulator.

Service modules say what AWS does by the functions below, and know nothing of MiniStack:

    resource(type, create=, update=, delete=)     a type of CloudFormation
    importable(type, *keys, found=)               a type that stacks take over where it is there
    service(name, operations, arn=)               an API, routed and validated by botocore's model of it
    around(service, handle)                       what stands between a request and a service of the emulator
    held_against(service, arn)                    the resource of a request, where the emulator takes another
    before(service, check, unreadable)            what may refuse a request to one whose answers are the emulator's own
    replace(module, function, make)               a function of the emulator, in terms of the one it replaces
    task(resource, run)                           what a state does whose Resource begins so
    integration(sdk_name, service)                what `arn:aws:states:::aws-sdk:<sdk_name>` calls
    state(name)                                   items by account and region, kept across restarts
    resumed(function)                             what was at work when the process ended is settled by it
    caller(), acting(account, region)             who asks, and on whose account the code below acts
    sessions                                      (a module of its own) credentials of roles, and what they allow

Each module says what it needs of the emulator. Its names are private to it: the version is pinned, and a test reads our sources
for every name that is used, and holds it.
A module exposes `install()`, which calls these and nothing else; `mesh_local_aws.install()` calls all of them.
"""

from __future__ import annotations

import logging

from mesh_local_aws.hooks import apis, kept, written
from mesh_local_aws.hooks.apis import AROUND, SERVICES, Around, Check, Operation, Proceed, api_of, around, before, held_against, service
from mesh_local_aws.hooks.callers import Caller, acting, caller
from mesh_local_aws.hooks.kept import State, settle, state, states
from mesh_local_aws.hooks.replacing import REPLACED, replace
from mesh_local_aws.hooks.resources import RESOURCES, Made, Place, importable, resource
from mesh_local_aws.hooks.tasks import INTEGRATIONS, TASKS, integration, machine_of, task, task_error
from mesh_local_aws.hooks.written import resumed
from mesh_local_aws.refusal import Document, Refused

__all__ = [
    "AROUND",
    "INTEGRATIONS",
    "REPLACED",
    "RESOURCES",
    "SERVICES",
    "TASKS",
    "Around",
    "Caller",
    "Check",
    "Document",
    "Made",
    "Operation",
    "Place",
    "Proceed",
    "Refused",
    "State",
    "acting",
    "api_of",
    "around",
    "before",
    "caller",
    "held_against",
    "importable",
    "install",
    "integration",
    "log",
    "machine_of",
    "replace",
    "resource",
    "resumed",
    "service",
    "settle",
    "state",
    "states",
    "task",
    "task_error",
]

log = logging.getLogger("mesh-local-aws")


def install() -> None:
    """What the hooks themselves need of the emulator."""
    apis.install()
    kept.install()
    written.install()
