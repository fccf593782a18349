"""Targets run while the department is open, and stand while it is not."""

from __future__ import annotations

import datetime
from zoneinfo import ZoneInfo

import pytest

from server.domain.hours import ALWAYS, Hours, Span, Week
from server.domain.sla import BadTargets, Due, Kind, Targets, clean_targets, due

OFFICE: tuple[Span, ...] = (("09:00", "17:00"),)
HOURS = Hours("Europe/Helsinki", Week(OFFICE, OFFICE, OFFICE, OFFICE, OFFICE), "FI")


def at(text: str) -> int:
    wall = datetime.datetime.fromisoformat(text).replace(tzinfo=ZoneInfo("Europe/Helsinki"))
    return round(wall.timestamp() * 1000)


@pytest.mark.parametrize(("kind", "seconds"), [("first", 60), ("next", 120), ("wait", 180)])
def test_each_clock_has_its_own_target_and_warns_at_three_quarters(
    kind: Kind, seconds: int
) -> None:
    start = at("2027-02-01T12:00")
    expected = Due(start + seconds * 1000, start + seconds * 750)
    assert due(ALWAYS, Targets(60, 120, 180), kind, start) == expected


def test_a_clock_stands_from_friday_evening_to_monday_morning() -> None:
    found = due(HOURS, Targets(first=1200), "first", at("2027-02-05T16:50"))
    assert found == Due(due_at=at("2027-02-08T09:10"), warn_at=at("2027-02-08T09:05"))


def test_a_clock_that_starts_while_it_is_closed_runs_from_the_opening() -> None:
    found = due(HOURS, Targets(wait=600), "wait", at("2027-12-06T11:00"))
    assert found is not None
    assert found.due_at == at("2027-12-07T09:10")


def test_the_warning_may_come_a_day_before() -> None:
    found = due(HOURS, Targets(next=3600), "next", at("2027-02-01T16:10"))
    assert found == Due(due_at=at("2027-02-02T09:10"), warn_at=at("2027-02-01T16:55"))


def test_no_target_and_no_hours_start_no_clock() -> None:
    assert due(HOURS, Targets(), "first", at("2027-02-01T12:00")) is None
    assert due(Hours(), Targets(first=60), "first", at("2027-02-01T12:00")) is None


@pytest.mark.parametrize("seconds", [-1, 0, 4, 7 * 86_400 + 1])
def test_a_target_that_cannot_be_is_refused(seconds: int) -> None:
    with pytest.raises(BadTargets, match="from 5 to 604800 seconds, or null"):
        clean_targets(Targets(next=seconds))


def test_targets_within_the_bounds_are_kept() -> None:
    kept = Targets(5, None, 7 * 86_400)
    assert clean_targets(kept) == kept
