"""Public holidays, as the `holidays` library knows them: read a year at a time, when somebody asks for a day of it."""

from collections.abc import Mapping
from datetime import date
from functools import cache
from types import MappingProxyType

from server.domain.office import HolidaysOfYear, Text

JOINED = "; "  # How the library joins the names of two holidays on one day.
# Days that the library counts as public though public offices work on them: in Thailand banks and factories rest on
# 1 May, and the government does not; Children's Day is a feast, not a day off.
WORKED_BY_OFFICES = {"TH": ("วันแรงงานแห่งชาติ", "วันเด็กแห่งชาติ")}


def holidays_of(country: str) -> HolidaysOfYear:
    """Return the public holidays of the country of that ISO 3166 code, by year; ValueError for one nobody knows.

    A server runs for years, so each year is worked out when first asked for, and kept.
    """
    import holidays  # Here: it takes a tenth of a second, which an office without a country need not wait.

    if country not in holidays.list_supported_countries():
        raise ValueError(country)

    def of_year(year: int) -> Mapping[date, Text]:
        return _of_year(country, year)

    return of_year


@cache
def _of_year(country: str, year: int) -> Mapping[date, Text]:
    thai, english = _names(country, year, "th"), _names(country, year, "en_US")
    worked = WORKED_BY_OFFICES.get(country, ())
    found = {}
    for day in sorted(thai):
        pairs = zip(thai[day].split(JOINED), english[day].split(JOINED), strict=False)
        kept = [(th, en) for th, en in pairs if not any(name in th for name in worked)]
        if kept:
            found[day] = Text(th=JOINED.join(th for th, _ in kept), en=JOINED.join(en for _, en in kept))
    return MappingProxyType(found)


def _names(country: str, year: int, language: str) -> dict[date, str]:
    """Return the names of that year's days off; in the country's own language where `language` is not known.

    Those of a public office where the library knows them apart, such as the Ploughing Ceremony.
    """
    import holidays

    kinds = set(getattr(holidays, country).supported_categories) & {holidays.PUBLIC, holidays.GOVERNMENT}
    # The years beside it too: a holiday of one may be made up for in the other.
    known = holidays.country_holidays(country, years=range(year - 1, year + 2), language=language, categories=kinds)
    return {day: name for day, name in known.items() if day.year == year}
