"""The setting that names a printer."""

from pathlib import Path

import pytest

from hardware.escpos_printer import FilePrinter, NetworkPrinter, SerialPrinter, UsbPrinter
from hardware.interface import PrintOutcome
from hardware.registry import EXAMPLES, PrinterSettingError, printer_from
from hardware.simulator import SimulatedPrinter
from tests.hardware.slips import a_picture


def test_a_network_printer_has_its_address() -> None:
    printer = printer_from("network:192.168.1.50:9100", 576)

    assert isinstance(printer, NetworkPrinter)
    assert (printer.host, printer.port, printer.width_dots) == ("192.168.1.50", 9100, 576)


def test_a_usb_printer_has_its_numbers_in_hexadecimal() -> None:
    printer = printer_from("usb:04b8:0x0E15", 384)

    assert isinstance(printer, UsbPrinter)
    assert (printer.vendor, printer.product) == (0x04B8, 0x0E15)


def test_a_serial_printer_has_its_device_and_speed() -> None:
    printer = printer_from("serial:/dev/ttyUSB0:115200", 384)

    assert isinstance(printer, SerialPrinter)
    assert (printer.port, printer.baud) == ("/dev/ttyUSB0", 115200)


def test_a_file_may_have_any_path() -> None:
    printer = printer_from("file:/var/spool/a b:c", 384)

    assert isinstance(printer, FilePrinter)
    assert printer.path == Path("/var/spool/a b:c")


def test_none_is_no_printer() -> None:
    assert printer_from("none", 384) is None


def test_the_simulator_is_started_and_prints() -> None:
    printer = printer_from("simulator", 384)
    assert isinstance(printer, SimulatedPrinter)

    outcome = printer.print_slip(a_picture())
    printer.close()

    assert outcome is PrintOutcome.PRINTED
    assert len(printer.simulator.slips) == 1
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
    ],
)
def test_a_setting_that_names_no_printer_is_answered_with_an_example(setting: str) -> None:
    with pytest.raises(PrinterSettingError) as refused:
        printer_from(setting, 384)

    assert refused.value.value == setting
    assert refused.value.example in EXAMPLES.values()
    assert refused.value.example in str(refused.value)


def test_paper_of_another_width_is_refused() -> None:
    with pytest.raises(ValueError, match="384 or 576"):
        printer_from("none", 512)
