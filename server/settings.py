"""The server's settings: the office's TOML file, overridden by the environment. All mistakes are told at once."""

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from typing import Any, cast

from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from hardware.interface import CUTS, LEAST_DOTS, MOST_DOTS, MOST_FEED_MM, USUAL_DOTS, Cut, SlipEnd
from hardware.registry import EXAMPLES as PRINTERS
from hardware.registry import PrinterSettingError, printer_from
from server.clock import Clock, clock_from
from server.domain.office_file import OfficeFileError, read_office
from server.public_holidays import holidays_of

ROOT = Path(__file__).resolve().parent.parent
DEMO_OFFICE = ROOT / "config" / "offices" / "pasang.toml"
MODES = ("eventlet", "threading", "gevent")
DATABASES = ("sqlite", "postgresql+psycopg")
EXAMPLES = {
    "HOST": "127.0.0.1",
    "PORT": "8000",
    "DATA": "var/",
    "DATABASE_URL": "postgresql+psycopg://saduak@localhost/saduak",
    "REDIS_URL": "redis://localhost:6379/0",
    "ASYNC": "eventlet",
    "CONFIG": "config/offices/pasang.toml",
    "PRINTER": PRINTERS["network"],
    "CLOCK": "2026-11-23T09:00+07:00x60",
    "PAPER": "80",
    "PAPER_DOTS": "512",
    "CUT": "auto",
    "FEED_MM": "0",
    "PUBLIC_URL": "https://queue.example.go.th",
    "HOSTS": "queue.office.lan, 192.168.1.10",
    "CONNECTIONS_PER_ADDRESS": "200",
    "TRUSTED_PROXIES": "127.0.0.1, ::1",
}


THIS_MACHINE = frozenset({"127.0.0.1", "::1"})


class SettingsError(ValueError):
    """The settings cannot be used. `mistakes` has all of them, each with key, value and an example."""

    def __init__(self, mistakes: list[str]) -> None:
        self.mistakes = mistakes
        super().__init__("\n".join(mistakes))


@dataclass(frozen=True)
class Settings:
    """What the server is started with. `redis_url` None means one process.

    `paper_dots` is the length of the printer's line, the usual one of its paper (58 or 80 mm) unless told.

    `public_url` is how citizens' phones reach the server; None where they use the address it listens on. `hosts` are
    further names by which it may be asked for. One address may hold `connections_per_address`, but for the
    `trusted_proxies`, behind which many people stand.
    """

    host: str
    port: int
    data: Path
    database_url: str
    redis_url: str | None
    async_mode: str
    config: Path
    document: dict[str, Any]
    printer: str
    paper_dots: int
    slip_end: SlipEnd
    clock: Clock
    public_url: str | None = None
    hosts: tuple[str, ...] = ()
    connections_per_address: int = 200
    trusted_proxies: frozenset[str] = THIS_MACHINE

    @property
    def phone_base(self) -> str | None:
        """How citizens' phones reach the server; None where all that is known is an address of this machine's own."""
        if self.public_url:
            return self.public_url
        return None if _is_own_address(self.host) else f"http://{self.host}:{self.port}"


def load_settings(environment: Mapping[str, str] | None = None) -> Settings:
    """Return the settings, or raise SettingsError with every mistake in them."""
    reader = _Reader(os.environ if environment is None else environment)
    config = Path(reader.text("CONFIG", str(DEMO_OFFICE)))
    document = reader.document(config)
    reader.file = reader.own_table(document)
    data = Path(reader.text("DATA", "var"))
    settings = Settings(
        host=reader.text("HOST", "127.0.0.1"),
        port=reader.number("PORT", 8000, range(65536)),
        data=data,
        database_url=reader.database_url(f"sqlite:///{data / 'saduak.sqlite3'}"),
        redis_url=reader.address("REDIS_URL", ("redis://", "rediss://", "unix://")),
        async_mode=reader.choice("ASYNC", "eventlet", MODES),
        config=config,
        document=document,
        printer=reader.printer("simulator"),
        paper_dots=reader.number(
            "PAPER_DOTS", USUAL_DOTS[reader.number("PAPER", 80, (*USUAL_DOTS,))], range(LEAST_DOTS, MOST_DOTS + 1)
        ),
        slip_end=SlipEnd(
            cast(Cut, reader.choice("CUT", CUTS[0], CUTS)), reader.number("FEED_MM", 0, range(MOST_FEED_MM + 1))
        ),
        public_url=(reader.address("PUBLIC_URL", ("http://", "https://")) or "").rstrip("/") or None,
        hosts=reader.listed("HOSTS"),
        connections_per_address=reader.number("CONNECTIONS_PER_ADDRESS", 200, range(1, 100_000)),
        trusted_proxies=reader.addresses("TRUSTED_PROXIES", THIS_MACHINE),
        clock=reader.clock(is_demo=document.get("office", {}).get("demo") is True),
    )
    if reader.mistakes:
        raise SettingsError(reader.mistakes)
    return settings


class _Reader:
    def __init__(self, environment: Mapping[str, str]) -> None:
        self.environment = environment
        self.file: dict[str, Any] = {}
        self.mistakes: list[str] = []

    def text(self, key: str, fallback: str) -> str:
        in_file = self.file.get(key.lower(), "")
        return self.environment.get(f"SADUAK_{key}") or str(in_file) or fallback

    def number(self, key: str, fallback: int, allowed: "range | tuple[int, ...]") -> int:
        value = self.text(key, str(fallback))
        if value.isdecimal() and len(value) <= 5 and int(value) in allowed:
            return int(value)
        self._note(key, value)
        return fallback

    def choice(self, key: str, fallback: str, allowed: tuple[str, ...]) -> str:
        value = self.text(key, fallback)
        if value not in allowed:
            self._note(key, value, f"one of {', '.join(allowed)}")
        return value

    def address(self, key: str, schemes: tuple[str, ...]) -> str | None:
        value = self.text(key, "")
        if value and not value.startswith(schemes):
            self._note(key, value, f"it begins with one of {', '.join(schemes)}")
        return value or None

    def listed(self, key: str) -> tuple[str, ...]:
        return tuple(each.strip().lower() for each in self.text(key, "").split(",") if each.strip())

    def addresses(self, key: str, fallback: frozenset[str]) -> frozenset[str]:
        value = self.text(key, ", ".join(sorted(fallback)))
        try:
            return frozenset(str(ip_address(each.strip())) for each in value.split(",") if each.strip())
        except ValueError:
            self._note(key, value, "addresses with commas between")
            return fallback

    def database_url(self, fallback: str) -> str:
        value = self.text("DATABASE_URL", fallback)
        try:
            kind = make_url(value).drivername
        except (ArgumentError, ValueError):
            kind = ""
        if kind not in DATABASES:
            self._note("DATABASE_URL", value, f"one of {', '.join(DATABASES)}")
        return value

    def printer(self, fallback: str) -> str:
        value = self.text("PRINTER", fallback)
        try:
            if value != "simulator":  # Naming that one would start it.
                printer_from(value, MOST_DOTS)
        except PrinterSettingError as error:
            self._note("PRINTER", value, error.reason, error.example)
        return value

    def own_table(self, document: dict[str, Any]) -> dict[str, Any]:
        table = document.get("server", {})
        if isinstance(table, dict):
            return table
        self.mistakes.append(f"server = {table!r}: cannot be used; write for example [server]")
        return {}

    def document(self, path: Path) -> dict[str, Any]:
        try:
            document = tomllib.loads(path.read_text(encoding="utf-8"))
            read_office(document, public_holidays=holidays_of)
        except OSError as error:
            self._note("CONFIG", str(path), error.strerror or "cannot be read")
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            self._note("CONFIG", str(path), str(error))
        except OfficeFileError as error:
            self.mistakes += [f"{path.name}: {mistake}" for mistake in error.mistakes]
        else:
            return document
        return {}

    def clock(self, *, is_demo: bool) -> Clock:
        value = self.text("CLOCK", "real")
        try:
            clock = clock_from(value)
        except ValueError:
            self._note("CLOCK", value)
            return Clock()
        if clock.is_simulated and not is_demo:
            self._note("CLOCK", value, "only an office with demo = true may have simulated time")
        return clock

    def without_async(self, file: dict[str, Any]) -> dict[str, Any]:
        """The mode is chosen before any file is read: patching comes first."""
        if "async" in file:
            self._note("ASYNC", str(file["async"]), "set it in the environment, not in the file")
        return {key: value for key, value in file.items() if key != "async"}

    def _note(self, key: str, value: str, why: str = "cannot be used", example: str | None = None) -> None:
        self.mistakes.append(f"SADUAK_{key}={value!r}: {why}; for example SADUAK_{key}={example or EXAMPLES[key]}")


def _is_own_address(host: str) -> bool:
    """Return whether this is no address for another machine: the loopback's, or "any"."""
    if host in {"", "localhost"}:
        return True
    try:
        address = ip_address(host)
    except ValueError:
        return False
    return address.is_loopback or address.is_unspecified
