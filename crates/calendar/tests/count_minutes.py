"""Writes tests/data/zoneinfo.csv: working minutes between instants, counted minute by minute on
Python's zoneinfo, which shares no code with the crate. Run it again after changing the cases.

    python3 crates/calendar/tests/count_minutes.py > crates/calendar/tests/data/zoneinfo.csv
"""

import random
from datetime import date, datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo

MINUTE = timedelta(minutes=1)
WEEKLY = {0: ["00:00-02:30", "09:00-12:00", "13:30-18:00"], 1: ["01:30-24:00"], 2: [],
          3: ["22:00-24:00"], 4: ["00:00-06:00", "09:00-17:00"], 5: ["02:15-02:45"], 6: ["00:00-24:00"]}
# Typed again from the notices for 2024 to 2026.
OFF = ["2024-01-01", "2024-02-10..2024-02-17", "2024-04-04..2024-04-06", "2024-05-01..2024-05-05",
       "2024-06-10", "2024-09-15..2024-09-17", "2024-10-01..2024-10-07", "2025-01-01",
       "2025-01-28..2025-02-04", "2025-04-04..2025-04-06", "2025-05-01..2025-05-05",
       "2025-05-31..2025-06-02", "2025-10-01..2025-10-08", "2026-01-01..2026-01-03",
       "2026-02-15..2026-02-23", "2026-04-04..2026-04-06", "2026-05-01..2026-05-05",
       "2026-06-19..2026-06-21", "2026-09-25..2026-09-27", "2026-10-01..2026-10-07"]
WORKED = ["2024-02-04", "2024-02-18", "2024-04-07", "2024-04-28", "2024-05-11", "2024-09-14",
          "2024-09-29", "2024-10-12", "2025-01-26", "2025-02-08", "2025-04-27", "2025-09-28",
          "2025-10-11", "2026-01-04", "2026-02-14", "2026-02-28", "2026-05-09", "2026-09-20",
          "2026-10-10"]
SCENES = [("America/New_York", "2026-03-06"), ("America/New_York", "2026-10-30"),
          ("Europe/Berlin", "2026-03-27"), ("Europe/Berlin", "2026-10-23"),
          ("Australia/Lord_Howe", "2026-04-03"), ("Australia/Lord_Howe", "2026-10-02"),
          ("Asia/Shanghai", "2024-02-02"), ("Asia/Shanghai", "2025-01-24"),
          ("Asia/Shanghai", "2026-02-12"), ("Asia/Shanghai", "2026-09-18"),
          ("Asia/Kathmandu", "2026-01-01"), ("America/Sao_Paulo", "2018-11-02"),
          ("America/Sao_Paulo", "2019-02-15"), ("Africa/Casablanca", "2026-02-13"),
          ("Pacific/Apia", "2011-12-28"), ("Asia/Tehran", "2022-09-20")]


def days(text):
    first, _, last = text.partition("..")
    day, last = date.fromisoformat(first), date.fromisoformat(last or first)
    while day <= last:
        yield day
        day += timedelta(days=1)


HOLIDAYS = {day for text in OFF for day in days(text)}
MADE_UP = {date.fromisoformat(text) for text in WORKED}


def shifts(zone, day):
    if zone == "Asia/Shanghai" and day in HOLIDAYS:
        return []
    weekday = 0 if zone == "Asia/Shanghai" and day in MADE_UP else day.weekday()
    minutes = lambda text: int(text[:2]) * 60 + int(text[3:])
    return [tuple(map(minutes, text.split("-"))) for text in WEEKLY[weekday]]


def works(zone, instant):
    """Whether the minute that begins at an instant is worked."""
    local = instant.astimezone(ZoneInfo(zone))
    minute = local.hour * 60 + local.minute
    for start, end in shifts(zone, local.date()):
        if local.fold == 0 and start <= minute < end:
            return True
        if local.fold == 1:
            after = instant
            while after.astimezone(ZoneInfo(zone)).fold == 1:
                after += MINUTE
            after = after.astimezone(ZoneInfo(zone))
            resumed = after.hour * 60 + after.minute if after.date() == local.date() else 1440
            if start < resumed <= end:
                return True
    return False


print("# Made by tests/count_minutes.py: zone, from, to, minutes worked between")
random.seed(20261127)
for zone, day in SCENES:
    origin = datetime.combine(date.fromisoformat(day), time(), timezone.utc)
    for _ in range(12):
        start = origin + timedelta(minutes=random.randrange(0, 3 * 1440))
        end = start + timedelta(minutes=random.randrange(1, 8 * 1440))
        worked, at = 0, start
        while at < end:
            worked += works(zone, at)
            at += MINUTE
        stamp = lambda instant: instant.strftime("%Y-%m-%dT%H:%M:%SZ")
        print(f"{zone},{stamp(start)},{stamp(end)},{worked}")
