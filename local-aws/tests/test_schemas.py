"""Templates are held against what CloudFormation says of its types."""

from __future__ import annotations

import pytest

from mesh_local_aws import schemas
from mesh_local_aws.cloudformation import template_problems


def of(type_: str, properties: dict[str, object]) -> list[str]:
    return schemas.problems(type_, properties)


def test_what_is_right_is_accepted() -> None:
    assert of("AWS::SQS::Queue", {"QueueName": "orders", "VisibilityTimeout": 30}) == []


def test_a_number_and_a_truth_may_be_text() -> None:
    assert of("AWS::SQS::Queue", {"VisibilityTimeout": "30", "FifoQueue": "true"}) == []


def test_an_unknown_property_is_named() -> None:
    assert of("AWS::SQS::Queue", {"QueueNames": "orders"}) == ["QueueNames is no property"]


def test_an_unknown_property_within_is_named_with_its_place() -> None:
    [problem] = of("AWS::S3::Bucket", {"VersioningConfiguration": {"State": "Enabled"}})[:1]
    assert "State is no property of VersioningConfiguration" in of("AWS::S3::Bucket", {"VersioningConfiguration": {"State": "Enabled"}})
    assert problem


def test_a_missing_property_is_named() -> None:
    assert "Ruleset is missing" not in of("AWS::Glue::DataQualityRuleset", {"Name": "r"})
    assert "TagValues is missing" in of("AWS::LakeFormation::Tag", {"TagKey": "domain"})


def test_a_value_that_is_none_of_those_allowed_is_refused() -> None:
    [problem] = of("AWS::S3::Bucket", {"VersioningConfiguration": {"Status": "On"}})
    assert "'On' is not one of" in problem


def test_a_text_that_does_not_fit_the_pattern_is_refused() -> None:
    assert any(
        "does not match" in problem
        for problem in of(
            "AWS::LakeFormation::DataCellsFilter",
            {
                "TableCatalogId": "not an account!",
                "DatabaseName": "sales",
                "TableName": "orders_v1",
                "Name": "f" * 300,
            },
        )
    ) or any(
        "too long" in problem
        for problem in of(
            "AWS::LakeFormation::DataCellsFilter",
            {
                "TableCatalogId": "222222222222",
                "DatabaseName": "sales",
                "TableName": "orders_v1",
                "Name": "f" * 300,
            },
        )
    )


def test_where_an_intrinsic_stands_nothing_is_known() -> None:
    assert (
        of("AWS::SQS::Queue", {"VisibilityTimeout": {"Ref": "Seconds"}, "RedrivePolicy": {"Fn::If": ["A", {}, {"Ref": "AWS::NoValue"}]}})
        == []
    )


def test_create_only_properties_replace() -> None:
    assert "BucketName" in schemas.create_only("AWS::S3::Bucket")
    assert set(schemas.create_only("AWS::LakeFormation::DataCellsFilter")) >= {"Name", "RowFilter", "ColumnNames"}


@pytest.mark.parametrize(("attribute", "there"), [("Arn", True), ("DomainName", True), ("ARN", False), ("Owner", False)])
def test_attributes_are_those_of_the_type(attribute: str, there: bool) -> None:
    template = {"Resources": {"B": {"Type": "AWS::S3::Bucket"}}, "Outputs": {"O": {"Value": {"Fn::GetAtt": ["B", attribute]}}}}
    assert (template_problems(template, {}) == []) is there


def test_a_resource_that_its_condition_leaves_out_is_not_looked_at() -> None:
    template = {"Resources": {"Q": {"Type": "AWS::SQS::Queue", "Condition": "Never", "Properties": {"Nonsense": 1}}}}
    assert template_problems(template, {"Never": False}) == []
    assert template_problems(template, {"Never": True}) == ["Q (AWS::SQS::Queue): Nonsense is no property"]
