"""Projects, what they are made from, and their members."""

from __future__ import annotations

from mesh_local_aws.hooks import Document, Refused
from mesh_local_aws.services.datazone import environments, people, policies, units
from mesh_local_aws.services.datazone.store import Domain, Record, conflict, domain_of, given, invalid, new_id, now, page

OWNER = "PROJECT_OWNER"
WRITERS = (OWNER, "PROJECT_CONTRIBUTOR")

_OF_PROFILE = (
    "name",
    "description",
    "status",
    "environmentConfigurations",
    "projectResourceTags",
    "allowCustomProjectResourceTags",
    "projectResourceTagsDescription",
)


def create_project_profile(asked: Document) -> Record:
    domain = domain_of(asked)
    if not domain.is_v2:
        raise invalid("a domain of version 1 has no project profiles")
    domain.unique("project profile", "name", asked["name"])
    _check_configurations(domain, asked)
    unit = str(asked.get("domainUnitIdentifier") or domain.record["rootDomainUnitId"])
    return domain.add(
        "project profile",
        {
            "id": new_id(),
            "domainId": domain.id,
            "status": "ENABLED",
            "domainUnitId": domain.find("domain unit", unit)["id"],
            "createdBy": people.asker(domain)["id"],
            "createdAt": now(),
            **given(asked, *_OF_PROFILE),
        },
    )


def get_project_profile(asked: Document) -> Record:
    return domain_of(asked).find("project profile", asked["identifier"])


def list_project_profiles(asked: Document) -> Document:
    return page(domain_of(asked).where("project profile", name=asked.get("name")), asked)


def update_project_profile(asked: Document) -> Record:
    domain = domain_of(asked)
    found = domain.find("project profile", asked["identifier"])
    _check_configurations(domain, asked)
    found.update(given(asked, *_OF_PROFILE), lastUpdatedAt=now())
    return found


def delete_project_profile(asked: Document) -> Document:
    domain = domain_of(asked)
    if domain.where("project", projectProfileId=asked["identifier"]):
        raise conflict("projects were made from this profile")
    domain.remove("project profile", asked["identifier"])
    return {}


def create_project(asked: Document) -> Record:
    domain = domain_of(asked)
    maker = people.asker(domain)
    unit = domain.find("domain unit", str(asked.get("domainUnitId") or domain.record["rootDomainUnitId"]))
    profile = _profile(domain, asked)
    profile_id = None if profile is None else str(profile["id"])
    if not policies.may_create_project(domain, unit["id"], profile_id):
        what = "CREATE_PROJECT" if profile is None else f"CREATE_PROJECT_FROM_PROJECT_PROFILE for the profile {profile['name']}"
        raise people.not_permitted(f"the unit {unit['name']} does not grant {what} to {maker['id']}")
    domain.unique("project", "name", asked["name"])
    members = [{"userId": maker["id"], "designation": OWNER}]
    members += [_member(domain, unit["id"], each) for each in asked.get("membershipAssignments", ())]
    project = domain.add(
        "project",
        {
            "id": new_id(),
            "domainId": domain.id,
            "domainUnitId": unit["id"],
            "projectStatus": "ACTIVE",
            "projectProfileId": profile_id,
            "createdBy": maker["id"],
            "createdAt": now(),
            "lastUpdatedAt": now(),
            "updatedAt": now(),
            "members": members,
            **given(asked, "name", "description", "glossaryTerms", "userParameters", "projectCategory"),
        },
    )
    if profile is not None:
        project["environmentDeploymentDetails"] = _deploy(domain, project, profile)
    return project


def get_project(asked: Document) -> Record:
    return domain_of(asked).find("project", asked["identifier"])


def list_projects(asked: Document) -> Document:
    domain = domain_of(asked)
    found = [each for each in domain.all("project").values() if each["name"].startswith(asked.get("name", ""))]
    for key, by_name in (("userId", people.user), ("groupId", people.group)):
        name = asked.get(f"{key.removesuffix('Id')}Identifier")
        if name is not None:
            who = by_name(domain, name)
            found = [each for each in found if who and any(member.get(key) == who["id"] for member in each["members"])]
    return page(found, asked)


def update_project(asked: Document) -> Record:
    domain = domain_of(asked)
    project = require_member(domain, asked["identifier"], OWNER)
    if asked.get("name", project["name"]) != project["name"]:
        domain.unique("project", "name", asked["name"])
    project.update(
        given(asked, "name", "description", "glossaryTerms", "userParameters", "domainUnitId"), lastUpdatedAt=now(), updatedAt=now()
    )
    return project


def delete_project(asked: Document) -> Document:
    domain = domain_of(asked)
    project = require_member(domain, asked["identifier"], OWNER)
    for noun, key in (("asset", "owningProjectId"), ("data product", "owningProjectId"), ("data source", "projectId")):
        left = domain.where(noun, **{key: project["id"]})
        if left and not asked.get("skipDeletionCheck"):
            raise conflict(f"the project {project['name']} has {len(left)} {noun}s")
    for noun in ("environment", "connection", "data source"):
        for each in domain.where(noun, projectId=project["id"]):
            domain.remove(noun, each["id"])
    domain.remove("project", project["id"])
    return {}


def create_project_membership(asked: Document) -> Document:
    domain = domain_of(asked)
    project = _to_change_members(domain, asked)
    member = _member(domain, project["domainUnitId"], asked)
    if any(_same(each, member) for each in project["members"]):
        raise conflict("it is a member already")
    project["members"].append(member)
    return {}


def delete_project_membership(asked: Document) -> Document:
    domain = domain_of(asked)
    project = _to_change_members(domain, asked)
    gone = _who(domain, asked["member"])
    left = [each for each in project["members"] if not _same(each, gone)]
    if len(left) == len(project["members"]):
        raise Refused("ResourceNotFoundException", "it is no member")
    if not any(each["designation"] == OWNER for each in left):
        raise invalid(f"the project {project['name']} would have no owner left")
    project["members"] = left
    return {}


def list_project_memberships(asked: Document) -> Document:
    members = domain_of(asked).find("project", asked["projectIdentifier"])["members"]
    shown = [{"memberDetails": _details(each), "designation": each["designation"]} for each in members]
    return page(shown, asked, "members")


def require_member(domain: Domain, project_id: str, *designations: str) -> Record:
    """The project, of which who asks is a member who may write, or one with such a designation. Raises AccessDeniedException."""
    project, mine = domain.find("project", project_id), people.identities(domain)
    for member in project["members"]:
        if (member.get("userId") in mine or member.get("groupId") in mine) and member["designation"] in (designations or WRITERS):
            return project
    raise people.not_permitted(f"who asks is no {' or '.join(designations or WRITERS)} of the project {project['name']}")


# --- members -------------------------------------------------------------------------------------------------------


def _to_change_members(domain: Domain, asked: Document) -> Record:
    project = domain.find("project", asked["projectIdentifier"])
    if policies.may_override_owners(domain, project["domainUnitId"]):
        return project
    return require_member(domain, project["id"], OWNER)


def _member(domain: Domain, unit_id: str, asked: Document) -> Record:
    """Raises AccessDeniedException of somebody who is not in the pool of the unit."""
    who = _who(domain, asked["member"])
    if not policies.may_become_member(domain, unit_id, frozenset(who.values())):
        pools = ", ".join(each["name"] for each in units.line(domain, unit_id))
        raise people.not_permitted(f"{', '.join(asked['member'].values())} is not in the project member pool of all of {pools}")
    return who | {"designation": asked["designation"]}


def _who(domain: Domain, member: Document) -> Record:
    if "userIdentifier" in member:
        return {"userId": people.known_user(domain, member["userIdentifier"])["id"]}
    return {"groupId": people.get_group_profile({"domainIdentifier": domain.id, "groupIdentifier": member["groupIdentifier"]})["id"]}


def _same(one: Record, other: Record) -> bool:
    return (one.get("userId"), one.get("groupId")) == (other.get("userId"), other.get("groupId"))


def _details(member: Record) -> Document:
    return {"user": {"userId": member["userId"]}} if "userId" in member else {"group": {"groupId": member["groupId"]}}


# --- profiles ------------------------------------------------------------------------------------------------------


def _profile(domain: Domain, asked: Document) -> Record | None:
    if not domain.is_v2:
        if "projectProfileId" in asked:
            raise invalid("a domain of version 1 has no project profiles")
        return None
    if "projectProfileId" not in asked:
        raise invalid("a project of a domain of version 2 needs a projectProfileId")
    profile = domain.find("project profile", asked["projectProfileId"])
    if profile["status"] != "ENABLED":
        raise invalid(f"the project profile {profile['name']} is {profile['status']}")
    return profile


def _check_configurations(domain: Domain, asked: Document) -> None:
    for each in asked.get("environmentConfigurations", ()):
        domain.find("blueprint", each["environmentBlueprintId"])


def _deploy(domain: Domain, project: Record, profile: Record) -> Document:
    """Makes the environments of a profile. What it answers says which failed, and why."""
    reasons: dict[str, list[Document]] = {}
    for each in sorted(profile.get("environmentConfigurations", ()), key=lambda each: each.get("deploymentOrder", 0)):
        if each.get("deploymentMode", "ON_CREATE") != "ON_CREATE":
            continue
        blueprint = domain.find("blueprint", each["environmentBlueprintId"])
        account = each.get("awsAccount", {}).get("awsAccountId", domain.account)
        region = each.get("awsRegion", {}).get("regionName", domain.region)
        why = environments.not_enabled(domain, blueprint, account, region)
        if why is None:
            environments.add_environment(domain, project, each["name"], blueprint, account, region)
        else:
            reasons[each["name"]] = [{"message": why}]
    return {"overallDeploymentStatus": "FAILED_DEPLOYMENT" if reasons else "SUCCESSFUL", "environmentFailureReasons": reasons}


OPERATIONS = {
    "CreateProjectProfile": create_project_profile,
    "GetProjectProfile": get_project_profile,
    "ListProjectProfiles": list_project_profiles,
    "UpdateProjectProfile": update_project_profile,
    "DeleteProjectProfile": delete_project_profile,
    "CreateProject": create_project,
    "GetProject": get_project,
    "ListProjects": list_projects,
    "UpdateProject": update_project,
    "DeleteProject": delete_project,
    "CreateProjectMembership": create_project_membership,
    "DeleteProjectMembership": delete_project_membership,
    "ListProjectMemberships": list_project_memberships,
}
