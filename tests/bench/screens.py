"""Two hundred screens on Socket.IO, read by hand in one asyncio loop so that the listener costs little."""

import asyncio
import base64
import json
import os
import struct
import time
from dataclasses import dataclass, field


@dataclass
class Screens:
    """Connected screens, and when each heard each event: `heard[seq]` are the monotonic times."""

    wanted: int
    heard: dict[int, list[float]] = field(default_factory=dict)
    connected: int = 0
    all_here: asyncio.Event = field(default_factory=asyncio.Event)
    complete: dict[int, asyncio.Event] = field(default_factory=dict)

    def greeted(self) -> None:
        """Note one more screen that was greeted."""
        self.connected += 1
        if self.connected == self.wanted:
            self.all_here.set()

    def note(self, seq: int) -> None:
        """Note that one more screen heard the event."""
        times = self.heard.setdefault(seq, [])
        times.append(time.monotonic())
        if len(times) == self.wanted:
            self.of(seq).set()

    def of(self, seq: int) -> asyncio.Event:
        """Return what is set once every screen has heard that event."""
        return self.complete.setdefault(seq, asyncio.Event())


async def connect(screens: Screens, port: int, token: str, event: str) -> list[asyncio.Task[None]]:
    """Connect every screen and return the tasks that listen; ends when all are greeted."""
    tasks = [asyncio.create_task(_listen(screens, port, token, event)) for _ in range(screens.wanted)]
    await asyncio.wait_for(screens.all_here.wait(), 60)
    return tasks


async def _listen(screens: Screens, port: int, token: str, event: str) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    key = base64.b64encode(os.urandom(16)).decode()
    writer.write(
        f"GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\n"
        f"Connection: Upgrade\r\nSec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
    )
    await reader.readuntil(b"\r\n\r\n")
    while True:
        text = await frame(reader)
        if text.startswith("0"):
            send(writer, "40/live," + json.dumps({"token": token}))
        elif text == "2":
            send(writer, "3")
        elif text.startswith("42/live,"):
            name, facts = json.loads(text[len("42/live,") :])
            if name == "hello":
                screens.greeted()
            elif name == event:
                screens.note(facts["call_id"])


async def frame(reader: asyncio.StreamReader) -> str:
    head = await reader.readexactly(2)
    length = head[1] & 127
    if length == 126:
        (length,) = struct.unpack(">H", await reader.readexactly(2))
    elif length == 127:
        (length,) = struct.unpack(">Q", await reader.readexactly(8))
    return (await reader.readexactly(length)).decode()


def send(writer: asyncio.StreamWriter, text: str) -> None:
    data, mask = text.encode(), os.urandom(4)
    size = bytes([0x80 | len(data)]) if len(data) < 126 else bytes([0x80 | 126]) + struct.pack(">H", len(data))
    writer.write(b"\x81" + size + mask + bytes(byte ^ mask[i % 4] for i, byte in enumerate(data)))
