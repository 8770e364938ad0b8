"""The commands: `saduak serve | init | credentials | configure | demo | simulate | verify | migrate | agent`."""

import logging
import secrets
import sqlite3
import sys
import tomllib
from dataclasses import replace
from pathlib import Path
from typing import Any

import click
from sqlalchemy import inspect

from hardware.agent_command import agent
from hardware.registry import PrinterSettingError
from server.app import WORDS, House, NotFounded
from server.data_folder import FolderUnusable, only_server, refuse_lost, use_folder
from server.db.engine import open_engine, writing
from server.db.file import file_at, fold_back, refuse_damaged, write_nothing
from server.db.migrating import migrate
from server.db.rows import OfficeRow
from server.db.work import Database
from server.domain.errors import QueueError
from server.domain.office_file import OfficeFileError
from server.loop import Loop
from server.saying_why import KNOWN, sentence_for
from server.services import sessions
from server.services.configuring import change_configuration
from server.services.devices import revoke_here
from server.services.entering import Gate
from server.services.founding import CREDENTIALS, AlreadyFounded, found_office, found_office_id
from server.services.officers import change_rights
from server.services.pairing import KINDS, Pairing, Wanted
from server.services.password_hashing import hash_password
from server.services.renewing import renew_secrets
from server.services.setting_clock import confirm_clock_here, set_clock_back
from server.services.verifying import verify
from server.serving_http import CannotListen, Serve, serve_http
from server.settings import ROOT, Settings, SettingsError, load_settings
from server.web.problems import sentence
from server.web.words import Catalogue

SETTINGS = "saduak.settings"
NO_OFFICE = "there is no office here: run `saduak init`"


class Commands(click.Group):
    """The commands; one that cannot go on says why in a sentence, and ends 1."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command, and leave an embedded database that nobody serves in its one file."""
        try:
            done = super().invoke(ctx)
        except KNOWN as error:
            settings = ctx.meta.get(SETTINGS)
            sentence = None if settings is None else sentence_for(error, settings)
            if sentence is None:
                raise
            raise click.ClickException(sentence) from None
        except QueueError as refusal:
            raise click.ClickException(_sentence(refusal)) from None
        _fold_back_unless_served(ctx.meta.get(SETTINGS))
        return done


@click.group(cls=Commands)
@click.pass_context
def cli(context: click.Context) -> None:
    """Saduak: the queue and service points of a district office."""
    start_logging(context.obj["loop"])


cli.add_command(agent)  # For `--help`; `server.__main__` runs it without all that is loaded here.


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
        settings = load_settings()
    except SettingsError as error:
        raise click.ClickException("settings cannot be used:\n  " + "\n  ".join(error.mistakes)) from None
    click.get_current_context().meta[SETTINGS] = settings
    return settings


def _fold_back_unless_served(settings: Settings | None) -> None:
    path = None if settings is None else file_at(settings.database_url)
    if settings is None or path is None or not path.is_file():
        return
    try:
        lock = only_server(settings)
    except (FolderUnusable, sqlite3.Error):
        return  # A server does it when it ends.
    fold_back(path)
    if lock is not None:
        lock.let_go()


@cli.command()
@click.option("--demo", is_flag=True, help="Make the demo office first where there is none, and print the links.")
@click.pass_context
def serve(context: click.Context, demo: bool) -> None:
    """Serve the office's screens and API."""
    settings = settings_or_exit()
    use_folder(settings)
    alone = only_server(settings)
    _refuse_damaged(settings)
    has_office = _has_office(settings)
    refuse_lost(settings, has_office=has_office)
    if demo and not has_office:
        _init(settings)
    elif not has_office:
        raise click.ClickException(NO_OFFICE)
    _make_ready(settings)
    loop: Loop = context.obj["loop"]
    serve_socket: Serve = context.obj["serve"]

    def ready(house: House, port: int) -> None:
        click.echo(_welcome(house, replace(settings, port=port)))

    try:
        serve_http(settings, loop, serve_socket, ready)
    except NotFounded:
        raise click.ClickException(NO_OFFICE) from None
    except (PrinterSettingError, CannotListen) as error:
        raise click.ClickException(str(error)) from None
    finally:
        if alone is not None:
            alone.let_go()


def _refuse_damaged(settings: Settings) -> None:
    path = file_at(settings.database_url)
    if path is not None and path.is_file():
        refuse_damaged(path)


def _has_office(settings: Settings) -> bool:
    """Return whether there is an office; looks only, and makes no file."""
    path = file_at(settings.database_url)
    if path is not None and (not path.exists() or (path.is_file() and path.stat().st_size == 0)):
        return False
    engine = open_engine(settings.database_url)
    try:
        return bool(inspect(engine).has_table(OfficeRow.__tablename__)) and found_office_id(engine) is not None
    finally:
        engine.dispose()


def _make_ready(settings: Settings) -> None:
    """Bring the database to this version, into one file, and see that it can be written."""
    engine = open_engine(settings.database_url)
    migrate(engine)
    with writing(engine) as connection:
        write_nothing(connection)
    engine.dispose()
    if path := file_at(settings.database_url):
        fold_back(path)


@cli.command()
def init() -> None:
    """Make an office in the data folder, with its first accounts, devices and random secrets."""
    settings = settings_or_exit()
    use_folder(settings)
    _refuse_damaged(settings)
    refuse_lost(settings, has_office=_has_office(settings))
    try:
        path = _init(settings)
    except AlreadyFounded as error:
        raise click.ClickException(f"there is an office in {error} already; nothing was changed") from None
    click.echo(f"The office is made. Its secrets are in {path} (readable by you only).")


@cli.command(name="credentials")
def credentials_command() -> None:
    """Make new first passwords and tokens where credentials.json was lost; the old ones end."""
    settings = settings_or_exit()
    use_folder(settings)
    _refuse_damaged(settings)
    office_id = _office_or_exit(settings)
    engine = open_engine(settings.database_url)
    try:
        renew_secrets(engine, office_id, settings.data, now=settings.clock(), hash_password=hash_password)
    except AlreadyFounded:
        raise click.ClickException(f"{CREDENTIALS} is there in {settings.data}; nothing was changed") from None
    finally:
        engine.dispose()
    click.echo(f"New secrets are in {settings.data / CREDENTIALS} (readable by you only).")


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


@cli.command()
@click.option("--counters", type=click.IntRange(1), default=3, show_default=True)
@click.option("--arrivals-per-hour", type=click.FloatRange(0, min_open=True), default=26, show_default=True)
@click.option("--service-minutes", type=click.FloatRange(0, min_open=True), default=6, show_default=True)
@click.option("--priority", type=click.FloatRange(0, 100), multiple=True, default=(20, 50), show_default=True,
              help="Per cent of priority tickets; may be given several times.")  # fmt: skip
@click.option("--days", type=click.IntRange(1), default=60, show_default=True)
@click.option("--hours", type=click.FloatRange(0, 24, min_open=True), default=8, show_default=True)
@click.option("--seed", type=int, default=1, show_default=True, help="Other people, other service times.")
def simulate(priority: tuple[float, ...], days: int, seed: int, **load: Any) -> None:
    """Compare first-come, strict priority and our rule of calling on made-up days."""
    from server.simulating import Load, compare, report  # Here, for no other command needs it.

    compared = [compare(Load(priority_share=share / 100, **load), days=days, seed=seed) for share in priority]
    click.echo("\n".join(report(compared)))
    if not all(each.keeps_the_cap for each in compared):
        raise SystemExit(1)


@cli.command()
@click.argument("path", type=click.Path(path_type=Path))
@click.option("--office", multiple=True, help="Only this office; may be given several times.")
@click.option("--service-minutes", type=click.FloatRange(0, 600, min_open=True), default=10, show_default=True,
              help="Standard minutes of every service: a log has none, and a new queue begins with them.")  # fmt: skip
def backtest(path: Path, office: tuple[str, ...], service_minutes: float) -> None:
    """Try the estimate of wait on a real queue log (CSV, plain or gzip), beside simple estimators."""
    from server.backtesting import LogUnusable, back_test, judge, read_log, report  # Here, for no other needs it.

    try:
        log = read_log(path, office)
    except LogUnusable as error:
        raise click.ClickException(str(error)) from None
    verdict = judge(back_test(log.tickets, service_minutes))
    click.echo("\n".join(report(log, verdict)))
    if not verdict.holds:
        raise SystemExit(1)


@cli.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def configure(file: Path) -> None:
    """Put a changed office file in force, as the next dated version; a running server takes it at once."""
    settings = settings_or_exit()
    office_id = _office_or_exit(settings)
    db = Database(open_engine(settings.database_url), settings.clock, steady=settings.clock.steady)
    try:
        version = change_configuration(db, office_id, office_document(file))
    except OfficeFileError as error:
        raise click.ClickException(f"{file} cannot be used:\n  " + "\n  ".join(error.mistakes)) from None
    except QueueError as refusal:
        raise click.ClickException(_sentence(refusal)) from None
    click.echo(
        "Nothing was changed: this is in force already." if version is None else f"Version {version} is in force."
    )


@cli.command(name="migrate")
def migrate_command() -> None:
    """Bring the database to the tables of this version."""
    settings = settings_or_exit()
    _refuse_damaged(settings)
    has_office = _has_office(settings)
    refuse_lost(settings, has_office=has_office)
    if not has_office:
        raise click.ClickException(NO_OFFICE)
    migrate(open_engine(settings.database_url))
    click.echo("The database is up to date.")


@cli.command(name="verify")
def verify_command() -> None:
    """Recompute every figure from the events alone and compare."""
    settings = settings_or_exit()
    path = file_at(settings.database_url)
    if path is not None and path.is_file():
        refuse_damaged(path, within_seconds=None)
    engine = open_engine(settings.database_url)
    office_id = _office_or_exit(settings)
    known = Database(engine, settings.clock).configurations
    try:
        office = known.current(office_id)
    except (OfficeFileError, LookupError, ValueError):  # Changed by hand: verify tells where.
        office = None
    verdict = verify(engine, office_id, office, known.of(office_id))
    for difference in verdict.differences:
        click.echo(f"differs: {difference}")
    click.echo(f"{verdict.events} events read, {verdict.figures} figures compared, {len(verdict.differences)} differ")
    if verdict.differences:
        raise SystemExit(1)


@cli.group(invoke_without_command=True)
@click.pass_context
def clock(context: click.Context) -> None:
    """Say what time the office has; `confirm` or `back` where it cannot be right."""
    if context.invoked_subcommand is not None:
        return
    settings = settings_or_exit()
    office_id = _office_or_exit(settings)
    now, behind, jumped_from = _database(settings).time_of(office_id)
    click.echo(f"The clock says {now - behind:%Y-%m-%d %H:%M:%S} UTC.")
    if jumped_from is not None:
        click.echo(
            f"The last thing was recorded at {jumped_from:%Y-%m-%d %H:%M:%S} UTC, and working days lie between. "
            "Nothing is dated until `saduak clock confirm`. If the clock is wrong, set it right."
        )
    elif behind:
        click.echo(f"Things are dated up to {now:%Y-%m-%d %H:%M:%S} UTC. If that was a mistake: `saduak clock back`.")


@clock.command(name="confirm")
def clock_confirm() -> None:
    """Say that the clock is right though it has jumped ahead."""
    settings = settings_or_exit()
    office_id = _office_or_exit(settings)
    done = confirm_clock_here(_database(settings), office_id)
    click.echo("The clock is taken as it is." if done else "There was nothing to confirm; nothing was changed.")


@clock.command(name="back")
def clock_back() -> None:
    """Let the office's time be the clock's again, after things were dated ahead; what is open is closed first."""
    settings = settings_or_exit()
    office_id = _office_or_exit(settings)
    at = set_clock_back(_database(settings), office_id)
    click.echo(f"The office's time is the clock's again, {at:%Y-%m-%d %H:%M:%S} UTC. What was dated ahead stays so.")


@cli.group()
def user() -> None:
    """The office's people."""


@user.command(name="rights")
@click.argument("name")
@click.option("--services", help="Ids of the services this officer gives, with commas between; `all` for every one.")
@click.option("--out-of-order/--no-out-of-order", default=None, help="Whether they may call out of order.")
def user_rights(name: str, services: str | None, out_of_order: bool | None) -> None:
    """Say what an officer may do, and show it. Services count from the next opening of a counter on."""
    settings = settings_or_exit()
    office_id = _office_or_exit(settings)
    db = Database(open_engine(settings.database_url), settings.clock)
    given = None if services is None else frozenset(each.strip() for each in services.split(",") if each.strip())
    try:
        rights = change_rights(db, office_id, name, services=given, may_call_out_of_order=out_of_order)
    except (QueueError, LookupError) as refusal:
        raise click.ClickException(f"{name}: {refusal}") from None
    click.echo(f"{name}: {rights}")


@user.command(name="password")
@click.argument("name")
def user_password(name: str) -> None:
    """Give somebody a new random password, and print it once; all their sessions end."""
    settings = settings_or_exit()
    password = secrets.token_urlsafe(12)
    try:
        sessions.change_password(_database(settings), _office_or_exit(settings), name, hash_password(password))
    except (QueueError, LookupError) as refusal:
        raise click.ClickException(f"{name}: {refusal}") from None
    click.echo(f"{name}: {password}")


@user.command(name="remove")
@click.argument("name")
def user_remove(name: str) -> None:
    """Remove somebody's account: its sessions and tokens end at once, what it did stays on record."""
    settings = settings_or_exit()
    try:
        sessions.remove_account(_database(settings), _office_or_exit(settings), name)
    except (QueueError, LookupError) as refusal:
        raise click.ClickException(f"{name}: {refusal}") from None
    click.echo(f"{name} is removed.")


@cli.group()
def device() -> None:
    """The office's paired devices."""


@device.command(name="list")
def device_list() -> None:
    """List the paired devices: id, what each is, and when it was last heard of."""
    settings = settings_or_exit()
    db, office_id = _database(settings), _office_or_exit(settings)
    with db.read(office_id) as work:
        paired = work.devices.paired()
    for each in paired:
        seen = "never seen" if each.seen_at is None else f"seen {(db.wall() - each.seen_at).total_seconds():.0f} s ago"
        place = "" if each.counter is None else f" counter {each.counter}"
        name = f" ({each.name})" if each.name else ""
        click.echo(f"{each.id}: {each.kind}{place}{name}: {each.state or 'never_seen'}, {seen}")


@device.command(name="link")
@click.argument("kind", type=click.Choice(["kiosk", "display", "rating"]))
@click.option("--counter", type=int, help="Which counter's rating tablet.")
def device_link(kind: str, counter: int | None) -> None:
    """Print a link that makes one browser this device, once, within a day."""
    settings = settings_or_exit()
    db = _database(settings)
    gate = Gate(db, lambda work: work())
    office_id = _office_or_exit(settings)
    for each in gate.devices(office_id):
        if each.role == kind and each.device and (kind != "rating" or each.counter == counter):
            code = gate.make_entry_code(office_id, [each.device])
            click.echo(f"{_base(settings)}/enter?code={code}")
            return
    raise click.ClickException(f"there is no {kind} at counter {counter}" if counter else f"there is no {kind}")


@device.command(name="pair")
@click.argument("code")
@click.option("--kind", type=click.Choice(KINDS), required=True)
@click.option("--counter", type=int, help="Where it stands: a rating tablet and a key pad need one.")
@click.option("--name", help="What people call it.")
def device_pair(code: str, kind: str, counter: int | None, name: str | None) -> None:
    """Let the device in that shows CODE."""
    settings = settings_or_exit()
    wanted = Wanted(code=code, kind=kind, counter=counter, name=name)
    try:
        paired = Pairing(_database(settings)).confirm_here(_office_or_exit(settings), wanted)
    except QueueError as refusal:
        raise click.ClickException(_sentence(refusal)) from None
    click.echo(f"Paired as {kind} {paired}. Its screen goes on by itself.")


@device.command(name="revoke")
@click.argument("device_id", type=int)
def device_revoke(device_id: int) -> None:
    """Shut the device of that id out, for good; `saduak device list` has the ids."""
    settings = settings_or_exit()
    db, office_id = _database(settings), _office_or_exit(settings)
    try:
        revoke_here(db, office_id, device_id, has_own_printer=settings.printer != "none")
    except QueueError as refusal:
        raise click.ClickException(_sentence(refusal)) from None
    click.echo(f"Device {device_id} is revoked.")


def _database(settings: Settings) -> Database:
    return Database(open_engine(settings.database_url), settings.clock, steady=settings.clock.steady)


def _office_or_exit(settings: Settings) -> int:
    if not _has_office(settings):
        refuse_lost(settings, has_office=False)
        raise click.ClickException(NO_OFFICE)
    office_id = found_office_id(open_engine(settings.database_url))
    if office_id is None:
        raise click.ClickException(NO_OFFICE)
    return office_id


def office_document(file: Path) -> dict[str, Any]:
    """Return what that office file says about the office; OfficeFileError where it cannot be read."""
    try:
        document = tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise OfficeFileError([error.strerror or "cannot be read"]) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise OfficeFileError([str(error)]) from error
    return _without_server(document)


def _without_server(document: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in document.items() if key != "server"}


def _sentence(refusal: QueueError) -> str:
    words = Catalogue(ROOT / folder for folder in WORDS)
    title, detail = sentence(words, refusal.code, dict(refusal.facts), "en")
    return f"{title} ({refusal.code}). {detail}"


def _base(settings: Settings) -> str:
    return settings.public_url or f"http://{settings.host}:{settings.port}"


def _init(settings: Settings) -> Path:
    engine = open_engine(settings.database_url)
    migrate(engine)
    document = _without_server(settings.document)
    try:
        found_office(engine, document, settings.data, now=settings.clock(), hash_password=hash_password)
    except OfficeFileError as error:
        raise click.ClickException(f"{settings.config} cannot be used:\n  " + "\n  ".join(error.mistakes)) from None
    engine.dispose()
    return settings.data / CREDENTIALS


def _welcome(house: House, settings: Settings) -> str:
    base = _base(settings)
    devices = house.desk.gate.devices(house.desk.office_id)
    lines = [f"Saduak serves {house.desk.office.name.en} at {base}"]
    if settings.phone_base is None:
        logging.getLogger("saduak").warning("phones_have_no_address host=%s", settings.host)
        lines += [
            f"Warning: phones cannot reach {settings.host}, so slip and kiosk show no QR code. To have it, set",
            "  SADUAK_PUBLIC_URL to this server's address in the phones' network, such as https://queue.example.go.th",
        ]
    if house.desk.office.demo:
        code = house.desk.gate.make_entry_code(house.desk.office_id, [each.device for each in devices if each.device])
        lines += [
            "A demonstration. This link, good once, makes a browser the kiosk, the display and the rating tablets:",
            f"  {base}/enter?code={code}",
            f"The other screens ask for log-in: {base}/login with a user of {settings.data / CREDENTIALS}",
        ]
    if house.simulator:
        lines.append(f"The simulated printer draws each slip into {settings.data / 'slips'}")
    return "\n".join(lines)
