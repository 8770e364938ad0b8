"""The commands: `saduak serve | init | demo | verify | migrate`."""

import logging
import sys
from dataclasses import replace
from pathlib import Path

import click

from hardware.registry import PrinterSettingError
from server.app import House, NotFounded
from server.db.engine import open_engine
from server.db.migrating import migrate
from server.db.work import Database
from server.loop import Loop
from server.services.entering import Gate, hash_password
from server.services.founding import CREDENTIALS, AlreadyFounded, found_office, found_office_id
from server.services.verifying import verify
from server.serving_http import Serve, serve_http
from server.settings import Settings, SettingsError, load_settings


@click.group()
@click.pass_context
def cli(context: click.Context) -> None:
    """Saduak: the queue and service points of a district office."""
    start_logging(context.obj["loop"])


def start_logging(loop: Loop) -> None:
    """Log to stderr: ours from INFO, libraries from WARNING.

    Native threads log too (a printer's driver). A handler's own lock would be a green one there, and waiting for it
    from another thread stopped the server once: hence a native one, and libraries' chatter ends before any lock.
    """
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s %(message)s"))
    handler.lock = loop.native_lock()
    logging.basicConfig(level=logging.WARNING, handlers=[handler])
    for ours in ("saduak", "hardware"):
        logging.getLogger(ours).setLevel(logging.INFO)
    # Asked once here, the answer is remembered: a native thread then need not take the module's own lock for it.
    for level in (logging.DEBUG, logging.INFO):
        logging.getLogger().isEnabledFor(level)


def settings_or_exit() -> Settings:
    """Return the settings, or end with every mistake in them."""
    try:
        return load_settings()
    except SettingsError as error:
        raise click.ClickException("settings cannot be used:\n  " + "\n  ".join(error.mistakes)) from None


@cli.command()
@click.option("--demo", is_flag=True, help="Make the demo office first where there is none, and print the links.")
@click.pass_context
def serve(context: click.Context, demo: bool) -> None:
    """Serve the office's screens and API."""
    settings = settings_or_exit()
    if demo:
        _init_if_empty(settings)
    migrate(open_engine(settings.database_url))
    loop: Loop = context.obj["loop"]
    serve_socket: Serve = context.obj["serve"]

    def ready(house: House, port: int) -> None:
        click.echo(_welcome(house, replace(settings, port=port)))

    try:
        serve_http(settings, loop, serve_socket, ready)
    except NotFounded:
        raise click.ClickException("there is no office here: run `saduak init`") from None
    except PrinterSettingError as error:
        raise click.ClickException(str(error)) from None
    except OSError as error:
        raise click.ClickException(f"{settings.host}:{settings.port}: {error.strerror}") from None


@cli.command()
def init() -> None:
    """Make an office in the data folder, with its first accounts, devices and random secrets."""
    settings = settings_or_exit()
    try:
        path = _init(settings)
    except AlreadyFounded as error:
        raise click.ClickException(f"there is an office in {error} already; nothing was changed") from None
    click.echo(f"The office is made. Its secrets are in {path} (readable by you only).")


@cli.command()
@click.option("--speed", default=60.0, show_default=True, help="How many simulated seconds pass in a real one.")
@click.option("--minutes", type=float, help="Only the first so many simulated minutes of the day.")
@click.option("--data", type=click.Path(path_type=Path), help="An empty folder to keep it in; else a temporary one.")
@click.option("--seed", type=int, help="Other people, other service times.")
@click.option("--kill-at", type=float, multiple=True, help="Kill the server (-9) at this simulated minute.")
def demo(speed: float, minutes: float | None, data: Path | None, seed: int | None, kill_at: tuple[float, ...]) -> None:
    """Live a real day's arrivals through a server of its own, and print the day's figures."""
    from server.demo import DemoOptions, run_demo  # Here, so that a server does not load a client's libraries.

    options = DemoOptions(data=data, speed=speed, minutes=minutes, seed=seed, kill_at=kill_at)
    raise SystemExit(run_demo(options))


@cli.command(name="migrate")
def migrate_command() -> None:
    """Bring the database to the tables of this version."""
    migrate(open_engine(settings_or_exit().database_url))
    click.echo("The database is up to date.")


@cli.command(name="verify")
def verify_command() -> None:
    """Recompute every figure from the events alone and compare."""
    settings = settings_or_exit()
    engine = open_engine(settings.database_url)
    office_id = _office_or_exit(settings)
    office = Database(engine, settings.clock).configurations.current(office_id)
    verdict = verify(engine, office_id, office)
    for difference in verdict.differences:
        click.echo(f"differs: {difference}")
    click.echo(f"{verdict.events} events read, {verdict.figures} figures compared, {len(verdict.differences)} differ")
    if verdict.differences:
        raise SystemExit(1)


@cli.group()
def device() -> None:
    """The office's paired devices."""


@device.command(name="link")
@click.argument("kind", type=click.Choice(["kiosk", "display", "rating"]))
@click.option("--counter", type=int, help="Which counter's rating tablet.")
def device_link(kind: str, counter: int | None) -> None:
    """Print a link that makes one browser this device, once, within a day."""
    settings = settings_or_exit()
    db = Database(open_engine(settings.database_url), settings.clock)
    gate = Gate(db, lambda work: work())
    office_id = _office_or_exit(settings)
    for each in gate.devices(office_id):
        if each.role == kind and each.device and (kind != "rating" or each.counter == counter):
            code = gate.make_entry_code(office_id, [each.device])
            click.echo(f"{_base(settings)}/enter?code={code}")
            return
    raise click.ClickException(f"there is no {kind} at counter {counter}" if counter else f"there is no {kind}")


def _office_or_exit(settings: Settings) -> int:
    office_id = found_office_id(open_engine(settings.database_url))
    if office_id is None:
        raise click.ClickException("there is no office here: run `saduak init`")
    return office_id


def _base(settings: Settings) -> str:
    return settings.public_url or f"http://{settings.host}:{settings.port}"


def _init_if_empty(settings: Settings) -> None:
    settings.data.mkdir(parents=True, exist_ok=True)
    migrate(open_engine(settings.database_url))
    if found_office_id(open_engine(settings.database_url)) is None:
        _init(settings)


def _init(settings: Settings) -> Path:
    settings.data.mkdir(parents=True, exist_ok=True)
    engine = open_engine(settings.database_url)
    migrate(engine)
    document = {key: value for key, value in settings.document.items() if key != "server"}
    found_office(engine, document, settings.data, now=settings.clock(), hash_password=hash_password)
    return settings.data / CREDENTIALS


def _welcome(house: House, settings: Settings) -> str:
    base = _base(settings)
    devices = house.desk.gate.devices(house.desk.office_id)
    lines = [f"Saduak serves {house.desk.office.name.en} at {base}"]
    if house.desk.office.demo:
        code = house.desk.gate.make_entry_code(house.desk.office_id, [each.device for each in devices if each.device])
        lines += [
            "A demonstration. Open this link once; it makes this browser every device of the office:",
            f"  {base}/enter?code={code}",
            f"Log in at {base}/login with a user of {settings.data / CREDENTIALS}",
        ]
    if house.simulator:
        lines.append(f"The simulated printer draws each slip into {settings.data / 'slips'}")
    return "\n".join(lines)
