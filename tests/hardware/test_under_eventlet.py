"""As the server lives: all patched, drivers in native threads, the simulator in green ones."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

STORY = """
import warnings
warnings.simplefilter("ignore")
import eventlet
eventlet.monkey_patch()
from eventlet import tpool

import json
import time
from hardware.aside import Aside, StuckError
from tests.hardware.slips import IMPATIENT, a_picture
from hardware.interface import DeviceError
from hardware.guard import GuardedPrinter
from hardware.simulator import SimulatedPrinter

printer = GuardedPrinter(SimulatedPrinter(384, IMPATIENT))
simulator = printer.driver.simulator
ticks = 0

def tick():
    global ticks
    while True:
        eventlet.sleep(0.005)
        ticks += 1

def printed(picture):
    try:
        return tpool.execute(printer.print_slip, picture).value
    except DeviceError as refused:
        return refused.code

def after(fault, *arguments):
    getattr(simulator, fault)(*arguments)
    return printed(a_picture())

eventlet.spawn(tick)
told = {"in a row": [printed(a_picture()) for _ in range(15)]}
crowd = eventlet.GreenPool(6)
told["at once"] = list(crowd.imap(printed, [a_picture(height=100)] * 12))
told["faults"] = [
    after("paper_out"), after("refill"), after("silent"), after("behave"), after("nonsense_status"),
    after("behave"), after("cut_connection_after", 30), after("power_off"), after("power_on"),
]
begun = time.monotonic()
try:
    tpool.execute(lambda: Aside().run(lambda: eventlet.patcher.original("time").sleep(5), 0.2))
except StuckError:
    told["what hangs is left behind after"] = time.monotonic() - begun
tpool.execute(simulator.open_cover)
told["from a native thread"] = tpool.execute(printer.status, 0.5).problem
told["ticks"] = ticks
told["slips"] = sum(slip.is_whole for slip in simulator.slips)
told["errors"] = simulator.errors
tpool.execute(printer.close)
print(json.dumps(told))
"""


def test_slips_are_printed_from_native_threads_while_green_ones_go_on() -> None:
    run = subprocess.run(
        [sys.executable, "-c", STORY], cwd=ROOT, capture_output=True, text=True, timeout=30, check=False
    )

    assert run.returncode == 0, run.stderr
    told = json.loads(run.stdout)
    assert told["in a row"] == ["printed"] * 15
    assert told["at once"] == ["printed"] * 12
    assert told["faults"] == [
        "paper_out", "printed", "printer_silent", "printed", "printer_nonsense",
        "printed", "unknown", "printer_unreachable", "printed",
    ]  # fmt: skip
    assert told["what hangs is left behind after"] < 2
    assert told["from a native thread"] == "cover_open"
    assert told["slips"] == 15 + 12 + 4
    assert told["ticks"] > 20
    assert told["errors"] == []


OTHER_WIRES = """
import sys
import warnings
warnings.simplefilter("ignore")
if sys.argv[1] == "eventlet":
    import eventlet
    eventlet.monkey_patch()
    from eventlet import sleep, tpool
    off_the_loop = tpool.execute
else:
    import gevent.monkey
    gevent.monkey.patch_all()
    import gevent
    from gevent import sleep
    off_the_loop = lambda call, *arguments: gevent.get_hub().threadpool.apply(call, arguments)

import json
import os
import threading
import time
from pathlib import Path
from hardware.registry import printer_from
from tests.hardware.slips import a_picture

folder = Path(sys.argv[2])
for name, does in (("lpstat", "echo slips accepting requests"), ("lp", f"cat >> {folder}/taken"), ("hang", "sleep 9")):
    (folder / name).write_text(f"#!/bin/sh\\n{does}\\n")
    (folder / name).chmod(0o755)
os.environ["PATH"] = f"{folder}:{os.environ['PATH']}"

ticks = []
def tick():
    while True:
        sleep(0.005)
        ticks.append(time.monotonic())
threading.Thread(target=tick, daemon=True).start()

told = {}
for setting in ("simulator", "cups:slips", f"file:{folder}/spool", "network:127.0.0.1:1"):
    printer = printer_from(setting, 384)
    try:
        ended = [off_the_loop(printer.print_slip, a_picture()).value for _ in range(3)]
    except Exception as refused:
        ended = refused.code
    told[setting.partition(":")[0]] = [ended, off_the_loop(printer.status, 1.0).problem]
    off_the_loop(printer.close)
(folder / "hang").replace(folder / "lpstat")
told["hanging"] = off_the_loop(printer_from("cups:slips", 384).status, 1.5).problem
told["longest pause"] = max(after - before for before, after in zip(ticks, ticks[1:]))
print(json.dumps(told))
"""


@pytest.mark.parametrize("patched_by", ["eventlet", "gevent"])
def test_queues_and_files_are_served_from_native_threads_too(patched_by: str, tmp_path: Path) -> None:
    pytest.importorskip(patched_by)
    run = subprocess.run(
        [sys.executable, "-c", OTHER_WIRES, patched_by, str(tmp_path)],
        cwd=ROOT, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip

    assert run.returncode == 0, run.stderr
    told = json.loads(run.stdout)
    assert told["simulator"] == [["printed"] * 3, None]
    assert told["cups"] == [["sent"] * 3, None]
    assert told["file"] == [["sent"] * 3, None]
    assert told["network"] == ["printer_unreachable", "printer_unreachable"]
    assert told["hanging"] == "printer_stuck"
    assert told["longest pause"] < 1
    assert (tmp_path / "taken").read_bytes() == (tmp_path / "spool").read_bytes()
