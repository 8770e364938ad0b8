"""How many descriptors this process may have, and how many of them connections may take."""

import logging
import sys

log = logging.getLogger("saduak.listening")

WANTED = 8192
SHARE = 0.8  # The rest is for the database, files, printers: whoever is let in must also be answered.
MOST_CONNECTIONS = 2000  # Each takes memory too; a large office has some hundred screens and phones.


def descriptor_limit() -> int:
    """Return how many descriptors this process may have now."""
    if sys.platform == "win32":
        return WANTED  # Windows has no such limit.
    import resource

    soft: int = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    return WANTED if soft == resource.RLIM_INFINITY else soft


def raise_limit() -> None:
    """Raise the soft limit as far as this process may, to what we want at most."""
    if sys.platform == "win32":
        return
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = WANTED if hard == resource.RLIM_INFINITY else min(WANTED, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
        log.info("descriptors soft=%d was=%d", wanted, soft)


def most_connections(limit: int) -> int:
    """Return how many connections there is room for under that limit."""
    return min(int(limit * SHARE), MOST_CONNECTIONS)
