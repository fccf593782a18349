"""Public holidays by country, as the `holidays` library has them: the only place that asks it.

It counts what shops are closed on: for Finland midsummer eve and Christmas eve too, which are
no public holidays by law, but free days by custom and collective agreements. Who is open then
says so with an exception (`domain.hours`).
"""

from __future__ import annotations

import datetime
from functools import lru_cache
from typing import Final

import holidays

__all__ = ["MAX_YEAR", "MIN_YEAR", "countries", "is_public_holiday", "public_holidays"]

MIN_YEAR: Final = 2000  # calendars of some countries are not known before
MAX_YEAR: Final = 2100


@lru_cache(maxsize=1)
def countries() -> frozenset[str]:
    """Return the codes of ISO 3166-1 (two letters) that the library knows."""
    return frozenset(holidays.list_supported_countries(include_aliases=False))


def is_public_holiday(country: str, day: datetime.date) -> bool:
    """Tell whether `day` is one in `country`, which is of `countries()`."""
    return day in _year(country, day.year, None)


def public_holidays(country: str, year: int, lang: str = "") -> list[tuple[datetime.date, str]]:
    """Return the days of a year with their names, in `lang` where the library speaks it."""
    return sorted(_year(country, year, lang).items())


@lru_cache(maxsize=256)
def _year(country: str, year: int, lang: str | None) -> dict[datetime.date, str]:
    """Return a year's holidays; without a language (None) nobody reads the names."""
    kind = type(holidays.country_holidays(country, years=(), expand=False))
    spoken = next((one for one in kind.supported_languages if one[:2] == lang), None)
    # Without a language the library would take the one of the machine's environment.
    chosen = spoken or kind.default_language
    found = holidays.country_holidays(country, years=year, expand=False, language=chosen)
    return dict(found.items())
