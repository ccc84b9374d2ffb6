"""Properties are held against what CloudFormation says of their type."""

from __future__ import annotations

import pytest

from mesh_local_aws import resource_properties, schemas


def of(type_: str, properties: dict[str, object]) -> list[str]:
    return resource_properties.problems(type_, properties)


def test_what_is_right_is_accepted() -> None:
    assert of("AWS::SQS::Queue", {"QueueName": "orders", "VisibilityTimeout": 30}) == []


def test_a_number_and_a_truth_may_be_text() -> None:
    assert of("AWS::SQS::Queue", {"VisibilityTimeout": "30", "FifoQueue": "true"}) == []


def test_an_unknown_property_is_named() -> None:
    assert of("AWS::SQS::Queue", {"QueueNames": "orders"}) == ["QueueNames is not a property"]


def test_an_unknown_property_within_is_named_with_its_place() -> None:
    [problem] = of("AWS::S3::Bucket", {"VersioningConfiguration": {"State": "Enabled"}})[:1]
    assert "State is not a property of VersioningConfiguration" in of("AWS::S3::Bucket", {"VersioningConfiguration": {"State": "Enabled"}})
    assert problem


def test_a_missing_property_is_named() -> None:
    assert "Ruleset is missing" not in of("AWS::Glue::DataQualityRuleset", {"Name": "r"})
    assert "TagValues is missing" in of("AWS::LakeFormation::Tag", {"TagKey": "domain"})


def test_a_value_that_is_none_of_those_allowed_is_refused() -> None:
    [problem] = of("AWS::S3::Bucket", {"VersioningConfiguration": {"Status": "On"}})
    assert "'On' is not one of" in problem


def test_a_text_that_does_not_fit_the_pattern_or_is_too_long_is_refused() -> None:
    ours = {"TableCatalogId": "not an account!", "DatabaseName": "sales", "TableName": "orders_v1", "Name": "f" * 300}
    found = of("AWS::LakeFormation::DataCellsFilter", ours)
    assert [problem.partition(":")[0] for problem in found] == ["Name", "TableCatalogId"]


CODE = {"Code": {"S3Bucket": "code", "S3Key": "k"}, "Handler": "h", "Role": "arn:aws:iam::222222222222:role/r", "Runtime": "nodejs20.x"}
ALARM = {"ComparisonOperator": "GreaterThanThreshold", "EvaluationPeriods": 1}
ALONE = "the resource: ContentBasedDeduplication does not go with the other properties"
EXPIRES = {"LifecycleConfiguration": {"Rules": [{"Status": "Enabled", "ExpirationInDays": -1}]}}
TABLE = {"KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}]}


@pytest.mark.parametrize(
    ("type_", "properties", "why"),
    [
        ("AWS::Lambda::Function", {**CODE, "Timeout": 5000}, "Timeout: 5000 is greater than the maximum of 900"),
        ("AWS::Lambda::Function", {**CODE, "Timeout": "901"}, "Timeout: 901.0 is greater than the maximum of 900"),
        ("AWS::Lambda::Function", {**CODE, "Timeout": 0}, "Timeout: 0 is less than the minimum of 1"),
        ("AWS::Lambda::Function", {**CODE, "MemorySize": 64}, "MemorySize: 64 is less than the minimum of 128"),
        ("AWS::CloudWatch::Alarm", {**ALARM, "Period": 90}, "Period: 90 is not a multiple of 60"),
        ("AWS::DynamoDB::Table", TABLE, "ProvisionedThroughput is missing"),
        ("AWS::SQS::Queue", {"QueueName": "orders", "FifoQueue": True}, r"QueueName: 'orders' does not match '^.*\\.fifo$'"),
        ("AWS::SQS::Queue", {"QueueName": "the orders"}, r"QueueName: 'the orders' does not match '^[A-Za-z0-9_-]{1,80}(\\.fifo)?$'"),
        ("AWS::S3::Bucket", EXPIRES, "LifecycleConfiguration/Rules/0/ExpirationInDays: -1 is less than the minimum of 1"),
        ("AWS::IAM::Role", {"AssumeRolePolicyDocument": {}, "Description": "x" * 2000}, f"Description: '{'x' * 119}… is too long"),
        ("AWS::SQS::Queue", {"ContentBasedDeduplication": True, "FifoQueue": False}, ALONE),
    ],
)  # fmt: skip
def test_a_value_out_of_range_is_refused_also_where_another_property_says_what_the_range_is(
    type_: str, properties: dict[str, object], why: str
) -> None:
    assert why in of(type_, properties)


def test_a_range_that_another_property_widens_is_wider() -> None:
    managed = {"CapacityProviderConfig": {"LambdaManagedInstancesCapacityProviderConfig": {"CapacityProviderArn": {"Ref": "Provider"}}}}
    assert of("AWS::Lambda::Function", {**CODE, **managed, "Timeout": 5000}) == []
    assert of("AWS::DynamoDB::Table", {**TABLE, "BillingMode": {"Ref": "Mode"}}) == []


def test_where_an_intrinsic_stands_nothing_is_known() -> None:
    assert (
        of("AWS::SQS::Queue", {"VisibilityTimeout": {"Ref": "Seconds"}, "RedrivePolicy": {"Fn::If": ["A", {}, {"Ref": "AWS::NoValue"}]}})
        == []
    )


def test_create_only_properties_replace() -> None:
    assert "BucketName" in schemas.create_only("AWS::S3::Bucket")
    assert set(schemas.create_only("AWS::LakeFormation::DataCellsFilter")) >= {"Name", "RowFilter", "ColumnNames"}
