"""A kept connection answers at once: without TCP_NODELAY each answer would wait 42 ms for the peer's delayed ACK."""

from __future__ import annotations

import http.client
import json
import re
import time
from collections.abc import Callable

import pytest

from tests.web.office import Office

REQUESTS = 20
STALL_SECONDS = 0.035  # The kernel delays an ACK by 40 ms.


ADDRESSES = ["GET /api/v1/services", "GET /login", "POST /api/v1/tickets", "GET /healthz", "GET base.css"]


@pytest.mark.parametrize("address", ADDRESSES)
def test_twenty_requests_on_one_connection_do_not_stall(office: Office, address: str) -> None:
    method, path = address.split()
    if path == "base.css":  # It goes out in two pieces, and the second would wait for the ACK of the first.
        path = re.findall(r'"(/static/[^"]+/base\.css)"', office.browser().get(office.url, timeout=10).text)[0]
    headers = {"Authorization": f"Bearer {office.tokens['kiosk']}", "Content-Type": "application/json"}
    body = json.dumps({"service": "id_renew"}).encode() if method == "POST" else None
    wire = http.client.HTTPConnection("127.0.0.1", office.running.port, timeout=10)
    wire.connect()
    sock = wire.sock

    def ask() -> None:
        wire.request(method, path, body, headers)
        answer = wire.getresponse()
        answer.read()
        assert answer.status < 300

    took = sorted(timed(ask) for _ in range(REQUESTS))

    assert wire.sock is sock, "the connection was not kept"
    # A stall would be in every answer; a busy machine is slow in some.
    assert took[REQUESTS // 4] < STALL_SECONDS, took
    wire.close()


def timed(do: Callable[[], None]) -> float:
    began = time.monotonic()
    do()
    return time.monotonic() - began
