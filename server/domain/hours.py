"""When a department is open: spans of each weekday, public holidays, exceptions, a time zone.

Spans are what a clock on the wall shows. When clocks go forward, a moment that is left out
stands for the one when they did; when they go back, a time that comes twice stands for its first
(RFC 5545, section 3.3.5). So spans that touch on the wall touch in time, and none overlap:

    wall  02:00      03:00|04:00            wall  02:00   03:00   04:00|03:00   04:00
    UTC   00:00      01:00                  UTC   23:00   00:00   01:00         02:00
                  03:30 ─┘ is 01:00                       03:30 is 00:30, not 01:30

An exception is said for its date alone; else on a public holiday nobody is there.
Times are UTC milliseconds.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import pairwise
from typing import Final
from zoneinfo import ZoneInfo, available_timezones

import msgspec
from msgspec.structs import replace

from server.domain.publicdays import MAX_YEAR, MIN_YEAR, countries, is_public_holiday
from server.domain.refusing import BadSetting

__all__ = [
    "ALWAYS",
    "DAY",
    "BadHours",
    "Day",
    "Hours",
    "Span",
    "Special",
    "Week",
    "add_open",
    "clean_hours",
    "closes_at",
    "day_starts",
    "is_open",
    "next_open",
    "open_slots",
    "opening",
]

DAY: Final = 86_400_000  # ms
MAX_SPANS: Final = 12  # of a day
MAX_EXCEPTIONS: Final = 400
MAX_NOTE: Final = 120  # characters
_HORIZON: Final = 400  # days; who opens later than that never does
_ON_END: Final = 14  # days; who is open for longer does not close
_LAST: Final = (MAX_YEAR - 1970) * 366 * DAY
_TIME: Final = re.compile(r"(?:[01][0-9]|2[0-3]):[0-5][0-9]|24:00")

#: From and to on the wall's clock, "09:00" and "17:00"; the end may be "24:00".
Span = tuple[str, str]
#: Openings of one date: from and to in UTC milliseconds, in their order.
Day = tuple[tuple[int, int], ...]

_WHOLE: Final[tuple[Span, ...]] = (("00:00", "24:00"),)


class Week(msgspec.Struct, frozen=True):
    """The spans of each weekday; none: closed."""

    mon: tuple[Span, ...] = ()
    tue: tuple[Span, ...] = ()
    wed: tuple[Span, ...] = ()
    thu: tuple[Span, ...] = ()
    fri: tuple[Span, ...] = ()
    sat: tuple[Span, ...] = ()
    sun: tuple[Span, ...] = ()

    def of(self, day: datetime.date) -> tuple[Span, ...]:
        """Return the spans of a date's weekday."""
        return (self.mon, self.tue, self.wed, self.thu, self.fri, self.sat, self.sun)[day.weekday()]


class Special(msgspec.Struct, frozen=True):
    """A date on which it is otherwise; without spans it is closed."""

    date: datetime.date
    spans: tuple[Span, ...] = ()
    note: str = ""


class Hours(msgspec.Struct, frozen=True, cache_hash=True):  # a key of caches
    """When somebody is there. `tz`: of the IANA database. `holidays`: a country, or none."""

    tz: str = "Europe/Helsinki"
    week: Week = Week()
    holidays: str | None = None
    exceptions: tuple[Special, ...] = ()


#: The hours of who has said none.
ALWAYS: Final = Hours(week=Week(*(_WHOLE,) * 7))


class BadHours(BadSetting):
    """Something typed as hours cannot be; the message says what can."""

    def __init__(self, message: str) -> None:
        super().__init__("bad_hours", message)


# --- what is typed ----------------------------------------------------------------------------


def clean_hours(hours: Hours) -> Hours:
    """Return `hours` with everything in its order.

    Raises:
        BadHours: they cannot be kept.
    """
    if hours.tz not in available_timezones():
        raise BadHours(f"There is no time zone {hours.tz!r}: write one like Europe/Helsinki.")
    if hours.holidays is not None and hours.holidays not in countries():
        raise BadHours(
            f"There is no calendar of holidays for {hours.holidays!r}: write a country's two "
            "letters, like FI, or null for none."
        )
    if len(hours.exceptions) > MAX_EXCEPTIONS:
        raise BadHours(
            f"At most {MAX_EXCEPTIONS} exceptions, these are {len(hours.exceptions)}: "
            "take out dates that have passed."
        )
    dates = [one.date for one in hours.exceptions]
    twice = sorted({date for date in dates if dates.count(date) > 1})
    if twice:
        raise BadHours(f"There are two exceptions for {twice[0]}: put their spans into one.")
    week = {name: _clean_spans(name, getattr(hours.week, name)) for name in Week.__struct_fields__}
    exceptions = sorted(map(_clean_special, hours.exceptions), key=lambda one: one.date)
    return replace(hours, week=Week(**week), exceptions=tuple(exceptions))


def _clean_special(one: Special) -> Special:
    if not MIN_YEAR <= one.date.year < MAX_YEAR:
        raise BadHours(f"The year of {one.date} must be from {MIN_YEAR} to {MAX_YEAR - 1}.")
    note = " ".join(one.note.split())
    if len(note) > MAX_NOTE or not note.isprintable():
        raise BadHours(f"The note of {one.date} must be of at most {MAX_NOTE} characters.")
    return Special(one.date, _clean_spans(str(one.date), one.spans), note)


def _clean_spans(day: str, spans: tuple[Span, ...]) -> tuple[Span, ...]:
    if len(spans) > MAX_SPANS:
        raise BadHours(f"At most {MAX_SPANS} spans a day, {day} has {len(spans)}.")
    for start, end in spans:
        for time in (start, end):
            if _TIME.fullmatch(time) is None:
                raise BadHours(f"{day}: {time!r} is no time; write 09:00, at most 24:00.")
        if start == end:
            raise BadHours(f"{day}: {start}–{end} lasts no time; take it out, or make it longer.")
        if start > end:
            raise BadHours(
                f"{day}: {start}–{end} ends before it starts. To cross midnight enter two spans: "
                f"{start}–24:00, and 00:00–{end} on the day after."
            )
    ordered = sorted(spans)
    for (_, end), (start, _) in pairwise(ordered):
        if start < end:
            raise BadHours(f"{day}: two spans overlap between {start} and {end}; make them one.")
    return tuple(ordered)


# --- what is asked ----------------------------------------------------------------------------


def is_open(hours: Hours, at: int) -> bool:
    """Tell whether `hours` are open at `at`."""
    return any(start <= at < end for start, end in opening(hours, _date(hours, at)))


def next_open(hours: Hours, at: int) -> int | None:
    """Return `at` if they are open, else when they open next; None: never."""
    return next((max(start, at) for start, _ in _openings(hours, at, _HORIZON)), None)


def closes_at(hours: Hours, at: int) -> int | None:
    """Return when they close; None: they are closed now, or open on end."""
    closing = at
    for start, end in _openings(hours, at, _ON_END):
        if start > closing:
            break
        closing = end
    return None if closing == at or closing >= at + _ON_END * DAY else closing


def add_open(hours: Hours, start: int, ms: int) -> int | None:
    """Return the first moment by which they were open for `ms` since `start`; None: never."""
    if ms <= 0:
        return start
    left = ms
    for opens, closes in _openings(hours, start, _HORIZON):
        begins = max(opens, start)
        if closes - begins >= left:
            return begins + left
        left -= closes - begins
    return None


def open_slots(hours: Hours, start: int, days: int, step: int) -> list[int]:
    """Return the moments from `start` on at which somebody could call back.

    They are whole `step`s of the wall's clock (minutes), on the next `days` dates that have any.
    """
    zone, first = ZoneInfo(hours.tz), _date(hours, start)
    slots: list[int] = []
    for number in range(_HORIZON):
        date = first + datetime.timedelta(days=number)
        spans = opening(hours, date)
        if not spans:
            continue
        moments = dict.fromkeys(_moment(zone, date, m) for m in range(0, 1440, step))
        found = [m for m in moments if m >= start and any(a <= m < b for a, b in spans)]
        slots += found
        days -= bool(found)
        if days <= 0:
            break
    return slots


def day_starts(hours: Hours, at: int) -> int:
    """Return when the date that it is at `at` began."""
    return _moment(ZoneInfo(hours.tz), _date(hours, at), 0)


@lru_cache(maxsize=8192)
def opening(hours: Hours, date: datetime.date) -> Day:
    """Return when they are open on a date."""
    zone = ZoneInfo(hours.tz)
    moments = (
        (_moment(zone, date, _minutes(start)), _moment(zone, date, _minutes(end)))
        for start, end in _spans(hours, date)
    )
    return tuple((start, end) for start, end in moments if start < end)  # else left out by clocks


def _spans(hours: Hours, date: datetime.date) -> tuple[Span, ...]:
    for one in hours.exceptions:
        if one.date == date:
            return one.spans
    if hours.holidays is not None and is_public_holiday(hours.holidays, date):
        return ()
    return hours.week.of(date)


def _openings(hours: Hours, at: int, days: int) -> Iterator[tuple[int, int]]:
    """Give the openings that end after `at`, in their order, of so many dates."""
    first = _date(hours, at)
    for number in range(days + 1):
        for start, end in opening(hours, first + datetime.timedelta(days=number)):
            if end > at:
                yield start, end


def _minutes(time: str) -> int:
    hour, _, minute = time.partition(":")
    return int(hour) * 60 + int(minute)


def _date(hours: Hours, at: int) -> datetime.date:
    known = min(max(at, 0), _LAST)  # a moment beyond is on no date that anybody opens
    return datetime.datetime.fromtimestamp(known / 1000, ZoneInfo(hours.tz)).date()


@lru_cache(maxsize=16_384)
def _moment(zone: ZoneInfo, date: datetime.date, minutes: int) -> int:
    """Return when the wall's clock first shows `minutes` of `date`, or is past that."""
    wall = datetime.datetime.combine(date, datetime.time()) + datetime.timedelta(minutes=minutes)
    local = wall.replace(tzinfo=zone)  # fold=0: the first, or as if the clocks had not moved yet
    late = round(local.timestamp() * 1000)
    after = local.replace(fold=1).utcoffset()
    before = local.utcoffset()
    if before is None or after is None or before >= after:
        return late
    # Left out: the clocks moved within as much time before as they moved by.
    early = late - round((after - before).total_seconds() * 1000)
    while late - early > 1:
        middle = (early + late) // 2
        moved = datetime.datetime.fromtimestamp(middle / 1000, zone).utcoffset() == after
        early, late = (early, middle) if moved else (middle, late)
    return late
