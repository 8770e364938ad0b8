"""What an agent is started with: read from options and the environment, all mistakes told at once."""

import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from hardware.agent_link import BadAddress, ServerLink
from hardware.interface import CUTS, LEAST_DOTS, MOST_DOTS, MOST_FEED_MM, USUAL_DOTS, Cut, SlipEnd
from hardware.keypad import KEYPAD_EXAMPLES, KeyPadSettingError, keypad_from
from hardware.registry import PrinterSettingError, printer_from

PRINTER_TOKEN = "token"
KEYPAD_TOKEN = "keypad-token"
EXAMPLES = {
    "--server": "--server https://queue.example.go.th",
    "--printer": "--printer network:192.168.1.50:9100",
    "--paper": "--paper 80",
    "--paper-dots": "--paper-dots 512",
    "--cut": "--cut auto",
    "--feed-mm": "--feed-mm 0",
    "--keypad": f"--keypad {KEYPAD_EXAMPLES['serial']}",
    "--counter": "--counter 3",
}


class AgentSettingsError(ValueError):
    """The settings cannot be used. `mistakes` has all of them, each with key, value and an example."""

    def __init__(self, mistakes: list[str]) -> None:
        self.mistakes = mistakes
        super().__init__("\n".join(mistakes))


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """The options as they were given, "" and None where they were not."""

    server: str
    printer: str
    paper: str
    data: Path
    token_file: Path | None = None
    keypad: str = ""
    counter: int | None = None
    paper_dots: str = ""
    cut: str = CUTS[0]
    feed_mm: str = "0"


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentSettings:
    """`printer` and `keypad` are settings, not devices; "" where there is none to serve."""

    server: str
    printer: str
    width_dots: int
    slip_end: SlipEnd
    data: Path
    token: str
    keypad: str
    keypad_token: str
    counter: int


def read_settings(given: Given, environment: Mapping[str, str] | None = None) -> AgentSettings:
    """Return the settings, or raise AgentSettingsError with every mistake in them."""
    reader = _Reader(given, os.environ if environment is None else environment)
    printer, keypad = reader.printer(), reader.keypad()
    settings = AgentSettings(
        server=reader.server(),
        printer=printer,
        width_dots=reader.width_dots(),
        slip_end=reader.slip_end(),
        data=given.data,
        token=reader.token("SADUAK_AGENT_TOKEN", given.token_file, PRINTER_TOKEN, "agent")
        if printer or not keypad
        else "",
        keypad=keypad,
        keypad_token=reader.token("SADUAK_KEYPAD_TOKEN", None, KEYPAD_TOKEN, "keypad") if keypad else "",
        counter=reader.counter(),
    )
    if reader.mistakes:
        raise AgentSettingsError(reader.mistakes)
    return settings


def save_token(path: Path, token: str) -> None:
    """Keep a token so that only this user can read it; raises OSError where that cannot be."""
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_name(path.name + ".new")
    with suppress(FileNotFoundError):
        new.unlink()  # Its rights would stay those of whoever left it there.
    with open(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
        file.write(token + "\n")
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)


class _Reader:
    def __init__(self, given: Given, environment: Mapping[str, str]) -> None:
        self.given = given
        self.environment = environment
        self.mistakes: list[str] = []

    def server(self) -> str:
        if not self.given.server:
            self._note("--server", "", "is missing")
            return ""
        try:
            return ServerLink(self.given.server).url
        except BadAddress:
            self._note("--server", self.given.server, "is no address of a server")
            return ""

    def printer(self) -> str:
        """Return the printer's setting, "" for a machine that has only a key pad."""
        value = self.given.printer.strip()
        if value in ("", "none"):
            if not self.given.keypad:
                self._note("--printer", value, "an agent needs a printer (or a key pad)")
            return ""
        try:
            if value != "simulator":  # Naming that one would start it.
                printer_from(value, MOST_DOTS)
        except PrinterSettingError as error:
            self._note("--printer", value, error.reason)
        return value

    def keypad(self) -> str:
        value = self.given.keypad.strip()
        try:
            if value:
                keypad_from(value)
        except KeyPadSettingError as error:
            self.mistakes.append(f"--keypad {value!r}: {error.reason}; for example --keypad {error.example}")
        return value

    def width_dots(self) -> int:
        if self.given.paper_dots:
            return self._number("--paper-dots", self.given.paper_dots, LEAST_DOTS, MOST_DOTS)
        value = self.given.paper
        if value.isdecimal() and len(value) < 4 and int(value) in USUAL_DOTS:
            return USUAL_DOTS[int(value)]
        self._note("--paper", value, f"is one of {', '.join(map(str, USUAL_DOTS))}, in millimetres")
        return USUAL_DOTS[80]

    def slip_end(self) -> SlipEnd:
        if self.given.cut not in CUTS:
            self._note("--cut", self.given.cut, f"is one of {', '.join(CUTS)}")
        return SlipEnd(cast(Cut, self.given.cut), self._number("--feed-mm", self.given.feed_mm, 0, MOST_FEED_MM))

    def _number(self, key: str, value: str, least: int, most: int) -> int:
        if value.isdecimal() and len(value) < 5 and least <= int(value) <= most:
            return int(value)
        self._note(key, value, f"is a number from {least} to {most}")
        return least

    def counter(self) -> int:
        if self.given.keypad and (self.given.counter is None or self.given.counter < 1):
            self._note("--counter", str(self.given.counter or ""), "the key pad's counter, as it was paired")
        return self.given.counter or 0

    def token(self, variable: str, file: Path | None, name: str, kind: str) -> str:
        """Return the token of the environment, of the file that was named, or the one that pairing left."""
        path = file or self.given.data / name
        token = self.environment.get(variable, "")
        if not token:
            try:
                token = path.read_text(encoding="utf-8")
            except FileNotFoundError:
                self._note_unpaired(kind, f"there is no token in {path}")
                return ""
            except (OSError, UnicodeDecodeError) as error:
                self._note_unpaired(kind, f"the token in {path} cannot be read ({error})")
                return ""
        token = token.strip()
        if not token or not token.isascii() or not token.isprintable() or " " in token:
            self._note_unpaired(kind, f"{variable} or {path} holds no token")
        return token

    def _note_unpaired(self, kind: str, why: str) -> None:
        what = "printer's agent" if kind == "agent" else "key pad"
        server = self.given.server or "https://queue.example.go.th"
        also = "" if kind == "agent" else f" --kind {kind}"
        self.mistakes.append(
            f"this {what} is not paired: {why}; pair it with: saduak agent pair --server {server}{also}"
        )

    def _note(self, key: str, value: str, why: str) -> None:
        self.mistakes.append(f"{key} {value!r}: {why}; for example {EXAMPLES[key]}")
