"""The Vietnamese lunar calendar from the sky: new moons and the sun's longitude, at UTC+7.

Meeus, Astronomical Algorithms, in the short form that is good to a few minutes; days begin at
midnight in Ha Noi. Month 11 holds the winter solstice; a month without a principal term is a leap
month where a year has thirteen.
"""

from datetime import date, timedelta
from math import floor, radians, sin

_ZONE = 7 / 24
_J1900 = 2415021.076998695
_MONTH = 29.530588853


def lunar_day(year: int, month: int, day: int) -> date:
    """The solar day of a lunar one (of a month that is no leap month, 1 to 10)."""
    eleventh = _eleventh_month(year - 1)
    months = [eleventh]
    while months[-1] < _eleventh_month(year):
        months.append(_new_moon_day(_count(months[-1]) + 1))
    leap = 0
    if len(months) == 14:  # thirteen months from solstice to solstice
        leap = next(n for n in range(1, 13) if _term(months[n]) == _term(months[n + 1]))
    place = month + 1
    if leap and place >= leap:
        place += 1
    return date(1970, 1, 1) + timedelta(days=months[place] - 2440588 + day - 1)


def _count(julian_day: int) -> int:
    """Which new moon since 1900 began on a day, as near as counting needs."""
    return round((julian_day + 0.5 - _J1900) / _MONTH)


def _new_moon_day(k: int) -> int:
    """The Julian day in Viet Nam on which the k-th new moon since 1900 falls."""
    t = k / 1236.85
    jd = 2415020.75933 + 29.53058868 * k + 0.0001178 * t**2 - 0.000000155 * t**3
    jd += 0.00033 * sin(radians(166.56 + 132.87 * t - 0.009173 * t**2))
    sun = radians(359.2242 + 29.10535608 * k - 0.0000333 * t**2)
    moon = radians(306.0253 + 385.81691806 * k + 0.0107306 * t**2)
    node = radians(21.2964 + 390.67050646 * k - 0.0016528 * t**2)
    jd += (0.1734 - 0.000393 * t) * sin(sun) + 0.0021 * sin(2 * sun)
    jd += -0.4068 * sin(moon) + 0.0161 * sin(2 * moon) - 0.0004 * sin(3 * moon)
    jd += 0.0104 * sin(2 * node) - 0.0051 * sin(sun + moon) - 0.0074 * sin(sun - moon)
    jd += 0.0004 * sin(2 * node + sun) - 0.0004 * sin(2 * node - sun)
    jd += -0.0006 * sin(2 * node + moon) + 0.0010 * sin(2 * node - moon)
    jd += 0.0005 * sin(2 * moon + sun)
    delta = -0.000278 + 0.000265 * t + 0.000262 * t**2  # dynamical against universal time
    return floor(jd - delta + 0.5 + _ZONE)


def _term(julian_day: int) -> int:
    """Which twelfth of its circle the sun has reached when a day begins in Viet Nam."""
    t = (julian_day - 0.5 - _ZONE - 2451545.0) / 36525
    anomaly = radians(357.52910 + 35999.05030 * t - 0.0001559 * t**2)
    longitude = 280.46645 + 36000.76983 * t + 0.0003032 * t**2
    longitude += (1.914600 - 0.004817 * t) * sin(anomaly)
    longitude += 0.019993 * sin(2 * anomaly) + 0.000290 * sin(3 * anomaly)
    return floor(longitude % 360 / 30)


def _eleventh_month(year: int) -> int:
    """The first day of the month that holds the winter solstice of a year."""
    last = (date(year, 12, 31) - date(1970, 1, 1)).days + 2440588
    k = floor((last - 2415021) / _MONTH)
    day = _new_moon_day(k)
    return _new_moon_day(k - 1) if _term(day) >= 9 else day
