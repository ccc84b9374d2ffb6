"""Domains: made with their root unit, the blueprints that AWS manages, and the types that every domain has."""

from __future__ import annotations

from mesh_local_aws import hooks
from mesh_local_aws.hooks import Document
from mesh_local_aws.services.datazone import environments, form_types, units
from mesh_local_aws.services.datazone.store import (
    DOMAINS,
    Domain,
    Record,
    conflict,
    domain_of,
    every_domain,
    given,
    invalid,
    new_id,
    now,
    page,
)


def create_domain(asked: Document) -> Record:
    caller, version = hooks.caller(), asked.get("domainVersion", "V1")
    if version == "V2" and "serviceRole" not in asked:
        raise invalid("a domain of version 2 needs a serviceRole")
    if "domainExecutionRole" not in asked:
        raise invalid("domainExecutionRole is missing")
    # https://docs.aws.amazon.com/datazone/latest/APIReference/API_CreateDomain.html
    id_ = f"{'dzd-' if version == 'V2' else 'dzd_'}{new_id()}"
    host = "sagemaker" if version == "V2" else "datazone"
    DOMAINS[id_] = {
        "domain": {
            "id": id_,
            "arn": f"arn:aws:datazone:{caller.region}:{caller.account}:domain/{id_}",
            "domainVersion": version,
            "status": "AVAILABLE",
            "portalUrl": f"https://{id_}.{host}.{caller.region}.on.aws",
            "managedAccountId": caller.account,
            "createdAt": now(),
            "tags": {},
            **given(asked, "name", "description", "singleSignOn", "domainExecutionRole", "serviceRole", "kmsKeyIdentifier", "tags"),
        }
    }
    domain = Domain(DOMAINS[id_], caller.account, caller.region)
    domain.record["rootDomainUnitId"] = units.add_unit(domain, asked["name"], None, asked.get("description"))["id"]
    environments.add_managed_blueprints(domain)
    form_types.add_system_types(domain)
    return domain.record


def get_domain(asked: Document) -> Record:
    return domain_of(asked).record


def update_domain(asked: Document) -> Record:
    record = domain_of(asked).record
    record.update(given(asked, "name", "description", "singleSignOn", "domainExecutionRole", "serviceRole"), lastUpdatedAt=now())
    return record


def delete_domain(asked: Document) -> Document:
    domain = domain_of(asked)
    if domain.all("project") and not asked.get("skipDeletionCheck"):
        raise conflict(f"domain {domain.id} has {len(domain.all('project'))} projects in it")
    with hooks.acting(domain.account, domain.region):
        del DOMAINS[domain.id]
    return {"status": "DELETING"}


def list_domains(asked: Document) -> Document:
    return page([each.record for each in every_domain() if asked.get("status", "AVAILABLE") == each.record["status"]], asked)


OPERATIONS = {
    "CreateDomain": create_domain,
    "GetDomain": get_domain,
    "UpdateDomain": update_domain,
    "DeleteDomain": delete_domain,
    "ListDomains": list_domains,
}
