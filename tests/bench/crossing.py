"""Screens that come and go, some let in and some refused, in one asyncio loop; and screens that stay and only read."""

import asyncio
import base64
import json
import os
from collections.abc import Iterable

from tests.bench.screens import frame, send

AT_ONCE = 20
PING = b"\x81\x012"
WAIT_SECONDS = 30


async def come_and_go(port: int, token: str, number: int) -> None:
    """Connect to /live so many times and hang up: every second one is refused."""
    turns = iter(range(number))

    async def visits(turns: Iterable[int]) -> None:
        for turn in turns:
            await asyncio.wait_for(_visit(port, token if turn % 2 else "wrong"), WAIT_SECONDS)

    await asyncio.gather(*(visits(turns) for _ in range(AT_ONCE)))


async def stay(port: int, token: str) -> None:
    """Join /live and read all that comes, without looking at it, for ever."""
    reader, writer = await _join(port, token)
    while said := await reader.read(64 * 1024):
        if PING in said:
            send(writer, "3")
    raise ConnectionError("a screen was hung up on")


async def _visit(port: int, token: str) -> None:
    _, writer = await _join(port, token)
    writer.close()
    await writer.wait_closed()


async def _join(port: int, token: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    key = base64.b64encode(os.urandom(16)).decode()
    writer.write(
        f"GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\n"
        f"Connection: Upgrade\r\nSec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
    )
    await reader.readuntil(b"\r\n\r\n")
    await frame(reader)
    send(writer, "40/live," + json.dumps({"token": token}))
    expected = "44" if token == "wrong" else "42"
    while (said := await frame(reader)) == "2":  # Asked whether it is there, before it is let in.
        send(writer, "3")
    if not said.startswith(expected):
        raise RuntimeError(f"/live said {said}")
    return reader, writer
