"""Opening hours against a clock on the wall that is read minute by minute, and on real dates."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from server.domain.hours import (
    ALWAYS,
    DAY,
    BadHours,
    Hours,
    Span,
    Special,
    Week,
    add_open,
    clean_hours,
    closes_at,
    day_starts,
    is_open,
    next_open,
    open_slots,
)
from server.domain.publicdays import public_holidays

MINUTE = 60_000
HOUR = 60 * MINUTE
OFFICE: tuple[Span, ...] = (("09:00", "17:00"),)
WEEKDAYS = Hours(
    "Europe/Helsinki", Week(OFFICE, OFFICE, OFFICE, OFFICE, OFFICE), "FI"
)  # Monday to Friday
SPRING, AUTUMN = datetime.date(2027, 3, 28), datetime.date(2027, 10, 31)


def at(text: str, tz: str = "Europe/Helsinki", fold: int = 0) -> int:
    wall = datetime.datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(tz), fold=fold)
    return round(wall.timestamp() * 1000)


def every(*spans: Span, tz: str = "Europe/Helsinki") -> Hours:
    return Hours(tz, Week(*(spans,) * 7))


# --- the model --------------------------------------------------------------------------------


def minutes_of(hours: Hours, date: datetime.date) -> Iterator[tuple[int, str]]:
    """Give the minutes of a date one after the other, and what the wall's clock shows."""
    zone = ZoneInfo(hours.tz)
    start = datetime.datetime.combine(date, datetime.time(), datetime.UTC)
    first = round(start.timestamp() * 1000) - DAY
    for moment in range(first, first + 3 * DAY, MINUTE):
        shown = datetime.datetime.fromtimestamp(moment / 1000, zone)
        if shown.date() == date:
            yield moment, f"{shown:%H:%M}"


def open_minutes(hours: Hours, dates: list[datetime.date]) -> set[int]:
    """A span lasts from when its start has been shown until its end has been."""
    found = set()
    for date in dates:
        exception = [one.spans for one in hours.exceptions if one.date == date]
        spans = exception[0] if exception else hours.week.of(date)
        for start, end in spans:
            begun = ended = False
            for moment, shown in minutes_of(hours, date):
                begun |= shown >= start
                ended |= shown >= end
                if begun and not ended:
                    found.add(moment)
    return found


@st.composite
def spans_of_a_day(draw: st.DrawFn) -> tuple[Span, ...]:
    edges = draw(st.lists(st.integers(0, 96), max_size=6, unique=True).map(sorted))
    times = [f"{edge // 4:02}:{edge % 4 * 15:02}" for edge in edges]
    return tuple(zip(times[::2], times[1::2], strict=False))


ZONES = st.sampled_from(
    [
        "Europe/Helsinki",
        "Australia/Lord_Howe",  # moves by half an hour
        "America/Santiago",  # moves at midnight: a day without 00:00
        "Asia/Kathmandu",  # +05:45, never moves
    ]
)
#: Saturdays to Mondays in which clocks move somewhere, and an ordinary one.
STARTS = st.sampled_from(
    [
        SPRING,
        AUTUMN,
        datetime.date(2027, 4, 4),
        datetime.date(2027, 9, 5),
        datetime.date(2027, 2, 7),
    ]
).map(lambda sunday: sunday - datetime.timedelta(days=1))


@settings(max_examples=60, deadline=None)
@given(
    tz=ZONES,
    saturday=STARTS,
    days=st.tuples(*[spans_of_a_day()] * 3),
    exception=st.none() | spans_of_a_day(),
    minute=st.integers(0, 2 * 1440),
    passed=st.integers(1, 2 * 1440),
)
def test_hours_agree_with_a_wall_clock_read_minute_by_minute(
    tz: str,
    saturday: datetime.date,
    days: tuple[tuple[Span, ...], ...],
    exception: tuple[Span, ...] | None,
    minute: int,
    passed: int,
) -> None:
    dates = [saturday + datetime.timedelta(days=n) for n in range(3)]
    week = Week(sat=days[0], sun=days[1], mon=days[2])
    special = () if exception is None else (Special(dates[1], exception),)
    hours = clean_hours(Hours(tz, week, None, special))
    model = open_minutes(hours, dates)
    wall = [moment for date in dates for moment, _ in minutes_of(hours, date)]
    start = wall[minute]

    assert {moment for moment in wall if is_open(hours, moment)} == model
    later = sorted(moment for moment in model if moment >= start)
    if later:
        assert next_open(hours, start) == later[0]
    if start in model:
        end = start
        while end in model:
            end += MINUTE
        if end <= wall[-1]:  # else it goes on into what the model does not see
            assert closes_at(hours, start) == end
    else:
        assert closes_at(hours, start) is None
    if len(later) >= passed:
        assert add_open(hours, start, passed * MINUTE) == later[passed - 1] + MINUTE


@settings(max_examples=60, deadline=None)
@given(
    tz=ZONES,
    saturday=STARTS,
    spans=spans_of_a_day().filter(bool),
    minute=st.integers(0, 3000),
    first=st.integers(0, 40 * 60),
    second=st.integers(1, 40 * 60),
)
def test_open_time_adds_up(
    tz: str, saturday: datetime.date, spans: tuple[Span, ...], minute: int, first: int, second: int
) -> None:
    hours = every(*spans, tz=tz)
    start = at(f"{saturday}T00:00", tz) + minute * MINUTE
    half = add_open(hours, start, first * MINUTE)
    assert half is not None
    whole = add_open(hours, start, (first + second) * MINUTE)
    assert whole == add_open(hours, half, second * MINUTE)
    assert whole is not None
    assert is_open(hours, whole - 1)
    assert start <= half < whole


# --- real dates -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("day", "is_free"),
    [
        ("2027-01-06", True),  # Epiphany
        ("2027-03-26", True),  # Good Friday
        ("2027-03-29", True),  # Easter Monday
        ("2027-05-06", True),  # Ascension Day
        ("2026-05-01", True),  # May Day
        ("2027-06-25", True),  # midsummer eve: by custom
        ("2027-06-24", False),
        ("2027-12-06", True),  # Independence Day
        ("2027-12-24", True),  # Christmas Eve: by custom
        ("2027-12-23", False),
        ("2027-12-27", False),
    ],
)
def test_finnish_holidays_are_closed(day: str, is_free: bool) -> None:
    noon = at(f"{day}T12:00")
    assert is_open(WEEKDAYS, noon) is not is_free
    assert is_open(replace(WEEKDAYS, holidays=None), noon)


def test_the_library_counts_what_is_free_by_custom_and_leaves_flag_days_out() -> None:
    named = {str(day): name for day, name in public_holidays("FI", 2027, "fi")}
    assert named["2027-06-25"] == "Juhannusaatto"
    assert named["2027-12-24"] == "Jouluaatto"
    assert named["2027-12-06"] == "Itsenäisyyspäivä"
    assert "2027-02-28" not in named  # Kalevala's day is a working day
    assert len(named) == 15


@pytest.mark.parametrize(
    ("lang", "name"),
    [("fi", "Loppiainen"), ("sv", "Trettondag"), ("en", "Epiphany"), ("", "Loppiainen")],
)
def test_holidays_have_names_in_the_readers_language(lang: str, name: str) -> None:
    assert (datetime.date(2027, 1, 6), name) in public_holidays("FI", 2027, lang)


def test_an_exception_stands_for_a_holiday_and_for_a_weekday() -> None:
    eve = Special(datetime.date(2027, 12, 24), (("09:00", "12:00"),), "Short day")
    party = Special(datetime.date(2027, 12, 23))
    hours = clean_hours(replace(WEEKDAYS, exceptions=(eve, party)))
    assert [one.date.day for one in hours.exceptions] == [23, 24]
    assert is_open(hours, at("2027-12-24T11:59"))
    assert not is_open(hours, at("2027-12-24T12:00"))
    assert not is_open(hours, at("2027-12-23T12:00"))
    assert next_open(hours, at("2027-12-22T17:00")) == at("2027-12-24T09:00")
    assert next_open(hours, at("2027-12-24T12:00")) == at("2027-12-27T09:00")


def test_easter_is_passed_over_on_the_way_to_tuesday() -> None:
    thursday = at("2027-03-25T16:30")
    assert closes_at(WEEKDAYS, thursday) == at("2027-03-25T17:00")
    assert next_open(WEEKDAYS, at("2027-03-25T17:00")) == at("2027-03-30T09:00")
    assert add_open(WEEKDAYS, thursday, 45 * MINUTE) == at("2027-03-30T09:15")


def test_split_hours_close_at_noon_and_open_again() -> None:
    hours = every(("13:00", "16:00"), ("09:00", "12:00"))
    hours = clean_hours(hours)
    morning = at("2027-02-01T11:50")
    assert closes_at(hours, morning) == at("2027-02-01T12:00")
    assert not is_open(hours, at("2027-02-01T12:00"))
    assert next_open(hours, at("2027-02-01T12:00")) == at("2027-02-01T13:00")
    assert add_open(hours, morning, 10 * MINUTE) == at("2027-02-01T12:00")
    assert add_open(hours, morning, 10 * MINUTE + 1) == at("2027-02-01T13:00") + 1


def test_spans_that_touch_close_at_the_end_of_the_last() -> None:
    night = every(("00:00", "02:00"), ("18:00", "21:00"), ("21:00", "24:00"))
    assert closes_at(night, at("2027-02-01T20:00")) == at("2027-02-02T02:00")


# --- when clocks move -------------------------------------------------------------------------


def test_the_hour_that_spring_leaves_out_is_open_to_nobody() -> None:
    gap = every(("03:00", "04:00"))
    assert next_open(gap, at("2027-03-27T12:00")) == at("2027-03-29T03:00")
    night = every(("02:00", "05:00"))
    assert add_open(night, at("2027-03-28T02:00"), 2 * HOUR) == at("2027-03-28T05:00")


def test_a_span_that_begins_in_the_hour_left_out_begins_when_the_clocks_move() -> None:
    hours = every(("03:30", "05:00"))
    assert next_open(hours, at("2027-03-28T00:00")) == at("2027-03-28T04:00")
    before = every(("02:00", "03:30"))
    assert closes_at(before, at("2027-03-28T02:00")) == at("2027-03-28T04:00")


def test_the_hour_that_autumn_repeats_is_open_twice_within_a_span() -> None:
    hours = every(("03:00", "04:00"))
    start = at("2027-10-31T03:00")
    assert closes_at(hours, start) == start + 2 * HOUR
    assert is_open(hours, at("2027-10-31T03:30", fold=1))


def test_a_span_that_ends_in_the_repeated_hour_ends_once() -> None:
    hours = every(("02:00", "03:30"))
    assert closes_at(hours, at("2027-10-31T02:00")) == at("2027-10-31T03:30")
    assert not is_open(hours, at("2027-10-31T03:10", fold=1))


def test_a_day_has_as_many_hours_as_the_clocks_give_it() -> None:
    for date, length in ((SPRING, 23), (AUTUMN, 25), (datetime.date(2027, 2, 1), 24)):
        start = at(f"{date}T00:00")
        following = date + datetime.timedelta(days=1)
        assert add_open(ALWAYS, start, length * HOUR) == at(f"{following}T00:00")
        assert day_starts(ALWAYS, start + 20 * HOUR) == start


# --- always and never -------------------------------------------------------------------------


def test_who_has_said_no_hours_is_always_open() -> None:
    now = at("2027-12-25T03:00")
    assert is_open(ALWAYS, now)
    assert next_open(ALWAYS, now) == now
    assert closes_at(ALWAYS, now) is None
    assert add_open(ALWAYS, now, 90_000) == now + 90_000


def test_who_has_no_spans_never_opens() -> None:
    closed = Hours()
    now = at("2027-02-01T12:00")
    assert next_open(closed, now) is None
    assert closes_at(closed, now) is None
    assert add_open(closed, now, 1) is None
    assert add_open(closed, now, 0) == now
    assert open_slots(closed, now, 5, 30) == []


@pytest.mark.parametrize("moment", [-1, 10**18, 2**62])
def test_a_moment_that_no_clock_shows_is_not_open(moment: int) -> None:
    assert not is_open(every(("09:00", "10:00")), moment)


# --- times to be called back ------------------------------------------------------------------


def test_times_for_a_callback_are_half_hours_of_the_next_open_days() -> None:
    hours = clean_hours(
        Hours(week=Week(fri=(("09:15", "10:45"), ("12:00", "13:00")), mon=(("10:00", "11:00"),)))
    )
    slots = open_slots(hours, at("2027-02-05T09:40"), 2, 30)
    expected = ["05T10:00", "05T10:30", "05T12:00", "05T12:30", "08T10:00", "08T10:30"]
    assert slots == [at(f"2027-02-{day}") for day in expected]


def test_a_day_that_is_over_is_not_counted_among_the_open_ones() -> None:
    slots = open_slots(WEEKDAYS, at("2027-02-05T16:31"), 1, 30)
    assert slots[0] == at("2027-02-08T09:00")
    assert len(slots) == 16


@settings(max_examples=60, deadline=None)
@given(tz=ZONES, saturday=STARTS, spans=spans_of_a_day(), minute=st.integers(0, 3000))
def test_every_time_for_a_callback_is_open_and_comes_once(
    tz: str, saturday: datetime.date, spans: tuple[Span, ...], minute: int
) -> None:
    hours = every(*spans, tz=tz)
    start = at(f"{saturday}T00:00", tz) + minute * MINUTE
    slots = open_slots(hours, start, 3, 30)
    assert slots == sorted(set(slots))
    assert all(slot >= start and is_open(hours, slot) for slot in slots)


# --- what cannot be ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        (every(("17:00", "09:00")), "mon: 17:00–09:00 ends before it starts.*enter two spans"),
        (every(("22:00", "00:00")), "ends before it starts"),
        (every(("09:00", "09:00")), "lasts no time"),
        (every(("09:00", "12:00"), ("11:59", "15:00")), "overlap between 11:59 and 12:00"),
        (every(("09:00", "15:00"), ("10:00", "11:00")), "overlap"),
        (every(("09:00", "12:00"), ("09:00", "12:00")), "overlap"),
        (every(("09:00", "24:01")), "'24:01' is no time"),
        (every(("09:00", "25:00")), "is no time"),
        (every(("9:00", "17:00")), "write 09:00"),
        (every(("09:60", "17:00")), "is no time"),
        (every(("", "17:00")), "is no time"),
        (every(("09:00\n", "17:00")), "is no time"),
        (every(*((f"{n:02}:00", f"{n:02}:30") for n in range(13))), "At most 12 spans a day"),
        (Hours(tz="Europe/Turku"), "no time zone 'Europe/Turku'"),
        (Hours(tz=""), "no time zone"),
        (Hours(tz="../../etc/passwd"), "no time zone"),
        (Hours(holidays="XX"), "no calendar of holidays for 'XX'"),
        (Hours(holidays="Finland"), "two letters"),
        (
            Hours(exceptions=(Special(SPRING), Special(AUTUMN), Special(SPRING, OFFICE))),
            "two exceptions for 2027-03-28",
        ),
        (Hours(exceptions=(Special(SPRING, (("12:00", "10:00"),)),)), "2027-03-28: .*ends before"),
        (Hours(exceptions=(Special(SPRING, note="x" * 121),)), "at most 120"),
        (Hours(exceptions=(Special(SPRING, note="a\x00b"),)), "note of 2027-03-28"),
        (Hours(exceptions=(Special(datetime.date(1999, 1, 1)),)), "from 2000"),
        (Hours(exceptions=(Special(datetime.date(9999, 12, 31)),)), "to 2099"),
        (
            Hours(
                exceptions=tuple(Special(SPRING + datetime.timedelta(days=n)) for n in range(401))
            ),
            "At most 400 exceptions",
        ),
    ],
)
def test_hours_that_cannot_be_are_refused_with_what_to_do(typed: Hours, said: str) -> None:
    with pytest.raises(BadHours, match=said):
        clean_hours(typed)


def test_what_was_cleaned_is_clean() -> None:
    typed = every(("13:00", "24:00"), ("00:00", "12:00"))
    kept = clean_hours(replace(typed, exceptions=(Special(SPRING, note="  a \n b "),)))
    assert kept.week.mon == (("00:00", "12:00"), ("13:00", "24:00"))
    assert kept.exceptions[0].note == "a b"
    assert clean_hours(kept) == kept
