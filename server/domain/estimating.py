"""The range of wait on the slip (DESIGN 6). Here the cold start: no calls of today are looked at yet."""

import math
from dataclasses import dataclass

Z_10_90 = 1.2815515655446004  # The standard normal's 90 % quantile.
STEP_MIN = 5  # A range is printed rounded outward to this many minutes: finer would promise what nobody knows.


@dataclass(frozen=True, slots=True)
class WaitRange:
    """Minutes from now within which the call is expected with about 80 % confidence."""

    low_min: int
    high_min: int


def cold_start(ahead: int, service_minutes: float, open_counters: int) -> WaitRange:
    """Return the range for somebody with `ahead` people before them, `service_minutes` each, at `open_counters`.

    The mean is (people ahead × standard minutes ÷ open counters); the 10 % and 90 % quantiles are those of a gamma
    distribution with that mean and shape (n + 1) ÷ 2.5, n people ahead (DESIGN 6). With nobody ahead it is 0 to 5.
    """
    mean = ahead * service_minutes / max(1, open_counters)
    if mean <= 0:
        return WaitRange(0, STEP_MIN)
    shape = (ahead + 1) / 2.5
    return outward(mean * _gamma_ratio(shape, -Z_10_90), mean * _gamma_ratio(shape, Z_10_90))


def outward(low: float, high: float) -> WaitRange:
    """Return the range rounded outward to whole steps of five minutes, never empty."""
    low_min = int(low // STEP_MIN) * STEP_MIN
    return WaitRange(low_min, max(low_min + STEP_MIN, math.ceil(high / STEP_MIN) * STEP_MIN))


def _gamma_ratio(shape: float, z: float) -> float:
    """Quantile ÷ mean of a gamma distribution by Wilson and Hilferty's cube (1931); never below zero. At
    shape 0.8 it is wrong by 1 % of the mean at the low end and 3 % at the high, beyond by less."""
    ninth = 1 / (9 * shape)
    return float(max(0.0, 1 - ninth + z * math.sqrt(ninth)) ** 3)
