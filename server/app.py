"""The only place where everything is wired, and the table that says which event is told to whom."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from flask import Flask, session
from flask_socketio import SocketIO

from counter.rating import tablet
from counter.reception import reception
from counter.views import counter
from display.views import display
from hardware.interface import Printer
from hardware.registry import printer_from
from hardware.simulator import PrinterSimulator
from kiosk.views import kiosk
from server.administration.sessions import sessions
from server.administration.slip_texts import slip_texts
from server.administration.views import administration
from server.api.views import api
from server.db.engine import open_engine
from server.db.people import Identity
from server.db.work import Database
from server.domain.errors import Forbidden, QueueError, Unauthorized
from server.listening.connections import Connections
from server.listening.descriptors import descriptor_limit, most_connections
from server.listening.whole_requests import WholeRequests
from server.live.engine import Engine, stand_guard
from server.live.publisher import Publisher
from server.live.rooms import NAMESPACE
from server.live.shutting_out import ShuttingOut
from server.live.sockets import Live, SocketEmitter
from server.live.telling import Said, Table, everything, kinds_by_audience, only
from server.live.waking import Waking
from server.loop import Loop
from server.only_one import OnlyOne
from server.reports.views import reports
from server.services.agents import Agents
from server.services.auto_calling import AutoCalling
from server.services.closing import close_earlier_days
from server.services.configuring import tell_configuration
from server.services.entering import Gate
from server.services.founding import found_office_id
from server.services.heartbeats import beat
from server.services.issuing import adopt_codes
from server.services.pairing import Pairing
from server.services.printers import forget_gone
from server.services.printing import Printing
from server.services.readiness import Readiness
from server.services.sessions import end_expired
from server.services.slips import SlipDesk, drop_old, give_up_on_silent_agents, reroute
from server.services.watching import Look, Watching
from server.services.watching_devices import DeviceWatch
from server.services.watching_printers import PrinterWatch
from server.settings import ROOT, Settings
from server.web.askers import session_identities
from server.web.assets import assets_blueprint, build_id, import_map
from server.web.context import install_context
from server.web.desk import Desk
from server.web.drawing import Drawing
from server.web.guard import MOST_BYTES, host_check, install_guard
from server.web.health import health
from server.web.numerals import Numeral
from server.web.pages import pages
from server.web.pairing import pairing
from server.web.problems import install_problems
from server.web.secrets import session_key
from server.web.sessions import BrowserSessions
from server.web.words import Catalogue

log = logging.getLogger("saduak")

WORDS = (
    "server/web/words", "server/reports/words", "server/administration/words", "kiosk/words", "display/words",
    "counter/words",
)  # fmt: skip
SPEAKS_EVERY_SECONDS = 2  # Each screen is told that the wire is whole: one that hears nothing for 4.5 s says so.
COOKIE_LASTS = timedelta(days=400)  # A kiosk is paired once; a person's session is a row that ends by itself.

_CALL = only("call_id", "number", "counter", "queue", "language", "times")
_AT_COUNTER = only("number", "counter")
_VERSION = only("configuration")

WHO_IS_TOLD: Table = {
    "ticket_issued": {"kiosk": only("queue"), "display": only("queue"), "staff": everything, "managers": everything},
    "ticket_called": {"kiosk": only("queue"), "display": _CALL, "staff": everything, "managers": everything},
    "ticket_recalled": {"display": _CALL, "staff": everything, "managers": everything},
    # Nobody is called: who walked up is there already.
    "walk_up_started": {"display": only("counter"), "staff": everything, "managers": everything},
    "service_started": {"display": _AT_COUNTER, "staff": everything, "managers": everything},
    "ticket_held": {"display": _AT_COUNTER, "staff": everything, "managers": everything},
    "ticket_resumed": {"display": _AT_COUNTER, "staff": everything, "managers": everything},
    "service_added": {"display": _AT_COUNTER, "staff": everything, "managers": everything},
    "service_finished": {"display": _AT_COUNTER, "staff": everything, "managers": everything},
    "ticket_no_show": {"display": _AT_COUNTER, "staff": everything, "managers": everything},
    "ticket_returned": {"display": only("number", "queue"), "staff": everything, "managers": everything},
    "ticket_transferred": {"display": only("number", "queue"), "staff": everything, "managers": everything},
    "ticket_cancelled": {"display": only("number", "queue"), "staff": everything, "managers": everything},
    "ticket_closed": {"display": only("number", "queue"), "staff": everything, "managers": everything},
    "step_undone": {"display": only("number", "queue", "counter"), "staff": everything, "managers": everything},
    # An officer neither triggers nor sees a rating (DESIGN 1, criterion 13).
    "rating_opened": {"rating": only("slot", "number", "expires_at"), "managers": everything},
    "rating_withdrawn": {"rating": only("slot"), "managers": everything},
    "rating_ended": {"rating": only("slot"), "managers": everything},
    "rating_given": {"rating": only("slot"), "managers": everything},
    "counter_opened": {
        "kiosk": only("counter"),
        "display": only("counter"),
        "staff": everything,
        "managers": everything,
    },
    "counter_paused": {
        "kiosk": only("counter"),
        "display": only("counter"),
        "staff": everything,
        "managers": everything,
    },
    "counter_closed": {
        "kiosk": only("counter"),
        "display": only("counter"),
        "staff": everything,
        "managers": everything,
    },
    "configuration_changed": {"kiosk": _VERSION, "display": _VERSION, "staff": everything, "managers": everything},
    "clock_confirmed": {"staff": everything, "managers": everything},
    "clock_set_back": {"staff": everything, "managers": everything},
    "device_changed": {"kiosk": only("device", "state"), "staff": everything, "managers": everything},
    "slip_printed": {"kiosk": only("ticket", "state"), "staff": everything, "managers": everything},
    "slip_failed": {"kiosk": only("ticket", "state", "reason"), "staff": everything, "managers": everything},
    "slip_asked_again": {"kiosk": only("ticket"), "staff": everything, "managers": everything},
    "self_test_ended": {"staff": everything, "managers": everything},
    "session_opened": {"managers": everything},
    "session_ended": {"managers": everything},
    "account_changed": {"managers": everything},
    "login_slowed": {"managers": everything},
    "login_eased": {"managers": everything},
}


class NotFounded(RuntimeError):
    """The data folder has no office yet: `saduak init` makes one."""


@dataclass
class House:
    """The wired application; `start` begins its background work."""

    app: Flask
    socketio: SocketIO
    db: Database
    desk: Desk
    publisher: Publisher
    printing: Printing | None
    simulator: PrinterSimulator | None
    waking: Waking | None
    loop: Loop
    auto_calling: AutoCalling
    watching: Watching
    connections: Connections
    screens: Engine

    def start(self) -> None:
        """Start what runs beside the requests."""
        adopt_codes(self.db, self.desk.office_id)
        self.loop.start(self.publisher.run, "publisher")
        self.loop.start(lambda: self.connections.run(self.loop, self.screens.look), "connections")
        if self.waking:
            self.loop.start(self.waking.run_listening, "listening")
            self.loop.start(self.waking.run_telling, "telling")
        self.loop.start(self.auto_calling.run, "auto_calling")
        self.loop.start(self.watching.run, "watching")
        if self.printing:
            self.loop.start(self.printing.run, "printing")

    def stop(self) -> None:
        """Ask the background work to end."""
        self.loop.stopping = True
        if self.simulator:
            self.simulator.stop()


def create_app(settings: Settings, loop: Loop | None = None) -> House:
    """Return the wired application. Raises NotFounded when there is no office, PrinterSettingError, SettingsError."""
    loop = loop or Loop()
    engine = open_engine(settings.database_url)
    db = Database(
        engine, settings.clock, steady=settings.clock.steady, sleep=loop.sleeping, cooperative=loop.cooperative,
        key=session_key(settings.data),
    )  # fmt: skip
    db.hears = kinds_by_audience(WHO_IS_TOLD)
    db.new_day = close_earlier_days
    loop.guard = db.refuse_inside_work
    office_id = found_office_id(engine)
    if office_id is None:
        raise NotFounded(str(settings.data))
    _tell_configuration(db, office_id)
    build = build_id()
    words = Catalogue(ROOT / folder for folder in WORDS)
    simulator, printer = _printer(settings)
    app = Flask("saduak", static_folder=None, template_folder=None)
    drawing = Drawing(db, office_id, words, settings)
    slip_desk = SlipDesk(db, office_id, drawing.draw, loop)
    agents = Agents(slip_desk, lambda: loop.run_blocking(drawing.fault), _beat(db))
    db.told.append(agents.ring)
    desk = Desk(
        settings=settings, db=db, reports_engine=open_engine(settings.database_url, pooled=False),
        gate=Gate(db, loop.run_blocking), loop=loop, words=words, office_id=office_id, build=build,
        import_map=import_map(build), prints=printer is not None, agents=agents, drawing=drawing, simulator=simulator,
        pairing=Pairing(db), readiness=Readiness(db), public_url=settings.public_url,
    )  # fmt: skip
    _dress(app, desk)
    pages_alone = app.wsgi_app
    socketio = SocketIO(app, async_mode=settings.async_mode, manage_session=False, cors_allowed_origins=None,
                        namespaces=[NAMESPACE], ping_interval=SPEAKS_EVERY_SECONDS, ping_timeout=20,
                        max_http_buffer_size=16 * 1024)  # fmt: skip
    screens = stand_guard(socketio)
    connections = Connections(
        most_connections(descriptor_limit()), settings.connections_per_address, settings.trusted_proxies
    )
    app.wsgi_app = WholeRequests(app.wsgi_app, pages_alone, MOST_BYTES, host_check(settings))  # type: ignore[method-assign]
    emitter = SocketEmitter(socketio)
    publisher = Publisher(engine, WHO_IS_TOLD, emitter, _zones(db), loop)
    shutting_out = ShuttingOut(desk.gate.forget, emitter.hang_up)
    publisher.told.append(shutting_out.take)
    socketio.on_namespace(Live(publisher, _recognise(desk.gate), shutting_out.is_shut_out))
    db.committed = publisher.ring
    alone = OnlyOne(Path(settings.data) / "printer.lock")
    printing = Printing(slip_desk, printer, settings.printer, drawing.fault, alone.is_me) if printer else None
    if printing:
        db.told.append(printing.ring)
    auto_calling = AutoCalling(db, office_id, loop, settings.clock.real_seconds)
    db.told.append(auto_calling.ring)
    waking = Waking(settings.redis_url, publisher.ring, loop) if settings.redis_url else None
    if waking:
        db.told.append(waking.tell)
    watching = Watching(loop, _looks(db, office_id, has_own_printer=printer is not None))
    return House(app, socketio, db, desk, publisher, printing, simulator, waking, loop, auto_calling, watching,
                 connections, screens)  # fmt: skip


def _looks(db: Database, office_id: int, *, has_own_printer: bool) -> list[Look]:
    """Return what is looked for every two seconds."""
    return [
        lambda: reroute(db, office_id, has_own_printer),
        lambda: forget_gone(db, office_id, has_own_printer),
        PrinterWatch(db, office_id).look,
        lambda: give_up_on_silent_agents(db, office_id),
        lambda: drop_old(db, office_id),
        DeviceWatch(db, office_id).look,
        lambda: end_expired(db, office_id),
    ]


def _tell_configuration(db: Database, office_id: int) -> None:
    try:
        tell_configuration(db, office_id)
    except QueueError as refusal:  # The next start does it.
        log.warning("configuration_untold code=%s", refusal.code)


def _beat(db: Database) -> Callable[[Identity, str | None], None]:
    return lambda agent, version: beat(db, agent, version=version)


def _dress(app: Flask, desk: Desk) -> None:
    """Give the application its pages, words, guards and refusals."""
    app.extensions["saduak"] = desk
    app.url_map.converters["int"] = Numeral
    app.secret_key = session_key(desk.settings.data)
    app.session_interface = BrowserSessions()
    app.config.update(
        SESSION_COOKIE_HTTPONLY=True, SESSION_COOKIE_SAMESITE="Lax", SESSION_COOKIE_NAME="saduak",
        SESSION_COOKIE_SECURE=bool(desk.settings.public_url and desk.settings.public_url.startswith("https:")),
        PERMANENT_SESSION_LIFETIME=COOKIE_LASTS,
    )  # fmt: skip
    install_context(app, desk.words, desk.build, desk.import_map)
    install_guard(app, desk.import_map)
    install_problems(app)
    for blueprint in (
        pages, pairing, assets_blueprint(desk.build), kiosk, reception, counter, tablet, display, reports,
        administration, sessions, slip_texts, api, health,
    ):  # fmt: skip
        app.register_blueprint(blueprint)


def _printer(settings: Settings) -> tuple[PrinterSimulator | None, Printer | None]:
    """Return the printer, started with a simulator before it where the settings ask for one."""
    if settings.printer != "simulator":
        return None, printer_from(settings.printer, settings.paper_dots, settings.slip_end)
    folder = Path(settings.data) / "slips"
    folder.mkdir(parents=True, exist_ok=True)
    has_cutter = settings.slip_end.cut != "none"
    simulator = PrinterSimulator(settings.paper_dots, folder=folder, counts_on=True, has_cutter=has_cutter)
    simulator.start()
    host, port = simulator.address
    return simulator, printer_from(f"network:{host}:{port}", settings.paper_dots, settings.slip_end)


def _zones(db: Database) -> Any:
    def zone_of(office_id: int) -> ZoneInfo:
        return db.configurations.current(office_id).zone

    return zone_of


def _recognise(gate: Gate) -> Any:
    """Return what tells who connects: a token's owner, or the device or person whose screen this browser shows."""
    wanted_roles = {"kiosk": {"kiosk"}, "display": {"display"}, "rating": {"rating"}}
    people = {"officer", "reception", "manager", "assessor", "administrator"}

    def recognise(auth: Said) -> Identity:
        token = auth.get("token")
        if isinstance(token, str):
            return gate.of_token(token)
        if "person" not in session and "devices" not in session:
            raise Unauthorized()
        roles = wanted_roles.get(str(auth.get("screen")), people)
        for each in session_identities():
            if each.role in roles and ("rating" not in roles or auth.get("counter") in (None, each.counter)):
                return each
        raise Forbidden()

    return recognise
