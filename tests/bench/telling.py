"""Call next until 200 connected screens have heard it, against a bare emit of the same bytes."""

import asyncio
import http.client
import json
import tempfile
import time
from pathlib import Path

from tests.bench.figures import Row, percentile
from tests.bench.screens import Screens, connect
from tests.bench.servers import Running, bare, resident_mb, saduak

SCREENS = 200
CALLS = 60
WARM_UP = 3  # Nobody's first call of the day is the hundredth's; both servers get the same.
GAP_SECONDS = 0.05
MOST_P99 = 2.0
MOST_READY_SECONDS = 3.0
MOST_MB = 150.0


def rows() -> list[Row]:
    """Measure ours and the bare one, and return the table's rows."""
    with tempfile.TemporaryDirectory() as folder, saduak(Path(folder) / "office") as ours:
        _queue_up(ours)
        heard = asyncio.run(_calls(ours))
        memory = resident_mb(ours.pid)
        with bare("bare_emit.py") as limit:
            bare_heard = asyncio.run(_emits(limit))
    ratio = percentile(heard, 0.99) / percentile(bare_heard, 0.99)
    told = (
        f"{ratio:.2f} x ({percentile(heard, 0.99) * 1000:.0f} ms against {percentile(bare_heard, 0.99) * 1000:.0f} ms)"
    )
    return [
        Row(f"call next heard by {SCREENS} screens: p99 against a bare emit", told, f"<= {MOST_P99:g} x",
            ratio <= MOST_P99),
        Row("start to ready", f"{ours.ready_seconds:.1f} s", f"<= {MOST_READY_SECONDS:g} s",
            ours.ready_seconds <= MOST_READY_SECONDS),
        Row(f"memory with {SCREENS} screens", f"{memory:.0f} MB", f"<= {MOST_MB:g} MB", memory <= MOST_MB),
    ]  # fmt: skip


def _queue_up(server: Running) -> None:
    kiosk = server.credentials["devices"]["kiosk"]["token"]
    _post(server.port, "/api/v1/counters/1/open", _officer(server), {})
    for turn in range(WARM_UP + CALLS):
        _post(server.port, "/api/v1/tickets", kiosk, {"service": "id_renew", "request_id": f"queue-{turn}"})


async def _calls(server: Running) -> list[float]:
    screens = Screens(SCREENS)
    tasks = await connect(screens, server.port, server.credentials["devices"]["display"]["token"], "ticket_called")
    taken: list[float] = []
    for turn in range(WARM_UP + CALLS):
        began = time.monotonic()
        ticket = await asyncio.to_thread(_post, server.port, "/api/v1/counters/1/call-next", _officer(server), {})
        await _all_heard(screens, began, taken if turn >= WARM_UP else [])
        for command in ("start", "finish"):
            path = f"/api/v1/tickets/{ticket['id']}/{command}"
            await asyncio.to_thread(_post, server.port, path, _officer(server), {})
        await asyncio.sleep(GAP_SECONDS)
    _end(tasks)
    return taken


async def _emits(server: Running) -> list[float]:
    screens = Screens(SCREENS)
    tasks = await connect(screens, server.port, "bare", "ticket_called")
    taken: list[float] = []
    for turn in range(WARM_UP + CALLS):
        began = time.monotonic()
        await asyncio.to_thread(_post, server.port, "/", "bare", {})
        await _all_heard(screens, began, taken if turn >= WARM_UP else [])
        await asyncio.sleep(GAP_SECONDS)
    _end(tasks)
    return taken


async def _all_heard(screens: Screens, began: float, taken: list[float]) -> None:
    """Wait until the one newest event was heard by all, and note each screen's time since `began`."""
    while not screens.heard:
        await asyncio.sleep(0.0005)
    seq = max(screens.heard)
    await asyncio.wait_for(screens.of(seq).wait(), 10)
    taken.extend(when - began for when in screens.heard.pop(seq))


def _officer(server: Running) -> str:
    return str(server.credentials["officers"][0]["token"])


def _post(port: int, path: str, token: str, body: dict[str, object]) -> dict[str, object]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {token}"}
    connection.request("POST", path, json.dumps(body), headers)
    answer = connection.getresponse()
    said = answer.read()
    connection.close()
    if answer.status >= 300:
        raise RuntimeError(f"{path} answered {answer.status}: {said[:200]!r}")
    return dict(json.loads(said)) if said.startswith(b"{") else {}


def _end(tasks: list[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
