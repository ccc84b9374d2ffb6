"""Templates are held against what is so in every account, before anything is made."""

from __future__ import annotations

from typing import Any

import pytest

from mesh_local_aws import templates

QUEUE = {"Type": "AWS::SQS::Queue"}


def parameter(value: Any) -> dict[str, Any]:
    return {"Type": "AWS::SSM::Parameter", "Properties": {"Type": "String", "Value": value}}


def problems(conditions: dict[str, bool] | None = None, outputs: Any = None, **resources: Any) -> list[str]:
    return templates.problems({"Resources": resources, **({"Outputs": outputs} if outputs else {})}, conditions or {})


def test_what_is_right_is_accepted() -> None:
    assert problems(A=QUEUE, B=parameter({"Fn::Sub": ["${A.Arn} in ${AWS::Region}, ${!Literal} ${own}", {"own": {"Ref": "A"}}]})) == []


@pytest.mark.parametrize(
    ("value", "why"),
    [
        ({"Ref": "Nobody"}, "B: there is no resource and no parameter Nobody"),
        ({"Fn::GetAtt": ["Nobody", "Arn"]}, "B: there is no resource and no parameter Nobody"),
        ({"Fn::GetAtt": "A.Url"}, "B: Fn::GetAtt A.Url: AWS::SQS::Queue has no such attribute"),
        ({"Fn::Sub": "${A.Url}"}, "B: Fn::GetAtt A.Url: AWS::SQS::Queue has no such attribute"),
        ({"Fn::Sub": ["${mine}", {"mine": {"Fn::GetAtt": ["A", "Url"]}}]}, "B: Fn::GetAtt A.Url: AWS::SQS::Queue has no such attribute"),
    ],
)
def test_what_refers_to_nothing_is_named_with_who_does(value: Any, why: str) -> None:
    assert problems(A=QUEUE, B=parameter(value)) == [why]


def test_so_is_an_output_and_what_a_resource_depends_on() -> None:
    assert problems(A=QUEUE, outputs={"O": {"Value": {"Ref": "B"}}}) == ["Outputs: there is no resource and no parameter B"]
    assert problems(A={**QUEUE, "DependsOn": ["B"]}) == ["A: there is no resource and no parameter B"]


def test_a_circle_is_told_whole() -> None:
    [problem] = problems(A={**QUEUE, "DependsOn": "C"}, B=parameter({"Ref": "A"}), C=parameter({"Fn::GetAtt": ["B", "Value"]}))
    assert sorted(problem.removeprefix("circular dependency between resources: ").split(" → ")[1:]) == ["A", "B", "C"]


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"Propertees": {}}, "A: Propertees is not an attribute of a resource"),
        ({"DeletionPolicy": "Keep"}, "A: DeletionPolicy: Keep is not one of Delete, Retain, RetainExceptOnCreate, Snapshot"),
        (
            {"UpdateReplacePolicy": "RetainExceptOnCreate"},
            "A: UpdateReplacePolicy: RetainExceptOnCreate is not one of Delete, Retain, Snapshot",
        ),
        ({"Properties": {"Nonsense": 1}}, "A (AWS::SQS::Queue): Nonsense is not a property"),
    ],
)
def test_a_resource_has_the_attributes_of_a_resource_and_the_properties_of_its_type(more: dict[str, Any], why: str) -> None:
    assert problems(A={**QUEUE, **more}) == [why]


def test_a_section_that_there_is_not_is_named() -> None:
    assert templates.problems({"Resources": {"A": QUEUE}, "Output": {}}, {}) == ["Output is not a section of a template"]


def test_what_a_condition_leaves_out_need_not_fit_its_type_and_may_be_referred_to() -> None:
    left_out = {**QUEUE, "Condition": "Never", "Properties": {"Nonsense": 1}}
    assert problems({"Never": False}, A=left_out, B=parameter({"Ref": "A"})) == []
    assert problems({"Never": True}, A=left_out) == ["A (AWS::SQS::Queue): Nonsense is not a property"]
