"""What the catalogue of a local AWS lists: each product with its certificate, score and terms, as JSON.

The credentials are those of the platform's root, who sees every listing of its domain.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from typing import Any

import boto3


def main() -> None:
    os.environ.setdefault("AWS_EC2_METADATA_DISABLED", "true")
    datazone = boto3.client("datazone")
    found = [one for domain in datazone.list_domains()["items"] for one in products(datazone, domain["id"])]
    sys.stdout.write(f"{json.dumps(found)}\n")


def products(datazone: Any, domain: str) -> Iterator[dict[str, Any]]:
    pages = datazone.get_paginator("search_listings").paginate(domainIdentifier=domain, additionalAttributes=["FORMS"])
    for page in pages:
        for listing in (item["dataProductListing"] for item in page["items"] if "dataProductListing" in item):
            forms = json.loads(listing["additionalAttributes"]["forms"])
            scores = [s for item in listing["items"] for s in scores_of(datazone, domain, item["listingId"])]
            yield {
                "name": listing["name"],
                "verdict": forms.get("MeshCertificate", {}).get("verdict"),
                "score": min(scores, default=None),
                "terms": [term["name"] for term in listing.get("glossaryTerms", ())],
            }


def scores_of(datazone: Any, domain: str, listing: str) -> Iterator[float]:
    """The last one of a table of a product, among its measures of quality."""
    asset = datazone.get_listing(domainIdentifier=domain, identifier=listing)["item"]["assetListing"]["assetId"]
    points = datazone.list_time_series_data_points(
        domainIdentifier=domain, entityIdentifier=asset, entityType="ASSET", formName="MeshCertification"
    )["items"]
    if points:
        newest = max(points, key=lambda point: point["timestamp"])
        yield json.loads(newest["contentSummary"])["passingPercentage"]


if __name__ == "__main__":
    main()
