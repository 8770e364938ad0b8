"""The bare limit of issuing: Flask on eventlet, one durable SQLite commit of two rows a request, nothing else."""

import sys

import eventlet

eventlet.monkey_patch()

import socket  # noqa: E402
import sqlite3  # noqa: E402

from eventlet import wsgi  # noqa: E402
from flask import Flask, Response, jsonify, request  # noqa: E402

app = Flask(__name__)
database = sqlite3.connect(sys.argv[2], isolation_level=None, check_same_thread=False)
for pragma in ("journal_mode=WAL", "synchronous=FULL"):
    database.execute(f"PRAGMA {pragma}")
database.execute("create table row (id integer primary key, body text)")


@app.post("/")
def issue() -> tuple[Response, int]:
    """Save two rows durably and answer."""
    body = str(request.get_json())
    database.execute("begin immediate")
    database.execute("insert into row (body) values (?)", (body,))
    database.execute("insert into row (body) values (?)", (body,))
    database.execute("commit")
    return jsonify(ok=True), 201


listener = eventlet.listen(("127.0.0.1", int(sys.argv[1])), backlog=512)
listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
wsgi.server(listener, app, log_output=False)
