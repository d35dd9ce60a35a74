"""Writes tests/data/on_call/who.csv: who is on call from which instant on, found out minute by
minute on Python's zoneinfo, which shares no code with the crate. The clock is watched from three
days before, and what counts is the latest that it has shown: no reading is ever converted to an
instant. Run it again after changing the schedules.

    python3 crates/escalation-notifier/tests/on_call.py
"""

import json
from datetime import datetime, timedelta, timezone
from pathlib import Path
from zoneinfo import ZoneInfo

MINUTE = timedelta(minutes=1)
DAYS = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
UNITS = {"m": "minutes", "h": "hours", "d": "days"}
FOLDER = Path(__file__).parent / "data" / "on_call"


def within(hours, reading):
    if hours is None:
        return True
    shifts = hours.get(DAYS[reading.weekday()], hours.get("daily", []))
    return any(shift[:5] <= reading.strftime("%H:%M") < shift[6:] for shift in shifts)


def holder(layer, reading):
    starts = datetime.fromisoformat(layer["starts"])
    ends = datetime.fromisoformat(layer.get("ends", "9999-01-01"))
    if not starts <= reading < ends or not within(layer.get("hours"), reading):
        return None
    turn = timedelta(**{UNITS[layer["turn"][-1]]: int(layer["turn"][:-1])})
    return layer["people"][(reading - starts) // turn % len(layer["people"])]


def on_call(schedule, instant, reading):
    for override in reversed(schedule.get("overrides", [])):
        text = instant.strftime("%Y-%m-%dT%H:%M")
        if override["from"] <= text < override["until"]:
            return override["person"]
    people = [holder(layer, reading) for layer in reversed(schedule["layers"])]
    return next((person for person in people if person), "")


with open(FOLDER / "who.csv", "w") as out:
    print("# Made by tests/on_call.py: schedule, from this instant on, who is on call", file=out)
    for name, schedule in json.loads((FOLDER / "schedules.json").read_text()).items():
        zone = ZoneInfo(schedule["timeZone"])
        start, days = schedule["scan"]
        start = datetime.fromisoformat(start).replace(tzinfo=timezone.utc)
        instant, latest, before = start - timedelta(days=3), datetime.min, None
        while instant < start + timedelta(days=days):
            latest = max(latest, instant.astimezone(zone).replace(tzinfo=None))
            person = on_call(schedule, instant, latest)
            if instant >= start and person != before:
                print(name, instant.strftime("%Y-%m-%dT%H:%M:00Z"), person, sep=",", file=out)
                before = person
            instant += MINUTE
