"""Orders not handed to the carrier by the latest limit of their items, from the files alone.

usage: handover_overdue.py FOLDER
"""

import csv, json, pathlib, sys
from datetime import datetime, timezone
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("America/Sao_Paulo")


def utc(text):
    wall = datetime.strptime(text, "%Y-%m-%d %H:%M:%S").replace(tzinfo=ZONE)
    return wall.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


folder = pathlib.Path(sys.argv[1])
limits, found = {}, []
for row in csv.DictReader(open(folder / "olist_order_items_dataset.csv", encoding="utf-8")):
    limit = utc(row["shipping_limit_date"])
    limits[row["order_id"]] = max(limit, limits.get(row["order_id"], limit))
for row in csv.DictReader(open(folder / "olist_orders_dataset.csv", encoding="utf-8")):
    limit = limits.get(row["order_id"])
    carrier = row["order_delivered_carrier_date"]
    carrier = utc(carrier) if carrier else None
    if limit and (carrier is None or carrier > limit):
        found.append({"order_id": row["order_id"], "opened_at": limit, "cleared_at": carrier})
json.dump(sorted(found, key=lambda each: each["order_id"]), sys.stdout)
