"""What an HTTP service answers, read whole or not at all, from a real one on loopback."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mesh_jobs.adapters.web.fetch import fetch_pages
from mesh_jobs.adapters.web.request import Requests
from mesh_jobs.domain.errors import BadInput, MeshError, OutOfReach
from mesh_jobs.domain.plan import FileFormat, FileSource, HttpService, Watermark
from mesh_jobs.ports.remotes import Answer
from support.one_engine import OneEngine
from support.plans import orders_document
from support.service import Asked, Said, service

SOURCE = FileSource("shop", "", FileFormat("json"), None, watermark=Watermark("updated_at", 0))
ORDERS = [{"order_id": f"o{n}", "amount": "1.00"} for n in range(5)]


def fetch(
    answers: Callable[[Asked], Said],
    folder: Path,
    after: str | None = None,
    header: tuple[str, str] | None = None,
    most_bytes: int = 1 << 20,
    **how: Any,
) -> tuple[Answer, list[Asked], list[str], list[float]]:
    notices, waits = list[str](), list[float]()
    with service(answers) as at:
        remote = HttpService(url=f"{at.url}/orders?all=1", **{"format": "json", **how})
        requests = Requests("shop", header, notices.append, waits.append, most_bytes)
        answer = fetch_pages(SOURCE, remote, header, after, folder, notices.append, requests)
    return answer, at.asked, notices, waits


def refused(answers: Callable[[Asked], Said], folder: Path, kind: type[MeshError] = BadInput, **how: Any) -> str:
    with pytest.raises(kind) as caught:
        fetch(answers, folder, **how)
    assert caught.value.remedy
    return f"{caught.value} → {caught.value.remedy}"


def contents(answer: Answer) -> list[str]:
    return [f.path.read_text() for f in answer.files]


def test_pages_follow_the_link_header(tmp_path: Path) -> None:
    def answers(asked: Asked) -> Said:
        page = int(asked.parameters.get("page", 0))
        link = {"Link": f'</orders?page=9>; rel="last", </orders?page={page + 1}>; rel="next"'} if page < 2 else {}
        return Said([ORDERS[page]], headers=link)

    answer, asked, _, _ = fetch(answers, tmp_path, paginate="link")
    assert [json.loads(c)[0]["order_id"] for c in contents(answer)] == ["o0", "o1", "o2"]
    assert [a.parameters for a in asked] == [{"all": "1"}, {"page": "1"}, {"page": "2"}]


def test_pages_follow_a_cursor_and_their_records_are_cut_out_digit_by_digit(tmp_path: Path) -> None:
    def answers(asked: Asked) -> Said:
        last = asked.parameters.get("after") == "x&y=1"
        more = "null" if last else '"x&y=1"'
        records = "[]" if last else '[{"amount": 1.10000000000000000001, "note": "}],"}]'
        return Said(f'{{"meta": {{"next": {more}}}, "data": {{"n": [1], "items" : {records} }} }}')

    how = {"paginate": "cursor", "records": ("data", "items"), "cursor": ("meta", "next"), "parameter": "after"}
    answer, asked, _, _ = fetch(answers, tmp_path, **how)
    assert contents(answer) == ['[{"amount": 1.10000000000000000001, "note": "}],"}]'], "an empty page is no file"
    assert [a.parameters for a in asked] == [{"all": "1"}, {"all": "1", "after": "x&y=1"}]


def test_a_delta_asks_for_what_has_changed_and_shows_its_password(tmp_path: Path) -> None:
    header = ("Authorization", "Bearer secret")
    _, asked, _, _ = fetch(lambda _: Said([]), tmp_path, "2030-01-01T00:00:00+00:00", header, since="changed_since")
    assert asked[0].parameters == {"all": "1", "changed_since": "2030-01-01T00:00:00+00:00"}
    assert asked[0].headers["Authorization"] == "Bearer secret"


def test_it_waits_as_long_as_the_service_says_and_asks_again(tmp_path: Path) -> None:
    said = iter(
        [
            Said(status=429, headers={"Retry-After": "7"}),
            Said(status=503),
            Said(ORDERS, cut=9),
            Said(ORDERS, announced=False),
            Said(ORDERS),
        ]
    )
    answer, _, notices, waits = fetch(lambda _: next(said), tmp_path)
    assert json.loads(contents(answer)[0]) == ORDERS
    assert waits == [7.0, 2.0, 4.0, 8.0]
    assert [n.partition(" (page 1): ")[2].partition(";")[0] for n in notices] == [
        "429 Too Many Requests",
        "503 Service Unavailable",
        f"the answer broke off after {len(json.dumps(ORDERS)) - 9} of {len(json.dumps(ORDERS))} bytes",
        "the answer does not say how long it is, so it may be cut off",
    ]


def test_it_gives_up_in_the_end_and_says_what_to_look_at(tmp_path: Path) -> None:
    said = refused(lambda _: Said(status=500), tmp_path, OutOfReach)
    assert ": 500 Internal Server Error → check the service and the network" in said
    said = refused(lambda _: Said(status=429, headers={"Retry-After": "3600"}), tmp_path, OutOfReach)
    assert "429 Too Many Requests and asks to wait for 3600 s" in said
    said = refused(lambda _: Said(status=401), tmp_path, OutOfReach, header=("X-Key", "secret"))
    assert said.endswith("(page 1): 401 Unauthorized → correct the header of the connection, then start the run again")
    assert "secret" not in said


def test_neither_a_redirect_nor_a_next_page_leads_to_another_service(tmp_path: Path) -> None:
    elsewhere = "http://localhost:1/orders"
    said = refused(lambda _: Said(status=302, headers={"Location": elsewhere}), tmp_path)
    assert said.startswith("source shop: the service redirects to another service, http://localhost → write the URL")
    said = refused(lambda _: Said(ORDERS, headers={"Link": f"<{elsewhere}>; rel=next"}), tmp_path, paginate="link")
    assert said.startswith("source shop: the next page leads to another service, http://localhost")


def test_a_redirect_inside_the_service_is_followed(tmp_path: Path) -> None:
    def answers(asked: Asked) -> Said:
        return Said(ORDERS) if asked.path == "/v2" else Said(status=307, headers={"Location": "/v2"})

    answer, asked, _, _ = fetch(answers, tmp_path, header=("X-Key", "secret"))
    assert json.loads(contents(answer)[0]) == ORDERS
    assert [a.headers.get("X-key", a.headers.get("X-Key")) for a in asked] == ["secret", "secret"]


@pytest.mark.parametrize(
    ("said", "how", "expected"),
    [
        (Said(ORDERS), {"most_bytes": 10}, "is longer than 0 MB → have the service answer in pages"),
        (Said('[{"a": 1}'), {}, "the answer is not a JSON document (line 1, column 10)"),
        (Said({"items": []}), {}, "the answer is not a list of records → name the list in sources.shop.http.records"),
        (Said({"a": {"b": 1}}), {"records": ("a", "items")}, "the answer has no a.items: 'items' is not in it"),
        (Said(ORDERS, headers={"Content-Encoding": "br"}), {}, "is compressed (br), which was not requested"),
        (Said(ORDERS, headers={"Link": "</orders?all=1>; rel=next"}), {"paginate": "link"}, "that was already read"),
    ],
)
def test_what_is_wrong_with_an_answer_is_said(said: Said, how: dict[str, Any], expected: str, tmp_path: Path) -> None:
    assert expected in refused(lambda _: said, tmp_path, **how)


def test_a_run_reads_the_service_and_a_delta_what_has_changed(tmp_path: Path) -> None:
    def order(n: int, at: str) -> dict[str, str]:
        return {"order_id": f"o{n}", "amount": "1.50", "email": "a@x.org", "updated_at": at}

    orders = [order(1, "2030-01-01T00:00:00Z"), order(2, "2030-01-01T01:00:00Z"), {**order(3, ""), "amount": "-1"}]
    orders[2]["updated_at"] = "2030-01-01T02:00:00Z"

    def answers(asked: Asked) -> Said:
        return Said([o for o in orders if o["updated_at"] >= asked.parameters.get("since", "")[:19]])

    mesh = OneEngine(tmp_path, "duckdb")
    with service(answers) as at:
        plan = orders_document()
        shop = plan["sources"][0]
        del shop["path"]
        shop |= {"kind": "remote", "connector": "http", "file": {"format": "auto", "nullValues": []}}
        shop["watermark"]["overlapSeconds"] = 0
        shop["options"] = {"url": f"{at.url}/orders", "format": "json", "since": "since"}
        first = mesh.run_product(plan)
        orders.append(order(4, "2030-01-01T03:00:00Z"))
        second = mesh.run_product(plan, "delta")
    counts = [(t.rows_in, t.rows_out) for r in (first, second) for t in r.tables if t.table == "orders_raw"]
    assert counts == [(3, 3), (2, 2)]
    assert (first.state, second.state) == ("published", "published")
