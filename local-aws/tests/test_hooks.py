"""Every name of the emulator that is private and used here: an upgrade that moves one fails these, and says which."""

from __future__ import annotations

import ast
import importlib
import importlib.metadata
import inspect
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import ministack.app as app
import pytest

import mesh_local_aws
from mesh_local_aws import hooks, server

#: module → function → what it is called with; what is replaced must keep taking the same.
FUNCTIONS: dict[str, dict[str, list[str]]] = {
    "app": {
        "pin_request_origin": ["source_ip", "secure_transport"],
        "main": [],
        "app": ["scope", "receive", "send"],
        "save_all": ["services"],
        "_build_persistence_save_dict": [],
        "_load_persisted_state": [],
        "_get_module": ["name"],
        "_dispatch_service_request": ["method", "path", "headers", "body", "query_params", "request_id"],
        "_routing_params": ["method", "path", "headers", "body", "query_params"],
        "detect_service": ["method", "path", "headers", "query_params"],
    },
    "core.iam_actions": {
        "access_denied_response": ["service", "action", "principal_arn", "request_id"],
        "dynamodb_service_context": ["body"],
        "extract_iam_action": ["service", "method", "path", "headers", "body", "query_params"],
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
    "core.persistence": {"load_state": ["service"], "_json_default": ["obj"], "_state_format_version": ["service"]},
    "core.router": {"_is_aws_service_name": ["scope_name"]},
    "core.responses": {"request_scope": ["account_id", "region"], "get_account_id": [], "get_region": [], "now_iso": []},
    "services.athena": {"_run_duckdb": ["query", "database", "catalog"], "_create_named_query": ["data"], "_delete_named_query": ["data"]},
    "services.cloudformation.changesets": {"validate_template_support": ["template", "conditions", "params"]},
    "services.cloudformation.handlers": {"validate_template_support": ["template", "conditions", "params"]},
    "services.cloudformation.helpers": {
        "_error": ["code", "message", "status"],
        "_p": ["params", "key", "default"],
        "_resolve_document": ["params", "body_key", "url_key", "label"],
    },
    "services.cloudformation.provisioners": {
        "_sm_secret_string": ["props"],
        "_cw_metric_alarm_record": ["name", "props"],
        "_physical_name": ["stack_name", "logical_id", "lowercase", "max_len", "seeded"],
    },
    "services.cloudformation.stacks": {
        "_validation_errors": [
            "resources_defs",
            "ordered",
            "param_values",
            "conditions",
            "mappings",
            "stack_name",
            "stack_id",
            "owned_buckets",
        ],
        "_provision_resource": ["resource_type", "logical_id", "props", "stack_name"],
        "_update_resource": ["resource_type", "physical_id", "old_props", "new_props", "stack_name", "logical_id", "old_attrs"],
        "_delete_resource": ["resource_type", "physical_id", "props", "stack_name", "logical_id"],
    },
    "services.cloudtrail": {
        "_get_event_queue": [],
        **{
            name: ["body"]
            for name in ("_create_trail", "_update_trail", "_delete_trail", "_put_event_selectors", "_start_logging", "_stop_logging")
        },
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
        "_create_archive": ["data"],
        "_update_archive": ["data"],
        "_delete_archive": ["data"],
    },
    "services.glue": {
        name: ["data"]
        for name in (
            "_get_tables",
            "_create_security_configuration",
            "_delete_security_configuration",
            "_get_security_configurations",
            "_create_database",
            "_update_database",
        )
    },
    "services.lambda_svc": {
        "handle_request": ["method", "path", "headers", "body", "query_params"],
        "function_policy_for_arn": ["resource_arn"],
        "_execute_function_warm": ["func", "event", "request_id"],
        "_prune_orphan_code_blobs": ["referenced"],
    },
    "services.s3": {
        "_bucket_owner_account": ["name"],
        "_delete_bucket": ["name"],
        "_put_object": ["bucket_name", "key", "body", "headers"],
    },
    "services.scheduler": {"_tick_schedules": []},
    "services.secretsmanager": {
        name: ["data"]
        for name in ("_get_random_password", "_put_resource_policy", "_delete_resource_policy", "_create_secret", "_delete_secret")
    },
    "services.sns": {"topic_policy_for_arn": ["topic_arn"]},
    "services.sqs": {"_refresh_counts": ["q"]},
    "services.ssm": {"_lookup_parameter": ["name_or_arn"]},
    "services.stepfunctions": {
        "_emit_execution_status_event": ["execution"],
        "_execute_pass": ["state_def", "raw_input", "ctx"],
        "_execute_choice": ["state_def", "raw_input", "ctx"],
        "_execute_wait": ["state_def", "raw_input", "ctx"],
        "_execute_task": ["state_def", "raw_input", "execution", "ctx"],
        "_execute_parallel": ["state_def", "raw_input", "execution", "ctx"],
        "_execute_map": ["state_def", "raw_input", "execution", "ctx"],
        "_run_map_items": ["state_def", "raw_input", "execution", "ctx"],
        "_run_sub_machine": ["states", "start_at", "input_data", "execution", "ctx"],
        "_apply_state_assign": ["state_def", "raw_input", "ctx", "result", "error_output"],
        "_apply_input_path": ["state_def", "data", "ctx"],
        "_apply_output_path": ["state_def", "data", "ctx"],
        "_fail_state_error": ["state_def", "raw_input", "ctx"],
        "_call_lambda": ["func_ref", "event"],
        "_run_execution": ["exec_arn"],
        "_add_event": ["execution", "event_type", "details"],
    },
    "services.sts": {
        "register_session": ["access_key", "session"],
        "_evict_expired_sessions": [],
        "get_state": [],
        "load_persisted_state": ["data"],
    },
}
#: module → what it has besides: tables that are read and changed, classes that are made.
OTHERS = {
    "app": ["SERVICE_HANDLERS", "SERVICE_REGISTRY", "_loaded_modules", "_state_map"],
    "core.iam_actions": ["SERVICE_TO_IAM_NAMESPACE", "_BOTOCORE_SERVICE_MAP"],
    "core.iam_evaluator": ["EvalContext", "_request_caller_arn", "_RESOURCE_POLICY_LOOKUPS"],
    "core.lambda_runtime": ["_NODEJS_WORKER_SCRIPT"],
    "core.persistence": ["STATE_DIR"],
    "core.responses": ["AccountRegionScopedDict"],
    "core.router": ["SERVICE_PATTERNS"],
    "services.athena": ["_DUCKDB_TYPE_MAP", "_executions", "_workgroups"],
    "services.cloudformation": ["_change_sets", "_stacks"],
    "services.cloudformation.changesets": ["_IMPORT_LOOKUPS"],
    "services.cloudformation.handlers": ["_ACTION_HANDLERS"],
    "services.cloudformation.provisioners": ["_RESOURCE_HANDLERS", "_REPLACING_PROPERTIES"],
    "services.cloudtrail": ["_trails", "_event_selectors", "_DEFAULT_EVENT_SELECTORS"],
    "services.cloudwatch": ["_alarms", "_composite_alarms", "_metrics"],
    "services.dynamodb": ["_tables"],
    "services.eventbridge": ["_event_buses", "_event_bus_policies"],
    "services.glue": ["_databases", "_tables", "_jobs", "_job_runs"],
    "services.iam": ["_policies", "_roles"],
    "services.s3": ["_bucket_tags", "_bucket_policies"],
    "services.scheduler": ["_schedules"],
    "services.sqs": ["_queues"],
    "services.stepfunctions": ["_SERVICE_DISPATCH", "_executions", "_state_machines", "_ExecutionError"],
    "services.sts": ["_sessions"],
}
#: As the emulator has them, before anything is hung in.
NATIVE = {
    (home, name): getattr(importlib.import_module(f"ministack.{home}"), name, None) for home, names in FUNCTIONS.items() for name in names
}
SOURCES = Path(mesh_local_aws.__file__).parent


def used() -> set[tuple[str, str]]:
    """(module, name) of everything that our sources take from the emulator, and of what they replace in it."""
    found = set(hooks.REPLACED)
    for source in SOURCES.rglob("*.py"):
        tree = ast.parse(source.read_text(encoding="utf-8"))
        known: dict[str, str] = {}
        for module, name, alias in _imported(tree):
            if module and not inspect.ismodule(getattr(importlib.import_module(f"ministack.{module}"), name, None)):
                found.add((module, name))
            else:
                known[alias] = f"{module}.{name}".lstrip(".")
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in known:
                found.add((known[node.value.id], node.attr))
            elif isinstance(node, ast.Call):
                found |= {(f"services.{home}", name) for home, name in _operations(node)}
    return found


def _imported(tree: ast.AST) -> Iterator[tuple[str, str, str]]:
    """(module of the emulator, name in it, name here)."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("ministack"):
            home = str(node.module).removeprefix("ministack").lstrip(".")
            importlib.import_module(str(node.module))
            for each in node.names:
                yield home, each.name, each.asname or each.name
        elif isinstance(node, ast.Import):
            for each in node.names:
                if each.name.startswith("ministack."):
                    yield "", each.name.removeprefix("ministack."), each.asname or each.name


def _operations(call: ast.Call) -> Iterator[tuple[str, str]]:
    """The emulator's own functions behind operations: stores.call("glue", "GetTables", …)."""
    match ast.unparse(call.func), call.args:
        case "stores.call", [ast.Constant(value=service), operation, *_]:
            home = {"events": "eventbridge"}.get(str(service), str(service))
        case "metrics.ask_cloudwatch", [operation, *_]:
            home = "cloudwatch"
        case _:
            return
    for each in (operation.body, operation.orelse) if isinstance(operation, ast.IfExp) else (operation,):
        assert isinstance(each, ast.Constant)
        yield home, "_" + re.sub(r"(?<=[a-z])(?=[A-Z])", "_", str(each.value)).lower()


@pytest.fixture(scope="module", autouse=True)
def _installed() -> None:
    server.install()


def test_the_release_is_the_one_that_was_read() -> None:
    assert importlib.metadata.version("ministack") == "1.5.33"


@pytest.mark.parametrize(("home", "name"), NATIVE)
def test_a_function_takes_what_it_is_given(home: str, name: str) -> None:
    wanted = FUNCTIONS[home][name]
    assert NATIVE[home, name] is not None, f"ministack.{home} has no {name} any more"
    assert list(inspect.signature(NATIVE[home, name]).parameters)[: len(wanted)] == wanted


@pytest.mark.parametrize(("home", "name"), [(home, name) for home, names in OTHERS.items() for name in names])
def test_a_table_is_there(home: str, name: str) -> None:
    assert hasattr(importlib.import_module(f"ministack.{home}"), name)


def test_every_name_of_the_emulator_that_is_used_is_held_above_and_no_other() -> None:
    # Named by what it executes, not by a name that stands in a source.
    by_type = {("services.stepfunctions", f"_execute_{kind}") for kind in ("pass", "choice", "wait", "parallel", "map")}
    held = {*NATIVE, *((home, name) for home, names in OTHERS.items() for name in names)}
    assert used() | by_type == held


def test_what_stands_around_a_service_is_asked() -> None:
    assert {"athena", "events", "glue", "states"} <= set(hooks.AROUND)
    assert {service for service in hooks.AROUND if "mesh_local_aws" not in app.SERVICE_HANDLERS[service].__module__} == set()


def test_state_is_kept_by_the_emulators_own_means() -> None:
    kept = hooks.state("a-test")
    with hooks.acting("111111111111", "eu-west-1"):
        kept["one"] = {"is": 1}
    told = app._build_persistence_save_dict()["mesh_a_test"]()
    assert list(hooks.State.of(told).everywhere()) == list(kept.everywhere())
    saved: dict[str, Any] = kept.get_state()["items"]._data.copy()
    assert list(saved) == [("111111111111", "eu-west-1", "one")]
    with hooks.acting("222222222222", "eu-west-1"):
        assert "one" not in kept
