"""FHIR's periods as whole days in Durham: never wider than they were said."""

from datetime import UTC, date, datetime

import pytest

from consent.fhir_days import first_day, last_day, moment
from tests.consent.fhir_resources import a_provision, a_resource, faults_of, the_consent


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2026", date(2026, 1, 1)),
        ("2026-06", date(2026, 6, 1)),
        ("2026-06-15", date(2026, 6, 15)),
        ("2026-06-15T04:00:00Z", date(2026, 6, 15)),
        ("2026-06-15T04:00:00.001Z", date(2026, 6, 16)),
        ("2026-06-15T00:00:00-04:00", date(2026, 6, 15)),
        ("2026-06-15T00:00:00Z", date(2026, 6, 15)),
    ],
)
def test_a_start_is_the_first_whole_day(text: str, day: date) -> None:
    assert first_day(text) == day


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2026", date(2026, 12, 31)),
        ("2026-02", date(2026, 2, 28)),
        ("2028-02", date(2028, 2, 29)),
        ("2026-12", date(2026, 12, 31)),
        ("2026-06-15", date(2026, 6, 15)),
        ("2026-06-15T23:59:59-04:00", date(2026, 6, 15)),
        ("2026-06-15T23:59:59.999-04:00", date(2026, 6, 15)),
        ("2026-06-15T23:59:58-04:00", date(2026, 6, 14)),
        ("2026-12-31T23:59:59Z", date(2026, 12, 30)),
    ],
)
def test_an_end_is_the_last_whole_day(text: str, day: date) -> None:
    assert last_day(text) == day


@pytest.mark.parametrize("text", ["", "26", "2026-13", "2026-02-30", "1849-12-31", "2200-01-01", "2026-06-15T10:00:00"])
def test_what_is_no_date_of_a_record_is_refused(text: str) -> None:
    for parse in (first_day, last_day, moment):
        with pytest.raises(ValueError):  # noqa: PT011  # the words are the caller's
            parse(text)


def test_a_signature_by_the_day_counts_from_its_first_moment_in_durham() -> None:
    assert moment("2026-12-01") == datetime(2026, 12, 1, 5, tzinfo=UTC)
    assert moment("2026-12-01T10:00:00.25-05:00") == datetime(2026, 12, 1, 15, 0, 0, 250000, tzinfo=UTC)


@pytest.mark.parametrize(
    "period",
    [
        {},
        {"start": "2026-06-02", "end": "2026-06-01"},
        {"start": "2026-06-01T05:00:00Z", "end": "2026-06-01T20:00:00Z"},
        {"start": "2026-06-01", "end": None},
        {"start": "2026-06-01", "_end": {}},
        [],
    ],
)
def test_a_period_without_a_whole_day_or_with_an_unread_end_is_refused(period: object) -> None:
    assert [where for where in faults_of(a_resource(provision=a_provision(period=period))) if ".period" in where]


def test_the_period_of_the_records_is_kept() -> None:
    made = the_consent(a_resource(provision=a_provision(dataPeriod={"start": "2025", "end": "2027-03"})))
    assert (made.data_period.since, made.data_period.until) == (date(2025, 1, 1), date(2027, 3, 31))
