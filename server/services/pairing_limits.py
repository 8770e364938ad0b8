"""How many codes one address may ask for, so that one machine cannot keep all others from being paired.

Anybody on the network may ask for a code. Behind a proxy on this machine, as in the sample for nginx, the address is
the one that the proxy says it saw (`server/web/addresses.py`); a proxy that does not say so leaves the loopback
address, which is not counted. Behind a proxy on another machine all devices count as that one address.
"""

import time
from collections import OrderedDict, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from ipaddress import IPv6Address, ip_address, ip_network

MOST_OPEN_HERE = 5
MOST_A_MINUTE = 10
MINUTE_SECONDS = 60.0
ADDRESSES_KEPT = 1000  # Whoever has more addresses than that is stopped by the office's own limit.
NETWORK_BITS = 64  # A machine has a whole network of this size to itself when it speaks IPv6.


@dataclass(slots=True)
class _Asker:
    """When codes were given to one address, lately, and until when each of those that are open lasts."""

    given: deque[float] = field(default_factory=deque)
    open_until: dict[str, float] = field(default_factory=dict)


class AddressLimits:
    """Counts in this process, by its steady clock; several processes each count their own."""

    def __init__(self, lasts_seconds: float, steady: Callable[[], float] = time.monotonic) -> None:
        self._lasts = lasts_seconds
        self._steady = steady
        self._askers: OrderedDict[str, _Asker] = OrderedDict()

    def take(self, address: str | None, digest: str) -> tuple[int, int] | None:
        """Count a code for this address; where it may have none, return the limit and within how many minutes.

        `address` None, and every address of this machine itself, may have any number.
        """
        key = counted(address)
        if key is None:
            return None
        asker, now = self._asker(key), self._steady()
        while asker.given and now - asker.given[0] >= MINUTE_SECONDS:
            asker.given.popleft()
        asker.open_until = {code: until for code, until in asker.open_until.items() if until > now}
        if len(asker.given) >= MOST_A_MINUTE:
            return MOST_A_MINUTE, 1
        if len(asker.open_until) >= MOST_OPEN_HERE:
            return MOST_OPEN_HERE, int(self._lasts // 60)
        asker.given.append(now)
        asker.open_until[digest] = now + self._lasts
        return None

    def end(self, digest: str) -> None:
        """The code with the secret of that digest is not open any more, or never was."""
        for asker in list(self._askers.values()):
            asker.open_until.pop(digest, None)

    def _asker(self, key: str) -> _Asker:
        """Return what is known of the address; the one that has asked least lately is forgotten for a new one."""
        asker = self._askers.setdefault(key, _Asker())
        self._askers.move_to_end(key)
        if len(self._askers) > ADDRESSES_KEPT:
            self._askers.popitem(last=False)
        return asker


def counted(address: str | None) -> str | None:
    """Return the name under which this address is counted, None if it is not."""
    try:
        found = ip_address(address or "")
    except ValueError:
        return None  # A socket that has no address.
    if isinstance(found, IPv6Address):
        found = found.ipv4_mapped or found
    if found.is_loopback:
        return None
    if isinstance(found, IPv6Address):
        return str(ip_network((int(found), NETWORK_BITS), strict=False))
    return str(found)
