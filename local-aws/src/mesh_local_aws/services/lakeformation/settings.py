"""Who administers the lake, and what an account gives away by default."""

from __future__ import annotations

from collections.abc import Callable

from mesh_local_aws import hooks
from mesh_local_aws.hooks import Document, Refused

_STATE = hooks.state("lakeformation-settings")
EVERYONE = "IAM_ALLOWED_PRINCIPALS"
_ALL_TO_EVERYONE = [{"Principal": {"DataLakePrincipalIdentifier": EVERYONE}, "Permissions": ["ALL"]}]
_PARAMETERS = {"CROSS_ACCOUNT_VERSION": ("1", "2", "3", "4", "5"), "SET_SOURCE_IDENTITY": ("TRUE", "FALSE")}


def get(_: Document) -> Document:
    return {"DataLakeSettings": current()}


def current() -> Document:
    """An account that nobody has set up lets IAM decide: everybody gets everything on what is made."""
    return _STATE.get("settings") or {
        "DataLakeAdmins": [],
        "CreateDatabaseDefaultPermissions": _ALL_TO_EVERYONE,
        "CreateTableDefaultPermissions": _ALL_TO_EVERYONE,
        "Parameters": {"CROSS_ACCOUNT_VERSION": "1", "SET_SOURCE_IDENTITY": "FALSE"},
    }


def put(asked: Document) -> Document:
    wanted = asked["DataLakeSettings"]
    for name in ("CreateDatabaseDefaultPermissions", "CreateTableDefaultPermissions"):
        for grant in wanted.get(name, []):
            if grant["Principal"]["DataLakePrincipalIdentifier"] != EVERYONE or grant["Permissions"] != ["ALL"]:
                raise Refused("InvalidInputException", f"{name} is empty or ALL to {EVERYONE}")
    for name, value in wanted.get("Parameters", {}).items():
        if name not in _PARAMETERS or str(value) not in _PARAMETERS[name]:
            raise Refused("InvalidInputException", f"{name}={value} is no parameter of data lake settings")
    _STATE["settings"] = wanted
    return {}


def is_admin(principal: str) -> bool:
    return principal in {admin["DataLakePrincipalIdentifier"] for admin in current().get("DataLakeAdmins", [])}


OPERATIONS: dict[str, Callable[[Document], Document]] = {"GetDataLakeSettings": get, "PutDataLakeSettings": put}
