"""What a deployment does before the first run: makes the published tables, and later changes them."""

from __future__ import annotations

from mesh_jobs.adapters.iceberg.catalog import Catalog
from mesh_jobs.adapters.iceberg.store import CatalogTableStore
from mesh_jobs.domain.plan import Plan, Table
from mesh_jobs.ports.table_store import Swap


def deploy(catalog: Catalog, plan: Plan) -> None:
    """Gives the published tables the plan's columns, moving their pointers as the deployment does."""
    for table in plan.tables:
        if table.published:
            deploy_table(catalog, table, plan.product.version, plan.internal_database)


def deploy_table(catalog: Catalog, table: Table, version: str, internal: str = "sales_internal") -> None:
    """One table of them."""
    store = CatalogTableStore(catalog)
    before = store.current(table.physical)
    made = store.open_candidate(table, internal, "deployment", version)
    store.publish([Swap(table.physical, before.metadata_location if before else None, made.metadata_location)])
    store.drop_candidates(internal, "deployment")
