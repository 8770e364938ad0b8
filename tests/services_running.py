"""Real PostgreSQL and Redis servers for the tests that need one.

Each fixture starts a server of its own on a free port, in a folder of its own, and stops it when the session
ends. Nothing outlives the tests, so durability is switched off unless asked for. Where the program is not on this
machine, the test is skipped and listed as not run.
"""

from __future__ import annotations

import ctypes
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

import psycopg
import pytest
import redis

START_SECONDS = 30.0
STOP_SECONDS = 5.0
ATTEMPTS = 3  # Between finding a free port and opening it, another program may take it.
PR_SET_PDEATHSIG = 1

libc = ctypes.CDLL(None, use_errno=True)


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """The SQLAlchemy address of an empty database; its user may create others."""
    with a_postgres() as url:
        yield url


@contextmanager
def a_postgres(*, durable: bool = False) -> Iterator[str]:
    """Run a PostgreSQL of one's own, and give its address. `durable` is for what is timed: it then waits for the disk,
    as an office's does."""
    initdb, postgres = postgres_program("initdb"), postgres_program("postgres")
    with a_folder_for(an_ordinary_user()) as (folder, user):
        cluster = folder / "cluster"
        # --no-locale: sort by code point, as SQLite does, and whatever this machine's language is.
        settle(
            [
                initdb,
                "-D",
                str(cluster),
                "-U",
                "saduak",
                "-A",
                "trust",
                "-E",
                "UTF8",
                "--no-locale",
                "--no-sync",
            ],
            folder,
            user,
        )

        def command(port: int) -> list[str]:
            options = ["unix_socket_directories="]
            if not durable:
                options += ["fsync=off", "synchronous_commit=off", "full_page_writes=off"]
            return [postgres, "-D", str(cluster), "-h", "127.0.0.1", "-p", str(port)] + [
                word for option in options for word in ("-c", option)
            ]

        def answers(port: int) -> None:
            psycopg.connect(f"postgresql://saduak@127.0.0.1:{port}/postgres", connect_timeout=2).close()

        with running("PostgreSQL", command, answers, folder, user, stop=signal.SIGINT) as port:
            with psycopg.connect(f"postgresql://saduak@127.0.0.1:{port}/postgres", autocommit=True) as session:
                session.execute("CREATE DATABASE saduak")
            yield f"postgresql+psycopg://saduak@127.0.0.1:{port}/saduak"


@pytest.fixture(scope="session")
def redis_url() -> Iterator[str]:
    """The address of an empty Redis."""
    with a_redis() as url:
        yield url


@contextmanager
def a_redis() -> Iterator[str]:
    """Run a Redis of one's own, and give its address."""
    program = shutil.which("redis-server") or not_here("redis-server")
    with a_folder_for(os.geteuid()) as (folder, user):

        def command(port: int) -> list[str]:
            return [program, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(folder)]

        def answers(port: int) -> None:
            with redis.Redis(port=port, socket_timeout=2) as connection:
                connection.ping()

        with running("Redis", command, answers, folder, user, stop=signal.SIGTERM) as port:
            yield f"redis://127.0.0.1:{port}/0"


def pytest_configure() -> None:
    # Told to stop, pytest would die on the spot and leave its servers behind; an interrupt ends in order.
    if signal.getsignal(signal.SIGTERM) is signal.SIG_DFL:
        signal.signal(signal.SIGTERM, signal.default_int_handler)


@contextmanager
def running(
    name: str,
    command: Callable[[int], list[str]],
    answers: Callable[[int], None],
    folder: Path,
    user: int,
    *,
    stop: signal.Signals,
) -> Iterator[int]:
    """Run a server on a free port until the block ends; it answers before the block begins."""
    for _ in range(ATTEMPTS):
        port = a_free_port()
        log = folder / "log"
        with log.open("wb") as output:
            server = subprocess.Popen(
                command(port),
                cwd=folder,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                user=user,
                preexec_fn=lambda: die_with_the_tests(stop),
            )
        try:
            if wait_for(server, port, answers):
                yield port
                return
        finally:
            end(server, stop)
    pytest.fail(f"{name} did not start. It said:\n{log.read_text(errors='replace')}")


def wait_for(server: subprocess.Popen[bytes], port: int, answers: Callable[[int], None]) -> bool:
    """Return True when the server answers, False when it has ended or is too slow."""
    deadline = time.monotonic() + START_SECONDS
    while server.poll() is None and time.monotonic() < deadline:
        try:
            answers(port)
        except (OSError, psycopg.OperationalError, redis.RedisError):
            time.sleep(0.05)
        else:
            return True
    return False


def end(server: subprocess.Popen[bytes], stop: signal.Signals) -> None:
    server.send_signal(stop)
    try:
        server.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()


def die_with_the_tests(stop: signal.Signals) -> None:
    """Runs in the new process: even if the tests are killed outright, Linux then stops the server."""
    libc.prctl(PR_SET_PDEATHSIG, int(stop))


@contextmanager
def a_folder_for(user: int) -> Iterator[tuple[Path, int]]:
    """A new folder that belongs to this user. Not pytest's own: an other user cannot reach into root's."""
    folder = Path(tempfile.mkdtemp(prefix="saduak-tests-"))
    try:
        if user != os.geteuid():
            os.chown(folder, user, -1)
        yield folder, user
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def settle(command: list[str], folder: Path, user: int) -> None:
    """Run a command to its end; what it said is shown only if it failed."""
    done = subprocess.run(command, cwd=folder, user=user, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.fail(f"{command[0]} failed:\n{done.stdout}{done.stderr}")


def an_ordinary_user() -> int:
    """The user to run PostgreSQL as: it refuses to run as root."""
    if os.geteuid() != 0:
        return os.geteuid()
    known = {user.pw_name: user.pw_uid for user in pwd.getpwall()}
    return known.get("postgres") or known["nobody"]


def postgres_program(name: str) -> str:
    """Debian keeps PostgreSQL's programs beside each version, off the PATH; the newest is taken."""
    beside = [program for program in Path("/usr/lib/postgresql").glob(f"*/bin/{name}") if os.access(program, os.X_OK)]
    newest = max(beside, key=lambda program: float(program.parts[-3]), default=None)
    return str(newest) if newest else shutil.which(name) or not_here("postgresql")


def not_here(package: str) -> NoReturn:
    pytest.skip(f"not run: {package} is not on this machine")


def a_free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port
