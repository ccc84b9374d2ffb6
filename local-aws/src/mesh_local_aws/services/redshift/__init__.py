"""Redshift Serverless and its Data API: namespaces, workgroups and limits, and SQL as far as marts go.

A statement has ended when it is taken. Tables of the catalogue are read as the role of their schema, with what Lake Formation
lets through; a materialised view is asked for no permission later, as on AWS:
https://docs.aws.amazon.com/redshift/latest/dg/materialized-view-query.html
"""

from __future__ import annotations

from mesh_local_aws import answers, hooks
from mesh_local_aws.hooks import Document
from mesh_local_aws.services.redshift import owners, serverless
from mesh_local_aws.wire import Api


def install() -> None:
    owners.install()
    hooks.service("redshift-serverless", _shown("redshift-serverless", serverless.OPERATIONS), arn=serverless.arn)
    hooks.service("redshift-data", _shown("redshift-data", _STATEMENTS), arn=serverless.workgroup_asked)
    hooks.resource(
        "AWS::RedshiftServerless::Namespace",
        create=serverless.make_namespace,
        update=serverless.change_namespace,
        delete=serverless.drop_namespace,
    )
    hooks.resource(
        "AWS::RedshiftServerless::Workgroup",
        create=serverless.make_workgroup,
        update=serverless.change_workgroup,
        delete=serverless.drop_workgroup,
    )


def _shown(name: str, operations: dict[str, hooks.Operation]) -> dict[str, hooks.Operation]:
    def answered(operation: str, act: hooks.Operation) -> hooks.Operation:
        return lambda asked: answers.shown(Api.of(name), operation, act(asked))

    return {operation: answered(operation, act) for operation, act in operations.items()}


def _statement(operation: str) -> hooks.Operation:
    def act(asked: Document) -> Document:
        # What reads and computes takes as long to load as all the rest.
        from mesh_local_aws.services.redshift import statements

        return statements.OPERATIONS[operation](asked)

    return act


_STATEMENTS = {name: _statement(name) for name in ("ExecuteStatement", "BatchExecuteStatement", "DescribeStatement", "GetStatementResult")}
