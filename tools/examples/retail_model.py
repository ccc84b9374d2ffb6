"""What is true of the retail example's shop, and what its systems write of it, as SQL over row numbers.

A permutation of the row numbers gives each row a `place`; a defect takes a range of places. So defects are scattered
over the file, never overlap, and their number is known.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

# Rows in 100,000 that carry each defect; at least one of each from 40 rows on.
ORDER_DEFECTS = {
    "nullStatus": 5_000,  # no status, paid: the payment's status is the order's
    "nullStatusUnpaid": 500,  # no status, payment failed: likewise
    "statusless": 50,  # no status and no payment: nothing to fall back to
    "negativeAmounts": 50,
    "malformedEmails": 100,
    "orphanCampaigns": 200,  # a campaign that the CRM has never heard of
    "unpaidOrders": 2_000,  # every transaction failed
    "missingPayments": 1_000,
    "duplicateOrders": 500,  # two rows: pending, then an hour later what became of it
    "duplicatePayments": 300,  # the same payment delivered twice
}
CAMPAIGN_DEFECTS = {
    "dirtyChannels": 30_000,  # wrong case, spaces around: repaired
    "unknownChannels": 4_000,  # no such channel: removed, with its reason
    "nullChannels": 1_000,  # NA: removed, with its reason
    "nullCosts": 1_500,  # NA: no return on investment can be told
    "duplicateCampaigns": 2_000,
}
CHANNELS = ("email", "search", "social", "display", "affiliate")


@dataclass(frozen=True)
class Sizes:
    """How much to make: `orders` and `campaigns` count distinct ones; `days` is their span."""

    orders: int
    campaigns: int
    days: int
    start: str
    seed: int


def planted(rows: int, rates: dict[str, int]) -> dict[str, int]:
    """How many rows carry each defect."""
    if rows < 40:
        return dict.fromkeys(rates, 0)
    return {name: max(1, rows * rate // 100_000) for name, rate in rates.items()}


def permutation(rows: int, seed: int) -> tuple[int, int]:
    """Factor and offset of a bijection of 0…rows-1: (i * factor + offset) % rows."""
    factor = max(1, int(rows * 0.6180339887))
    while math.gcd(factor, rows) != 1:
        factor += 1
    return factor, seed * 7919 % max(1, rows)


def has(defects: dict[str, int], name: str) -> str:
    """The SQL condition under which a row, by its `place`, carries the defect."""
    names = list(defects)
    low = sum(defects[n] for n in names[: names.index(name)])
    return f"(place >= {low} AND place < {low + defects[name]})"


# The finaliser of MurmurHash3 on 32 bits, in arithmetic that no DuckDB version reads differently.
MACROS = """
CREATE MACRO mix1(x) AS xor(x, x >> 16) * 2246822519 % 4294967296;
CREATE MACRO mix2(x) AS xor(x, x >> 13) * 3266489917 % 4294967296;
CREATE MACRO mix3(x) AS xor(x, x >> 16);
CREATE MACRO start(i, k) AS CAST((i * 2654435761 + k * 40503 + {seed} * 69069) % 4294967296 AS UBIGINT);
CREATE MACRO draw(i, k) AS CAST(mix3(mix2(mix1(start(i, k)))) AS BIGINT);
CREATE MACRO money(cents) AS CAST(cents * CAST(0.01 AS DECIMAL(3,2)) AS DECIMAL(12,2));
"""


def orders_model(sizes: Sizes, defects: dict[str, int]) -> str:
    """One row per distinct order, with what is true of it beside what will be written."""
    factor, offset = permutation(sizes.orders, sizes.seed)

    def d(name: str) -> str:
        return has(defects, name)

    no_status = f"({d('nullStatus')} OR {d('nullStatusUnpaid')} OR {d('statusless')})"
    unpaid = f"({d('nullStatusUnpaid')} OR {d('unpaidOrders')})"
    no_payment = f"({d('statusless')} OR {d('missingPayments')})"
    return f"""
    SELECT i, place,
        'ORD-' || lpad(CAST(i + 1 AS VARCHAR), 9, '0') AS order_id,
        'CUS-' || lpad(CAST(customer AS VARCHAR), 7, '0') AS customer_id,
        CASE WHEN {d("malformedEmails")} THEN 'customer' || customer || ' at mail.example'
             ELSE 'customer' || customer || '@mail.example' END AS customer_email,
        TIMESTAMPTZ '{sizes.start} 00:00:00+00' + to_seconds(i * {sizes.days * 86_400} // {sizes.orders}) AS ordered_at,
        CASE WHEN {d("orphanCampaigns")} THEN 'CMP-X' || lpad(CAST(draw(i, 5) % 1000 AS VARCHAR), 4, '0')
             WHEN draw(i, 3) % 10 < 3 THEN NULL
             ELSE 'CMP-' || lpad(CAST(campaign AS VARCHAR), 5, '0') END AS campaign_id,
        campaign,
        (['web', 'app', 'store', 'phone'])[CAST(draw(i, 6) % 4 AS INTEGER) + 1] AS sales_channel,
        CASE WHEN {no_status} THEN NULL
             WHEN {unpaid} OR {no_payment} THEN 'pending'
             ELSE (['paid', 'shipped', 'delivered'])[CAST(draw(i, 7) % 3 AS INTEGER) + 1] END AS status,
        'EUR' AS currency,
        CAST(draw(i, 9) % 8 + 1 AS INTEGER) AS items,
        500 + draw(i, 10) % 49501 AS cents,
        CASE WHEN draw(i, 11) % 5 = 0 THEN draw(i, 12) % 500 ELSE 0 END AS discount_cents,
        {no_status} AS has_no_status, {unpaid} AS is_unpaid, {no_payment} AS has_no_payment,
        {d("negativeAmounts")} AS is_negative, {d("malformedEmails")} AS is_malformed,
        {d("duplicateOrders")} AS is_duplicate, {d("duplicatePayments")} AS has_duplicate_payment,
        {d("orphanCampaigns")} AS is_orphan, {d("statusless")} AS is_statusless,
        NOT {unpaid} AND NOT {no_payment} AS is_paid,
        draw(i, 13) % 10 = 0 AS is_retried, draw(i, 14) % 20 = 0 AS is_split
    FROM (SELECT i, (i * {factor} + {offset}) % {sizes.orders} AS place,
                 draw(i, 1) % {max(1, sizes.orders // 8)} AS customer,
                 draw(i, 4) % {sizes.campaigns} AS campaign
          FROM numbers)"""


def orders_file(null_order_id: bool) -> str:
    """What a read of the shop's PostgreSQL table gives, in its order of insertion."""
    order_id = "CASE WHEN i = 0 AND version = 0 THEN NULL ELSE order_id END" if null_order_id else "order_id"
    return f"""
    SELECT {order_id} AS order_id, customer_id, customer_email,
        ordered_at, ordered_at + to_hours(1 + version) AS updated_at,
        campaign_id, sales_channel,
        CASE WHEN is_duplicate AND version = 0 THEN 'pending' ELSE status END AS status, currency, items,
        money(discount_cents) AS discount,
        money(CASE WHEN is_negative THEN -cents ELSE cents END) AS total_amount
    FROM (SELECT *, unnest(CASE WHEN is_duplicate THEN [0, 1] ELSE [0] END) AS version FROM model)"""


def payments_file() -> str:
    """The payment provider's export: one document per order, its transactions nested in it."""

    def transaction(number: str, status: str, amount: str) -> str:
        return f"{{id: 'TX-' || (i + 1) || '-{number}', status: '{status}', amount: {amount}}}"

    total = "money(cents)"
    failed = transaction("1", "failed", total)
    return f"""
    SELECT 'PAY-' || lpad(CAST(i + 1 AS VARCHAR), 9, '0') AS payment_id, order_id,
        CASE WHEN is_unpaid THEN 'failed' ELSE 'paid' END AS status,
        ordered_at + to_minutes(5) AS updated_at,
        {{id: customer_id, country: (['FR', 'DE', 'ES', 'US', 'GB'])[CAST(draw(i, 15) % 5 AS INTEGER) + 1]}} AS payer,
        CASE WHEN is_unpaid THEN [{failed}]
             WHEN is_retried THEN [{failed}, {transaction("2", "success", total)}]
             WHEN is_split THEN [{transaction("1", "success", "money(cents // 2)")},
                                 {transaction("2", "success", "money(cents - cents // 2)")}]
             ELSE [{transaction("1", "success", total)}] END AS transactions
    FROM (SELECT *, unnest(CASE WHEN has_duplicate_payment THEN [0, 1] ELSE [0] END) AS copy
          FROM model WHERE NOT has_no_payment)"""


def campaigns_model(sizes: Sizes, defects: dict[str, int]) -> str:
    """One row per distinct campaign."""
    factor, offset = permutation(sizes.campaigns, sizes.seed + 1)

    def d(name: str) -> str:
        return has(defects, name)

    channels = ", ".join(f"'{c}'" for c in CHANNELS)
    unknown = "(['fax', 'carrier pigeon', 'sandwich board'])[CAST(draw(i, 22) % 3 AS INTEGER) + 1]"
    dirty = "['  ' || channel, channel || ' ', upper(channel), ' ' || upper(channel[1]) || channel[2:]]"
    return f"""
    SELECT i AS campaign, 'CMP-' || lpad(CAST(i AS VARCHAR), 5, '0') AS campaign_id, channel AS true_channel,
        CASE WHEN {d("unknownChannels")} THEN {unknown}
             WHEN {d("nullChannels")} THEN NULL
             WHEN {d("dirtyChannels")} THEN ({dirty})[CAST(draw(i, 23) % 4 AS INTEGER) + 1]
             ELSE channel END AS channel,
        DATE '{sizes.start}' - CAST(draw(i, 24) % 30 AS INTEGER) AS started_on,
        CASE WHEN {d("nullCosts")} THEN NULL ELSE 10000 + draw(i, 25) % 4990001 END AS cents,
        {d("unknownChannels")} OR {d("nullChannels")} AS is_removed,
        {d("duplicateCampaigns")} AS is_duplicate, {d("nullCosts")} AS is_costless
    FROM (SELECT range AS i, (range * {factor} + {offset}) % {sizes.campaigns} AS place,
                 ([{channels}])[CAST(draw(range, 21) % {len(CHANNELS)} AS INTEGER) + 1] AS channel
          FROM range({sizes.campaigns}))"""


def campaigns_file() -> str:
    """The CRM's export: European dates, NA for what nobody filled in."""
    return """
    SELECT campaign_id, 'Campaign ' || campaign AS name, channel,
        strftime(started_on, '%d/%m/%Y') AS started_on, money(cents) AS campaign_cost
    FROM (SELECT *, unnest(CASE WHEN is_duplicate THEN [0, 1] ELSE [0] END) AS copy FROM campaign_model)"""
