"""A consent's data period, read strictly: no custodian can yet filter by date, so what might fall outside stays. Pure.

A consent that limits the dates of records carries a category only when all that a custodian could answer lies inside:
- its last day has passed: it carries nothing (`facts` calls it ended);
- its first day is still to come: it carries nothing;
- its first day has passed: it carries `PRESENT` categories, which say how things are now, and no others, for a count or
  a last visit may reach back before that day.
"""

from datetime import date

from consent.model import DataPeriod
from policies.vocabulary import Category

PRESENT = frozenset(
    {
        Category.IDENTITY_CORE,
        Category.CARE_TEAM,
        Category.HOUSING_STATUS,
        Category.BENEFITS_SUMMARY,
        Category.JUSTICE_SUPERVISION,
    }
)
"""Categories whose every field in the catalog is true of the day it is asked, not of a day gone by."""


def carried(categories: frozenset[Category], period: DataPeriod, today: date) -> frozenset[Category]:
    """Those that lie wholly inside the period."""
    if over(period, today) or (period.since is not None and period.since > today):
        return frozenset()
    return categories if period.since is None else categories & PRESENT


def over(period: DataPeriod, today: date) -> bool:
    """Has its last day passed?"""
    return period.until is not None and period.until < today
