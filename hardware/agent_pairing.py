"""A new agent or key pad shows a short code; an administrator types it in settings, and it gets its token."""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass

from hardware.agent_link import NONSENSE, ServerLink, ServerTrouble

log = logging.getLogger(__name__)

ASK_SECONDS = 2.0
ANSWER_SECONDS = 6.0
PENDING, CONFIRMED, EXPIRED = 202, 200, 410


@dataclass(frozen=True, slots=True)
class Paired:
    """The token, and what people call the device, if they gave it a name."""

    token: str
    name: str


def pair(
    link: ServerLink, kind: str, show: Callable[[str], None], sleep: Callable[[float], None] = time.sleep
) -> Paired:
    """Show a code and wait until somebody confirms it; an expired one is replaced. Returns what was given.

    A server that is gone meanwhile is waited for. Raises ServerTrouble where it gives no code at all.
    """
    while True:
        asked = link.post("/pairings", {"kind": kind}, ANSWER_SECONDS)
        code, secret = asked.get("code"), asked.get("secret")
        if not isinstance(code, str) or not isinstance(secret, str):
            raise ServerTrouble(NONSENSE, url=link.url, reason="no pairing code in the answer")
        show(code)
        paired = _confirmed(link, secret, sleep)
        if paired is not None:
            return paired


def _confirmed(link: ServerLink, secret: str, sleep: Callable[[float], None]) -> Paired | None:
    """Return what was given, or None when the code has expired."""
    is_silent = False
    while True:
        sleep(ASK_SECONDS)
        try:
            status, said = link.ask("/pairings/claim", {"secret": secret}, ANSWER_SECONDS)
        except ServerTrouble as trouble:
            if not is_silent:
                log.warning("%s: waiting for it", trouble)
            is_silent = True
            continue
        is_silent = False
        token = said.get("token")
        if status == CONFIRMED and isinstance(token, str):
            device = said.get("device")
            name = device.get("name") if isinstance(device, dict) else None
            return Paired(token, name if isinstance(name, str) else "")
        if status == EXPIRED:
            return None
        if status != PENDING and status < 500 and status != 429:
            raise ServerTrouble(NONSENSE, url=link.url, status=status, said=said.get("code"))
