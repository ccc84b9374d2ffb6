"""What a service's model allows in a request, beyond what boto3 looks at before it sends one."""

from __future__ import annotations

import re
from typing import Any

from botocore.model import Shape
from botocore.validate import ParamValidator

from mesh_local_aws.refusal import Document, Refused


def hold(shape: Shape | None, value: Document, code: str = "ValidationException") -> None:
    """Raises Refused(code) where a request is not what the model says, with every reason."""
    if shape is None:
        return
    problems = []
    report = ParamValidator().validate(value, shape)
    if report.has_errors():
        problems.append(report.generate_report())
    problems.extend(_constraints(shape, value, ""))
    if problems:
        raise Refused(code, "; ".join(problems), 400)


def _constraints(shape: Shape, value: Any, where: str) -> list[str]:
    """What botocore leaves to the service: names it does not know, enumerations, patterns, what is too long or too much."""
    if shape.type_name == "structure" and isinstance(value, dict) and not getattr(shape, "is_document_type", False):
        unknown = [f"{where or 'request'}: unknown parameter {key}" for key in value if key not in shape.members]
        return unknown + [
            problem
            for key, member in shape.members.items()
            if value.get(key) is not None
            for problem in _constraints(member, value[key], f"{where}.{key}" if where else key)
        ]
    problems = []
    most = shape.metadata.get("max")
    if most is not None and isinstance(value, str | bytes | list | tuple | dict) and len(value) > most:
        problems.append(f"{where}: length {len(value)} is more than {most}")
    elif most is not None and isinstance(value, int | float) and value > most:
        problems.append(f"{where}: {value} is more than {most}")
    if shape.type_name == "list" and isinstance(value, list | tuple):
        problems += [found for index, item in enumerate(value) for found in _constraints(shape.member, item, f"{where}[{index}]")]
    elif shape.type_name == "map" and isinstance(value, dict):
        problems += [found for key, item in value.items() for found in _constraints(shape.value, item, f"{where}.{key}")]
    elif shape.type_name == "string" and isinstance(value, str):
        if shape.enum and value not in shape.enum:
            problems.append(f"{where}: {value!r} is not one of {', '.join(shape.enum)}")
        pattern = shape.metadata.get("pattern")
        if pattern and not _matches(pattern, value):
            problems.append(f"{where}: {value!r} does not match {pattern}")
    return problems


def _matches(pattern: str, value: str) -> bool:
    try:
        return re.fullmatch(pattern, value) is not None
    except re.error:
        # Java's classes, which Python's expressions have not: the service would know, we do not.
        return True
