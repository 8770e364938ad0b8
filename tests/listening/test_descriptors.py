"""A service that may open more files than it does at first takes what it may."""

from __future__ import annotations

import subprocess
import sys

from server.listening.descriptors import most_connections

RAISED = """
import resource
resource.setrlimit(resource.RLIMIT_NOFILE, (256, 700))
from server.listening.descriptors import descriptor_limit, raise_limit
raise_limit()
print(descriptor_limit(), *resource.getrlimit(resource.RLIMIT_NOFILE))
"""


def test_the_soft_limit_is_raised_to_the_hard_one() -> None:
    told = subprocess.run([sys.executable, "-c", RAISED], capture_output=True, text=True, check=True).stdout

    assert told.split() == ["700", "700", "700"]


def test_a_fifth_of_the_descriptors_is_kept_for_whoever_was_let_in() -> None:
    assert most_connections(1024) == 819
    assert most_connections(1_000_000) == 2000
