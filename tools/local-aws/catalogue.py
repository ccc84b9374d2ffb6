"""What the catalogue of a local AWS lists: each product with its certificate and score, as JSON.

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
    found = [one for domain in datazone.list_domains()["items"] for one in listings(datazone, domain["id"])]
    sys.stdout.write(f"{json.dumps(found)}\n")


def listings(datazone: Any, domain: str) -> Iterator[dict[str, Any]]:
    asked = {"domainIdentifier": domain, "additionalAttributes": ["FORMS", "TIME_SERIES_DATA_POINT_FORMS"]}
    for page in datazone.get_paginator("search_listings").paginate(**asked):
        for item in page["items"]:
            listing = item.get("assetListing") or item["dataProductListing"]
            more = listing.get("additionalAttributes", {})
            forms = json.loads(more.get("forms") or "{}")
            scores = [json.loads(form["contentSummary"]) for form in more.get("latestTimeSeriesDataPointForms", ())]
            yield {
                "name": listing["name"],
                "kind": "table" if "assetListing" in item else "product",
                "forms": forms,
                "score": next((s["passingPercentage"] for s in scores if "passingPercentage" in s), None),
                "terms": [term["name"] for term in listing.get("glossaryTerms", ())],
            }


if __name__ == "__main__":
    main()
