"""As the server lives: all patched by eventlet, drivers in native threads, the simulator in green ones."""

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]

STORY = """
import warnings
warnings.simplefilter("ignore")
import eventlet
eventlet.monkey_patch()
from eventlet import tpool

import json
from tests.hardware.slips import IMPATIENT, a_picture
from hardware.interface import DeviceError
from hardware.simulator import SimulatedPrinter

printer = SimulatedPrinter(384, IMPATIENT)
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
    getattr(printer.simulator, fault)(*arguments)
    return printed(a_picture())

eventlet.spawn(tick)
told = {"in a row": [printed(a_picture()) for _ in range(15)]}
crowd = eventlet.GreenPool(6)
told["at once"] = list(crowd.imap(printed, [a_picture(height=100)] * 12))
told["faults"] = [
    after("paper_out"), after("refill"), after("silent"), after("behave"), after("nonsense_status"),
    after("behave"), after("cut_connection_after", 30), after("power_off"), after("power_on"),
]
tpool.execute(printer.simulator.open_cover)
told["from a native thread"] = tpool.execute(printer.status, 0.5).problem
told["ticks"] = ticks
told["slips"] = sum(slip.is_whole for slip in printer.simulator.slips)
told["errors"] = printer.simulator.errors
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
    assert told["from a native thread"] == "cover_open"
    assert told["slips"] == 15 + 12 + 4
    assert told["ticks"] > 20
    assert told["errors"] == []
