"""Properties are held against what CloudFormation says of their type."""

from __future__ import annotations

from mesh_local_aws import schemas


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
