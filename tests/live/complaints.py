"""What a server's log says against the server itself."""

from __future__ import annotations

import re

from tests.running import RunningOffice


def complaints(office: RunningOffice) -> list[str]:
    """What was logged as a mistake of our own; engineio blames clients at the same level."""
    log = office.log.read_text(encoding="utf-8", errors="replace").splitlines()
    found = [at for at, line in enumerate(log) if re.search(r" ERROR (?!engineio)| CRITICAL |^Traceback", line)]
    return ["\n".join(log[at : at + 40]) for at in found]
