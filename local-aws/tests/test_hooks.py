"""Every name of the emulator that is private and used here: an upgrade that moves one fails these, and says which."""

from __future__ import annotations

import importlib
import importlib.metadata
import inspect
from typing import Any

import ministack.app as app
import pytest

from mesh_local_aws import hooks, server

#: module → name → what it is called with. What is replaced must keep taking the same.
FUNCTIONS = {
    "app": {"pin_request_origin": ["source_ip", "secure_transport"], "call_service_handler_sync": None},
    "core.iam_actions": {
        "dynamodb_service_context": ["body"],
        "request_tag_context": ["service", "iam_action", "body", "params"],
        "extract_resource_arn": ["service", "method", "path", "headers", "body", "query_params", "region", "account_id"],
    },
    "core.iam_evaluator": {
        "_principal_keys": ["credential"],
        "_resolve_condition_key": ["key", "ctx"],
        "evaluate_resource_policy": ["doc", "ctx", "service"],
        "_conditions_met": ["conditions", "ctx"],
        "caller_arn": [],
        "enforce": ["access_key_id", "iam_action", "service", "region", "resource_arn", "service_context"],
    },
    "core.responses": {"request_scope": ["account_id", "region"], "get_account_id": [], "get_region": []},
    "services.athena": {"_run_duckdb": ["query", "database", "catalog"]},
    "services.cloudformation.changesets": {"validate_template_support": ["template", "conditions", "params"]},
    "services.cloudformation.handlers": {"validate_template_support": ["template", "conditions", "params"]},
    "services.cloudformation.helpers": {"_error": ["code", "message", "status"]},
    "services.cloudformation.provisioners": {
        "_sm_secret_string": ["props"],
        "_cw_metric_alarm_record": ["name", "props"],
        "_physical_name": ["stack_name", "logical_id", "lowercase", "max_len", "seeded"],
    },
    "services.cloudformation.stacks": {
        "_provision_resource": ["resource_type", "logical_id", "props", "stack_name"],
        "_update_resource": ["resource_type", "physical_id", "old_props", "new_props", "stack_name", "logical_id", "old_attrs"],
        "_delete_resource": ["resource_type", "physical_id", "props", "stack_name", "logical_id"],
    },
    "services.cloudwatch": {
        "_evaluate_alarm": ["alarm"],
        "_evaluate_parent_alarms": ["child"],
        "_dispatch_alarm_actions": ["alarm", "old_state", "new_state", "reason"],
        "_record_history": ["alarm_name", "old_state", "new_state", "reason", "alarm_type", "reason_data"],
        "_put_metric_alarm": ["params", "cbor_data", "is_cbor", "is_json"],
        "_put_composite_alarm": ["params", "cbor_data", "is_cbor", "is_json"],
        "_delete_alarms": ["params", "cbor_data", "is_cbor", "is_json"],
        "record_metric": ["namespace", "metric_name", "value", "unit", "dimensions"],
        "_dims_key": ["dims"],
        "_calc_stats": ["points"],
        "_stat_value": ["stats", "stat_name", "points"],
    },
    "services.eventbridge": {
        "_put_events": ["data", "allow_aws_source"],
        "_invoke_target": ["target", "event", "rule", "view"],
        "_tick_scheduled_rules": [],
        "_parse_rate_seconds": ["expr"],
        "_parse_cron_fields": ["expr"],
        "_cron_next_fire": ["fields", "after_dt"],
        "_events_log_list": [],
        "_pattern_event_view": ["event"],
        "_dispatch_event": ["event", "view"],
        "_archive_event": ["event", "view"],
    },
    "services.lambda_svc": {
        "handle_request": ["method", "path", "headers", "body", "query_params"],
        "function_policy_for_arn": ["resource_arn"],
    },
    "services.s3": {"_bucket_owner_account": ["name"]},
    "services.scheduler": {"_tick_schedules": []},
    "services.sns": {"topic_policy_for_arn": ["topic_arn"]},
    "services.sqs": {"_refresh_counts": ["q"]},
    "services.ssm": {"_lookup_parameter": ["name_or_arn"]},
    "services.stepfunctions": {
        "_emit_execution_status_event": ["execution"],
        "_execute_task": ["state_def", "raw_input", "execution", "ctx"],
        "_call_lambda": ["func_ref", "event"],
        "_run_execution": ["exec_arn"],
        "_fail_execution": ["execution", "error", "cause"],
        "_add_event": ["execution", "event_type", "details"],
    },
    "services.sts": {"register_session": ["access_key", "session"]},
}
TABLES = {
    "app": ["SERVICE_HANDLERS", "SERVICE_REGISTRY", "_loaded_modules", "_state_map"],
    "core.iam_actions": ["SERVICE_TO_IAM_NAMESPACE", "_BOTOCORE_SERVICE_MAP"],
    "core.iam_evaluator": ["_request_caller_arn", "_RESOURCE_POLICY_LOOKUPS"],
    "core.router": ["SERVICE_PATTERNS"],
    "services.athena": ["_DUCKDB_TYPE_MAP"],
    "services.cloudformation.handlers": ["_ACTION_HANDLERS"],
    "services.cloudformation.provisioners": ["_RESOURCE_HANDLERS", "_REPLACING_PROPERTIES"],
    "services.cloudwatch": ["_alarms", "_composite_alarms", "_metrics"],
    "services.dynamodb": ["_tables"],
    "services.eventbridge": ["_event_buses", "_event_bus_policies"],
    "services.glue": ["_databases", "_tables", "_jobs", "_job_runs"],
    "services.iam": ["_roles"],
    "services.s3": ["_bucket_tags", "_bucket_policies"],
    "services.scheduler": ["_schedules"],
    "services.sqs": ["_queues"],
    "services.stepfunctions": ["_SERVICE_DISPATCH", "_executions", "_state_machines", "_ExecutionError"],
    "services.sts": ["_sessions"],
}
NATIVE = {name: getattr(importlib.import_module(f"ministack.{home}"), name) for home, names in FUNCTIONS.items() for name in names}


@pytest.fixture(scope="module", autouse=True)
def _installed() -> None:
    server.install()


def test_the_release_is_the_one_that_was_read() -> None:
    assert importlib.metadata.version("ministack") == "1.5.33"


@pytest.mark.parametrize(("home", "name"), [(home, name) for home, names in FUNCTIONS.items() for name in names])
def test_a_function_takes_what_it_is_given(home: str, name: str) -> None:
    wanted = FUNCTIONS[home][name]
    taken = list(inspect.signature(NATIVE[name]).parameters)
    assert wanted is None or taken[: len(wanted)] == wanted


@pytest.mark.parametrize(("home", "name"), [(home, name) for home, names in TABLES.items() for name in names])
def test_a_table_is_there(home: str, name: str) -> None:
    assert hasattr(importlib.import_module(f"ministack.{home}"), name)


def test_every_replaced_function_is_held_above() -> None:
    assert {(home, name) for home, name in hooks.REPLACED if name not in FUNCTIONS.get(home, {})} == set()


def test_what_stands_around_a_service_is_asked() -> None:
    assert {"athena", "events", "glue", "states"} <= set(hooks.AROUND)
    assert {service for service in hooks.AROUND if "mesh_local_aws" not in app.SERVICE_HANDLERS[service].__module__} == set()


def test_state_is_kept_by_the_emulators_own_means() -> None:
    kept = hooks.state("a-test")
    with hooks.acting("111111111111", "eu-west-1"):
        kept["one"] = {"is": 1}
    assert app._build_persistence_save_dict()["mesh_a_test"]() == kept.get_state()
    saved: dict[str, Any] = kept.get_state()["items"]._data.copy()
    assert list(saved) == [("111111111111", "eu-west-1", "one")]
    with hooks.acting("222222222222", "eu-west-1"):
        assert "one" not in kept
