"""Lake Formation: settings, LF-tags, grants, data cells filters and registered locations, and what they come to."""

from __future__ import annotations

from mesh_local_aws import hooks
from mesh_local_aws.services.lakeformation import enforcement, filters, grants, locations, resources, settings, tags


def install() -> None:
    hooks.service(
        "lakeformation",
        {
            **settings.OPERATIONS,
            **tags.OPERATIONS,
            **grants.OPERATIONS,
            **filters.OPERATIONS,
            **locations.OPERATIONS,
        },
    )
    resources.install()
    hooks.around("glue", enforcement.glue)
