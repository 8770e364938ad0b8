"""What keeps memory small: garbage that holds much is collected by the clock, and freed memory goes back.

Python counts objects, not their size: the bodies of a few hundred refused requests, each held by the traceback of its
refusal, waited for 400,000 further objects. And each native thread had a heap of its own from which nothing came back.
"""

import ctypes
import gc
import sys

from server.loop import Loop

YOUNG_OBJECTS = 20_000  # A ticket makes about two thousand: with Python's 700 each one was searched three times.
COLLECT_SECONDS = 5.0  # What start-up made is not searched, so it takes a few milliseconds.
_ARENA_MAX, _MMAP_THRESHOLD, _TRIM_THRESHOLD = -8, -3, -1  # Of glibc's mallopt; another system has its own ways.
_LARGE_BYTES = 128 * 1024


def prepare() -> None:
    """Have few heaps, and large pieces outside of them. Called before threads start."""
    if libc := _glibc():
        libc.mallopt(_ARENA_MAX, 2)
        libc.mallopt(_MMAP_THRESHOLD, _LARGE_BYTES)  # Else it grows with the largest piece ever freed.
        libc.mallopt(_TRIM_THRESHOLD, _LARGE_BYTES)


def settle() -> None:
    """Keep what start-up made out of every later search: it stopped everything for a tenth of a second at a time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG_OBJECTS, 20, 50)


def keep_small(loop: Loop) -> None:
    """Collect and give back, for ever."""
    libc = _glibc()
    while not loop.stopping:
        loop.sleep(COLLECT_SECONDS)
        gc.collect()
        if libc:
            libc.malloc_trim(0)


def _glibc() -> ctypes.CDLL | None:
    if not sys.platform.startswith("linux"):
        return None
    libc = ctypes.CDLL(None)
    return libc if hasattr(libc, "malloc_trim") and hasattr(libc, "mallopt") else None
