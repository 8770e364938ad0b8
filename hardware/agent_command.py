"""`saduak agent`: the process beside a printer elsewhere, and how it is paired.

Apart from the server's command line, so that a small machine starts it at once and in little memory.
"""

import importlib.metadata
import logging
import signal
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path

import click

from hardware.agent import Agent
from hardware.agent_journal import Journal, JournalInUse, JournalUnwritable
from hardware.agent_keypad import PadWatch
from hardware.agent_link import BadAddress, ServerLink, ServerTrouble
from hardware.agent_pairing import pair
from hardware.agent_settings import (
    EXAMPLES,
    KEYPAD_TOKEN,
    PRINTER_TOKEN,
    AgentSettings,
    AgentSettingsError,
    Given,
    read_settings,
    save_token,
)
from hardware.keypad import keypad_from
from hardware.registry import printer_from

log = logging.getLogger("hardware.agent")

DATA = Path("var") / "agent"
JOURNAL = "journal.sqlite3"
ENDS_WITHIN_SECONDS = 6.0
"""A slip and a last word; what takes longer is left, for the journal knows it as begun."""
JOURNAL_PAUSE_SECONDS = 5.0


@click.group(name="agent", invoke_without_command=True)
@click.option("--server", default="", envvar="SADUAK_AGENT_SERVER", help="The server's address, as a browser has it.")
@click.option("--printer", default="", envvar="SADUAK_PRINTER", help="The printer: network:…, usb:…, serial:…, file:….")
@click.option("--paper", default="80", envvar="SADUAK_PAPER", show_default=True, help="Its paper: 58 or 80 mm wide.")
@click.option(
    "--paper-dots", default="", envvar="SADUAK_PAPER_DOTS", help="Its line, where it is not the usual one: 512, …."
)
@click.option("--cut", default="auto", envvar="SADUAK_CUT", show_default=True,
              help="auto: it moves the paper to its cutter; here: it only cuts; none: people tear.")  # fmt: skip
@click.option("--feed-mm", default="0", envvar="SADUAK_FEED_MM", show_default=True, help="White paper before the cut.")
@click.option("--data", type=click.Path(path_type=Path), default=DATA, envvar="SADUAK_AGENT_DATA", show_default=True,
              help="The folder of its token and its journal; each agent needs one of its own.")  # fmt: skip
@click.option("--token-file", type=click.Path(path_type=Path), help="A token kept elsewhere (or SADUAK_AGENT_TOKEN).")
@click.option("--keypad", default="", envvar="SADUAK_KEYPAD", help="A key pad to watch as well, for calling.")
@click.option("--counter", type=int, envvar="SADUAK_KEYPAD_COUNTER", help="The counter at which the key pad stands.")
@click.pass_context
def agent(context: click.Context, *, server: str, printer: str, paper: str, paper_dots: str, cut: str, feed_mm: str,
          data: Path, token_file: Path | None, keypad: str, counter: int | None) -> None:  # fmt: skip
    """Print the server's slips on a printer beside this machine. To begin with: saduak agent pair."""
    _start_logging()
    if context.invoked_subcommand is not None:
        return
    given = Given(server=server, printer=printer, paper=paper, data=data, token_file=token_file, keypad=keypad,
                  counter=counter, paper_dots=paper_dots, cut=cut, feed_mm=feed_mm)  # fmt: skip
    try:
        settings = read_settings(given)
    except AgentSettingsError as error:
        raise click.ClickException("the agent cannot start:\n  " + "\n  ".join(error.mistakes)) from None
    raise SystemExit(_run(settings))


@agent.command(name="pair")
@click.option("--server", default="", envvar="SADUAK_AGENT_SERVER", help="The server's address, as a browser has it.")
@click.option("--kind", type=click.Choice(["agent", "keypad"]), default="agent", show_default=True)
@click.option("--data", type=click.Path(path_type=Path), default=DATA, envvar="SADUAK_AGENT_DATA", show_default=True,
              help="The folder in which its token is kept.")  # fmt: skip
def pair_command(server: str, kind: str, data: Path) -> None:
    """Show a code to be typed in the office's settings, and keep the token that comes for it."""
    token_path = data / (PRINTER_TOKEN if kind == "agent" else KEYPAD_TOKEN)

    def show(code: str) -> None:
        large = "   ".join(code)
        line = "=" * (len(large) + 8)
        click.echo(f"\n{line}\n\n    {click.style(large, bold=True)}\n\n{line}\n")
        click.echo(f"Type this code at {server.rstrip('/')}/settings/devices (an administrator can). Waiting …")

    try:
        paired = pair(ServerLink(server), kind, show)
        save_token(token_path, paired.token)
    except BadAddress:
        why = f"{server!r} is no address of a server" if server else "it is missing"
        raise click.ClickException(f"--server: {why}; for example {EXAMPLES['--server']}") from None
    except ServerTrouble as trouble:
        raise click.ClickException(f"the server gives no code: {trouble}") from None
    except OSError as error:
        raise click.ClickException(f"the token cannot be kept in {token_path}: {error}; pair again") from None
    click.echo(f"Paired{' as ' + paired.name if paired.name else ''}. The token is in {token_path}; now start:")
    click.echo(f"  saduak agent --server {server} {EXAMPLES['--printer' if kind == 'agent' else '--keypad']}")


def _run(settings: AgentSettings) -> int:
    """Work until told to end; return the process's exit code."""
    stop = threading.Event()
    for name in ("SIGTERM", "SIGINT", "SIGBREAK"):  # The last is Windows' own.
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), lambda *_: stop.set())
    link = ServerLink(settings.server, settings.token)
    try:
        work = _work(settings, link, stop)
    except JournalInUse:
        raise click.ClickException(
            f"another agent works with {settings.data / JOURNAL}; give each its own --data"
        ) from None
    for each in work:
        each.start()
    log.info("agent_started server=%s printer=%s data=%s", settings.server, settings.printer or "none", settings.data)
    # With a time limit: on Windows an endless wait is deaf to signals.
    while not stop.wait(0.5) and all(each.is_alive() for each in work):
        pass
    has_failed = not stop.is_set()
    stop.set()
    link.hang_up()
    _join(work)
    return 1 if has_failed else 0


def _join(work: list[threading.Thread]) -> None:
    """Wait for them together, and no longer than an administrator would."""
    deadline = time.monotonic() + ENDS_WITHIN_SECONDS
    for each in work:
        each.join(max(deadline - time.monotonic(), 0.0))
    if any(each.is_alive() for each in work):
        log.warning("agent_ended in the middle: reception will be asked about a slip that it had begun, if any")
    else:
        log.info("agent_ended")


def _work(settings: AgentSettings, link: ServerLink, stop: threading.Event) -> list[threading.Thread]:
    """Return the threads that do what the settings want, none of them started."""
    work = []
    if settings.printer and (journal := _journal(settings.data / JOURNAL, stop)) is not None:
        printer = printer_from(settings.printer, settings.width_dots, settings.slip_end)
        assert printer is not None  # because `none` was settled when the settings were read.
        printing = Agent(link, printer, journal, connection=settings.printer, version=_version())
        work.append(threading.Thread(target=printing.run, args=(stop,), name="agent", daemon=True))
    if settings.keypad:
        watch = PadWatch(
            ServerLink(settings.server, settings.keypad_token), keypad_from(settings.keypad), settings.counter
        )
        work.append(threading.Thread(target=watch.run, args=(stop,), name="key-pad", daemon=True))
    return work


def _journal(path: Path, stop: threading.Event) -> Journal | None:
    """Return the journal, waiting for as long as it cannot be opened; None when told to end meanwhile."""
    told = False
    while not stop.is_set():
        try:
            return Journal(path)
        except JournalUnwritable as error:
            if not told:
                log.error("journal_unwritable path=%s reason=%s: nothing is printed without it", path, error)
            told = True
            stop.wait(JOURNAL_PAUSE_SECONDS)
    return None


def _version() -> str:
    with suppress(importlib.metadata.PackageNotFoundError):
        return importlib.metadata.version("saduak")
    return ""


def _start_logging() -> None:
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s %(message)s"))
    logging.basicConfig(level=logging.WARNING, handlers=[handler])
    logging.getLogger("hardware").setLevel(logging.INFO)
