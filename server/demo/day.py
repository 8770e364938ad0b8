"""One simulated day from init to summary: a server of its own, the actors, the books at the end."""

import csv
import json
import os
import signal
import tempfile
import threading
import tomllib
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import click

from server.demo.actors import Display, Kiosk, Officer, Tablet
from server.demo.balance import balance
from server.demo.client import Client, Refused, Unreachable
from server.demo.floor import Floor
from server.demo.journal import Journal
from server.demo.paper import Printer, Reception
from server.demo.plan import Plan, make_plan
from server.demo.progress import progress
from server.demo.server_process import Installation, ServerFailed, ServerProcess, free_port
from server.demo.simulated_time import SimulatedTime
from server.demo.summary import Outcome, lines
from server.domain.office import Office
from server.domain.office_file import read_office
from server.public_holidays import holidays_of

CONFIG = Path(__file__).resolve().parents[2] / "config"
LOOK_SECONDS = 0.1
OVERRUN = timedelta(hours=6)  # Past the last arrival: then something is stuck, and the day is ended as an error.


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoOptions:
    """How the day is to be run. `data` must be empty or absent; without it a temporary folder is used."""

    data: Path | None = None
    speed: float = 60.0
    minutes: float | None = None
    """Only the first so many simulated minutes; visits in hand are then finished, nobody else is called."""
    seed: int | None = None
    port: int | None = None
    kill_at: tuple[float, ...] = ()
    """Simulated minutes after the start at which the server is killed (-9), to show that nothing is lost."""
    config: Path = CONFIG


def run_demo(options: DemoOptions) -> int:
    """Run the day and print its summary; 0 if all went well, 1 if anything did not, 130 if it was stopped."""
    with ExitStack() as stack:
        stack.enter_context(_terminable())
        data = options.data or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="saduak-demo-"))) / "data"
        try:
            outcome = _run(options, data)
        except ServerFailed as failed:
            click.echo(str(failed), err=True)
            return 1
        except KeyboardInterrupt:
            click.echo("The day was stopped.", err=True)
            return 130
        for line in lines(outcome):
            click.echo(line)
        return 1 if outcome.troubles else 0


def read_plan(config: Path, seed: int | None = None) -> tuple[Plan, Office]:
    """Return the demonstration day in that folder, and its office."""
    settings = tomllib.loads((config / "demo" / "day.toml").read_text(encoding="utf-8"))
    office_file = config / "offices" / f"{settings['office']}.toml"
    office = read_office(tomllib.loads(office_file.read_text(encoding="utf-8")), public_holidays=holidays_of)
    with (config / "demo" / settings["log"]).open(encoding="utf-8", newline="") as file:
        return make_plan(list(csv.DictReader(file)), settings, office, seed=seed), office


def _run(options: DemoOptions, data: Path) -> Outcome:
    plan, office = read_plan(options.config, options.seed)
    data = data.resolve()
    if data.exists() and any(data.iterdir()):
        raise ServerFailed(f"{data} is not empty: the demonstration day needs a folder of its own.")
    data.mkdir(parents=True, exist_ok=True)
    stop = threading.Event()
    time = SimulatedTime(plan.starts_at, options.speed, stop)
    place = Installation(
        data=data,
        office_file=options.config.resolve() / "offices" / f"{plan.office}.toml",
        port=options.port or free_port(),
        log=data / "demo-server.log",
        speed=options.speed,
    )
    server = ServerProcess(place, time.now)
    try:
        server.set_up()
        tokens = json.loads((data / "credentials.json").read_text(encoding="utf-8"))
        with closing(Journal(data / "demo-journal.jsonl", time.now)) as journal:
            floor = Floor(plan, server.base_url, time, journal, stop)
            _start(server, floor, tokens["devices"]["display"]["token"])
            outcome = _live_through(floor, server, tokens, office, options)
    finally:
        stop.set()
        server.stop()
    return replace(outcome, troubles=(*outcome.troubles, *server.complaints()))


def _start(server: ServerProcess, floor: Floor, display_token: str) -> None:
    """Start the server and keep it alive; the floor's time follows its clock, also after a restart."""

    def follow() -> None:
        try:
            state = Client(server.base_url, display_token, floor.stop).get("/display/state")
        except (Refused, Unreachable) as error:
            raise ServerFailed(f"the server is up and does not answer: {error}") from error
        floor.time.follow(datetime.fromisoformat(state["at"]))
        floor.journal.write("server", "ready", pid=server.pid, url=server.base_url)

    server.start()
    follow()
    server.watch(died=floor.time.stand_still, restarted=follow)


def _live_through(
    floor: Floor, server: ServerProcess, tokens: dict[str, Any], office: Office, options: DemoOptions
) -> Outcome:
    devices = tokens["devices"]
    display = Display(floor, devices["display"]["token"])
    tablets = [Tablet(floor, each["token"], each["counter"]) for each in devices["rating"]]
    officers = [Officer(floor, each["token"], each["counter"], office.rule) for each in tokens["officers"]]
    kiosk = Kiosk(floor, devices["kiosk"]["token"])
    reception = Reception(floor, tokens["reception"]["token"])
    printer = Printer(floor, tokens["administrator"]["token"], floor.plan.mishaps)
    display.listen()
    rating = [floor.begin(f"tablet {tablet.counter}", tablet.work) for tablet in tablets]
    serving = [floor.begin(f"officer {officer.counter}", officer.work) for officer in officers]
    helping = floor.begin("reception", reception.work)
    floor.begin("printer", printer.work)
    floor.begin("kiosk", kiosk.work)
    try:
        _oversee(floor, server, serving, options)
        # The last visit's rating stays open for a while; then everybody goes home.
        stop_waiting = floor.stop.wait(floor.time.real_seconds(office.rating_open_for))
        for tablet in tablets:
            tablet.go_home()
        reception.go_home()
        for thread in () if stop_waiting else (*rating, helping):
            thread.join()
    finally:
        floor.end()
        display.close()
    books = balance(floor, server, tokens["manager"]["token"])
    missed = books.calls_made - len(display.heard)
    # A display that was cut off by a restart reads what it missed from the snapshot, so that is no error.
    unheard = [f"the display did not hear {missed} calls"] if missed and not server.restarts else []
    return Outcome(
        plan=floor.plan,
        office=office,
        speed=options.speed,
        books=books,
        calls_heard=len(display.heard),
        too_late=sum(tablet.too_late for tablet in tablets),
        restarts=server.restarts,
        troubles=(*floor.troubles, *books.troubles, *unheard),
    )


def _oversee(floor: Floor, server: ServerProcess, serving: list[threading.Thread], options: DemoOptions) -> None:
    """Watch over the day until the last officer has gone: its progress, its kills, its end."""
    starts_at = floor.plan.starts_at
    kills = sorted(options.kill_at, reverse=True)
    closing_at = None if options.minutes is None else starts_at + timedelta(minutes=options.minutes)
    with progress(floor, closing_at) as show:
        while any(thread.is_alive() for thread in serving):
            floor.stop.wait(LOOK_SECONDS)
            now = floor.time.now()
            show(now)
            if kills and now >= starts_at + timedelta(minutes=kills[-1]):
                kills.pop()
                os.kill(server.pid, signal.SIGKILL)
            if closing_at and now >= closing_at and not floor.counters_closing.is_set():
                floor.close_counters()
            if server.troubles:
                raise ServerFailed("\n".join(server.troubles))
            if now > floor.plan.last_arrival + OVERRUN:
                floor.troubles.append("the day did not end")
                floor.end()
                return


@contextmanager
def _terminable() -> Iterator[None]:
    """Let SIGTERM end the day as Ctrl-C does: the server is stopped, the temporary folder removed."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(signum: int, frame: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
