"""The bare limit of telling: Flask-SocketIO on eventlet that emits the same bytes to one room, nothing else."""

import sys

import eventlet

eventlet.monkey_patch()

import socket  # noqa: E402

from eventlet import wsgi  # noqa: E402
from flask import Flask  # noqa: E402
from flask_socketio import SocketIO, emit, join_room  # noqa: E402

app = Flask(__name__)
socketio = SocketIO(app, async_mode="eventlet")
count = 0


@socketio.on("connect", namespace="/live")  # type: ignore[untyped-decorator]  # because flask_socketio has no types.
def connect(auth: object = None) -> None:
    """Let anybody listen."""
    join_room("all")
    emit("hello", {"seq": 0})


@app.post("/")
def tell() -> str:
    """Emit what a call looks like."""
    global count
    count += 1
    facts = {
        "call_id": count, "number": "A001", "counter": 1, "queue": "A", "language": "th", "times": 1, "seq": count,
        "previous": count - 1, "at": "2026-11-23T09:00:00.000000+07:00",
    }  # fmt: skip
    socketio.emit("ticket_called", facts, to="all", namespace="/live")
    return "ok"


listener = eventlet.listen(("127.0.0.1", int(sys.argv[1])), backlog=512)
listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
wsgi.server(listener, app, log_output=False)
