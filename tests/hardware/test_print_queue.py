"""A CUPS queue, with programs in the place of `lp` and `lpstat` that fail, hang, or take half."""

import os
import time
from pathlib import Path

import pytest
from PIL import Image

from hardware.aside import Aside
from hardware.escpos_decoder import slips_in
from hardware.escpos_encoder import slip_bytes
from hardware.escpos_printer import MutePrinter, Timeouts
from hardware.interface import DeviceError, PrinterStatus, PrintOutcome
from hardware.queue_wire import QueueWire
from tests.hardware.slips import a_picture

SHORT = Timeouts(connect=1.0, answer=1.0, send=0.6, confirm=1.0)
READY = "slips accepting requests since Mon Nov 23 09:00:00 2026\nprinter slips is idle.  enabled since Mon Nov 23"
STOPPED = "slips accepting requests since Mon Nov 23 09:00:00 2026\nprinter slips disabled since Mon Nov 23 -\n\tjam"
REFUSING = "slips not accepting requests since Mon Nov 23 -\n\tgone\nprinter slips is idle.  enabled since Mon Nov 23"


class FakeCups:
    """`lp` and `lpstat` on the PATH, as shell scripts."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.says(READY)
        self.lp('cat > "$HOME/taken"; echo "$@" > "$HOME/asked"')

    def says(self, state: str, code: int = 0) -> None:
        self._script("lpstat", f"cat <<'END'\n{state}\nEND\nexit {code}")

    def lp(self, body: str) -> None:
        self._script("lp", body)

    def lpstat(self, body: str) -> None:
        self._script("lpstat", body)

    @property
    def taken(self) -> bytes:
        return (self.folder / "taken").read_bytes()

    def _script(self, name: str, body: str) -> None:
        script = self.folder / name
        script.write_text(f"#!/bin/sh\n{body}\n", encoding="utf-8")
        script.chmod(0o755)


@pytest.fixture
def cups(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeCups:
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("HOME", str(tmp_path))
    return FakeCups(tmp_path)


def the_queue() -> MutePrinter:
    return MutePrinter(QueueWire("slips"), 384, SHORT)


def test_a_queue_takes_a_slip_raw_and_confirms_nothing(cups: FakeCups) -> None:
    outcome = the_queue().print_slip(a_picture())

    assert outcome is PrintOutcome.SENT
    assert (cups.folder / "asked").read_text().strip() == "-s -d slips -t saduak -o raw"
    assert cups.taken == slip_bytes(a_picture(), 384)
    assert [slip.tobytes() for slip in slips_in(cups.taken, 384)] == [a_picture().tobytes()]
    assert the_queue().status(timeout=2) == PrinterStatus()


@pytest.mark.parametrize(
    ("state", "code", "problem"),
    [
        ('lpstat: Invalid destination name in list "slips".', 1, "printer_unreachable"),
        ("lpstat: Bad file descriptor", 1, "printer_unreachable"),
        (STOPPED, 0, "print_queue_stopped"),
        (REFUSING, 0, "print_queue_stopped"),
    ],
)
def test_a_queue_that_would_keep_the_slip_gets_none(cups: FakeCups, state: str, code: int, problem: str) -> None:
    cups.says(state, code)

    status = the_queue().status(timeout=2)
    with pytest.raises(DeviceError, match=problem):
        the_queue().print_slip(a_picture())

    assert status.problem == problem
    assert not (cups.folder / "taken").exists()


@pytest.mark.parametrize("body", ["exit 1", "exec 0<&-; sleep 0.2; exit 2", "kill -9 $$", "sleep 20"])
def test_a_program_that_read_not_one_byte_lets_the_caller_try_again(cups: FakeCups, body: str) -> None:
    cups.lp(body)
    begun = time.monotonic()

    with pytest.raises(DeviceError, match="printer_unreachable"):
        the_queue().print_slip(a_picture())

    assert time.monotonic() - begun < 3


@pytest.mark.parametrize(
    "body",
    [
        "head -c 40 > /dev/null; exit 1",
        "cat > /dev/null; exit 1",
        "head -c 40 > /dev/null; sleep 20",
        "cat > /dev/null; sleep 20",
        "head -c 40 > /dev/null; exit 0",  # Content with half a slip.
        "cat > /dev/null; kill -9 $$",
    ],
)
def test_a_program_that_read_some_bytes_and_did_not_end_well_leaves_the_slip_unknown(cups: FakeCups, body: str) -> None:
    cups.lp(body)
    begun = time.monotonic()
    printer = the_queue()

    outcome = printer.print_slip(a_picture())

    assert outcome is PrintOutcome.UNKNOWN
    assert printer.last_problem == "not_confirmed"
    assert time.monotonic() - begun < 3


def test_a_slip_longer_than_a_pipe_is_handed_over_whole(cups: FakeCups) -> None:
    tall = Image.effect_noise((384, 4000), 200).convert("1")  # 190 KB.

    assert the_queue().print_slip(tall) is PrintOutcome.SENT
    assert slips_in(cups.taken, 384)[0].tobytes() == tall.tobytes()


def test_what_hangs_is_killed_with_everything_it_started(cups: FakeCups) -> None:
    cups.lp('sleep 30 & echo $! > "$HOME/child"; cat > /dev/null; wait')

    the_queue().print_slip(a_picture())

    child = int((cups.folder / "child").read_text())
    for _ in range(100):
        if not is_running(child):
            break
        time.sleep(0.02)
    assert not is_running(child)


def test_asking_a_queue_that_hangs_ends_in_its_time(cups: FakeCups) -> None:
    cups.lpstat("sleep 20")
    begun = time.monotonic()

    status = the_queue().status(timeout=0.5)
    with pytest.raises(DeviceError, match="printer_stuck"):
        the_queue().print_slip(a_picture())

    assert status.problem == "printer_stuck"
    assert time.monotonic() - begun < 3


def test_a_machine_without_cups_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(DeviceError, match="lpstat: No such file"):
        the_queue().print_slip(a_picture())


def test_nothing_is_left_open(cups: FakeCups) -> None:
    printer = the_queue()
    printer.print_slip(a_picture())
    before = len(os.listdir("/proc/self/fd"))

    for _ in range(5):
        printer.print_slip(a_picture())
        printer.status(timeout=1)
    Aside().run(lambda: None, 1)

    assert len(os.listdir("/proc/self/fd")) <= before


def is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().split(")")[-1].split()[0] != "Z"
    except OSError:
        return False
