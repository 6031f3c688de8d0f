"""FHIR's dates and times as our days in Durham. Pure.

A period is read to the whole days inside it, never wider: a time of day costs the day it cuts. A year or a month
counts from its first day to its last (R4, Period).
"""

import re
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from consent.fhir_element import Element
from consent.model import DataPeriod

DURHAM = ZoneInfo("America/New_York")
EARLIEST, LATEST = date(1850, 1, 1), date(2200, 1, 1)
"""Bounds of a day on file, so that no sum of days with it overflows."""

DAY = re.compile(r"\d{4}(-\d{2}(-\d{2})?)?")
MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.(\d{1,6}))?(Z|[+-]\d{2}:\d{2})")
NOT_A_DATE = "is not a FHIR date or dateTime with its offset, between 1850 and 2200"


def first_day(text: str) -> date:
    """The first whole day from this date or moment on. Raises ValueError."""
    if DAY.fullmatch(text):
        return _bounded(date.fromisoformat(text + "-01-01"[len(text) - 4 :]))
    local = _moment(text)[0].astimezone(DURHAM)
    return _bounded(local.date() + timedelta(days=local.time() != time()))


def last_day(text: str) -> date:
    """The last whole day up to the end of this date or moment. Raises ValueError."""
    if DAY.fullmatch(text):
        return _bounded(_last_of(text))
    moment, precision = _moment(text)
    return _bounded((moment + precision).astimezone(DURHAM).date() - timedelta(days=1))


def moment(text: str) -> datetime:
    """An instant in UTC; a day alone is its first moment in Durham. Raises ValueError."""
    if len(text) == len("2026-01-01") and DAY.fullmatch(text):
        return datetime.combine(first_day(text), time(), DURHAM).astimezone(UTC)
    return _moment(text)[0].astimezone(UTC)


def period(holder: Element, name: str) -> DataPeriod | None:
    """A Period's whole days; either end may be open. None without one, or with a fault."""
    stated = holder.one(name)
    if stated is None:
        return None
    stated.only("start", "end")
    found = DataPeriod(
        stated.parsed("start", first_day, NOT_A_DATE),
        stated.parsed("end", last_day, NOT_A_DATE),
    )
    if not {"start", "end"} & stated.members.keys():
        stated.refuse("has neither start nor end")
    if found.since and found.until and found.until < found.since:
        stated.refuse("holds no whole day")
    return found


def _moment(text: str) -> tuple[datetime, timedelta]:
    """The instant, and how finely it is written."""
    matched = MOMENT.fullmatch(text)
    if matched is None:
        raise ValueError
    found = datetime.fromisoformat(text)
    _bounded(found.date())
    return found, timedelta(microseconds=10 ** (6 - len(matched[2] or "")))


def _last_of(text: str) -> date:
    if len(text) == len("2026"):
        return date(int(text), 12, 31)
    if len(text) == len("2026-01-01"):
        return date.fromisoformat(text)
    first = date.fromisoformat(f"{text}-01")
    return (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)


def _bounded(day: date) -> date:
    if not EARLIEST <= day < LATEST:
        raise ValueError
    return day
