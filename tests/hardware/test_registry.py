"""The setting that names a printer."""

from pathlib import Path

import pytest

from hardware.escpos_printer import AnsweringPrinter, MutePrinter
from hardware.file_wire import FileWire
from hardware.interface import PrintOutcome
from hardware.network_wire import NetworkWire
from hardware.queue_wire import QueueWire
from hardware.registry import EXAMPLES, PrinterSettingError, printer_from
from hardware.serial_wire import SerialWire
from hardware.simulator import SimulatedPrinter
from hardware.usb_wire import UsbWire
from hardware.windows_wire import WindowsWire
from tests.hardware.slips import a_picture


def the_driver_of(setting: str) -> object:
    printer = printer_from(setting, 384)
    assert printer is not None
    assert (printer.device, printer.width_dots) == (setting, 384)
    return printer.driver


@pytest.mark.parametrize(
    ("setting", "wire"),
    [
        ("network:192.168.1.50:9100", NetworkWire("192.168.1.50", 9100)),
        ("usb:04b8:0e15", UsbWire(0x04B8, 0x0E15)),
        ("serial:/dev/ttyUSB0:115200", SerialWire("/dev/ttyUSB0", 115200)),
        ("serial:COM3:9600", SerialWire("COM3", 9600)),
    ],
)
def test_a_printer_answers_unless_it_is_said_to_be_mute(setting: str, wire: object) -> None:
    answering, mute = the_driver_of(setting), the_driver_of(f"{setting}:mute")

    assert isinstance(answering, AnsweringPrinter)
    assert isinstance(mute, MutePrinter)
    assert answering.wire == mute.wire == wire


@pytest.mark.parametrize(
    ("setting", "wire"),
    [
        ("cups:slips", QueueWire("slips")),
        ("windows:EPSON TM-T82 (1)", WindowsWire("EPSON TM-T82 (1)")),
        ("file:/var/spool/a b:c", FileWire(Path("/var/spool/a b:c"))),
    ],
)
def test_a_queue_and_a_file_cannot_answer(setting: str, wire: object) -> None:
    driver = the_driver_of(setting)

    assert isinstance(driver, MutePrinter)
    assert driver.wire == wire


def test_usb_numbers_may_be_written_with_0x() -> None:
    printer = printer_from("usb:0x04B8:0x0E15", 384)

    assert printer is not None
    assert printer.device == "usb:04b8:0e15"


def test_none_is_no_printer() -> None:
    assert printer_from("none", 384) is None


def test_the_simulator_is_started_and_prints() -> None:
    printer = printer_from("simulator", 384)
    assert printer is not None
    assert isinstance(printer.driver, SimulatedPrinter)

    outcome = printer.print_slip(a_picture())
    printer.close()

    assert outcome is PrintOutcome.PRINTED
    assert len(printer.driver.simulator.slips) == 1
    assert printer.status(timeout=0.5).problem == "printer_unreachable"


def test_every_example_is_a_setting_that_works() -> None:
    for kind, example in EXAMPLES.items():
        printer = printer_from(example, 384)
        if printer is not None:
            printer.close()
        assert example.startswith(kind)


@pytest.mark.parametrize(
    "setting",
    [
        *("", "printer", "none:x", "file:"),
        *("network", "network:host", "network:host:0", "network:host:99999", "network::9100"),
        *("usb:04b8", "usb:xyz:1", "serial:/dev/ttyS0", "serial:/dev/ttyS0:fast", "serial:/dev/ttyS0:12"),
        *("network:host:9100:deaf", "usb:1:2:mute:", "serial:/dev/ttyS0:mute"),
        *("cups:", "cups:-d", "cups:a b", "cups:a/b", "windows:", "windows: "),
    ],
)
def test_a_setting_that_names_no_printer_is_answered_with_an_example(setting: str) -> None:
    with pytest.raises(PrinterSettingError) as refused:
        printer_from(setting, 384)

    assert refused.value.value == setting
    assert refused.value.example in EXAMPLES.values()
    assert refused.value.example in str(refused.value)


def test_paper_of_another_width_is_refused() -> None:
    with pytest.raises(ValueError, match="360 to 832"):
        printer_from("none", 200)
