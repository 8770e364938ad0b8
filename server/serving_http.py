"""Listens, starts the background work, serves until it is told to end."""

import logging
import os
import signal
import socket
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

from server.app import House, create_app
from server.db.file import file_at, fold_back
from server.listening.descriptors import raise_limit
from server.loop import Loop
from server.memory import keep_small, prepare, settle
from server.settings import Settings

log = logging.getLogger("saduak")

BACKLOG = 512
GRACE_SECONDS = 3.0  # For requests under way; a service manager may wait ten (DESIGN 9).
Serve = Callable[[House, socket.socket], None]


class CannotListen(RuntimeError):
    """The address is taken, or not this machine's."""


def serve_http(settings: Settings, loop: Loop, serve: Serve, ready: Callable[[House, int], None]) -> None:
    """Serve until SIGTERM or SIGINT. `serve` is the async mode's own way to serve a listening socket.

    Raises CannotListen, and what `create_app` raises.
    """
    try:
        listener = listening(settings.host, settings.port)
    except OSError as error:
        raise CannotListen(f"{settings.host}:{settings.port}: {error.strerror}") from None
    raise_limit()
    prepare()
    house = create_app(settings, loop)
    house.start()
    database = file_at(settings.database_url)
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda _signal, _frame: _stop(database))
    settle()
    loop.start(lambda: keep_small(loop), "memory")
    ready(house, listener.getsockname()[1])
    try:
        serve(house, listener)
    except (KeyboardInterrupt, SystemExit):
        log.info("stopping")
    finally:
        house.stop()
    _end(database)  # Python's own end would wait for threads that wait for a printer.


def listening(host: str, port: int) -> socket.socket:
    """Return a socket that listens there. TCP_NODELAY is inherited by every connection: without it a peer waits
    42 ms for each answer on a kept connection (DESIGN 10)."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    listener.bind((host, port))
    listener.listen(BACKLOG)
    return listener


def _stop(database: Path | None) -> None:
    # Nothing more: the signal comes in the middle of the loop, where nothing may wait for anything.
    # Whoever runs there may also catch what is raised (a bare `except` in engineio), or the async mode's server may
    # wait for its last screens: then the alarm ends the process. Whatever was answered is committed by then.
    signal.signal(signal.SIGALRM, lambda _signal, _frame: _end(database))
    signal.setitimer(signal.ITIMER_REAL, GRACE_SECONDS)
    raise SystemExit(0)


def _end(database: Path | None) -> NoReturn:
    if database is not None and database.exists():
        fold_back(database)  # By a connection of its own: it waits for nobody here, and two seconds at most.
    os._exit(0)
