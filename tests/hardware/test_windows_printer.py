"""Windows' spooler, SIMULATED ONLY: a `win32print` module of ours, for nothing here has been run on Windows."""

from types import SimpleNamespace
from typing import Any

import pytest
from escpos.printer import win32raw

from hardware.escpos_encoder import slip_bytes
from hardware.escpos_printer import MutePrinter
from hardware.interface import DeviceError, PrinterStatus, PrintOutcome
from hardware.windows_wire import WindowsWire
from tests.hardware.slips import a_picture

NAME = "EPSON TM-T82 Receipt"


class SpoolerError(Exception):
    """Stands for pywintypes.error."""


class FakeSpooler:
    """What python-escpos uses of `win32print`."""

    PRINTER_ENUM_NAME = 8

    def __init__(self) -> None:
        self.documents: list[bytes] = []
        self.fails_at = ""
        self._open: bytes | None = None

    def EnumPrinters(self, flags: int, name: str, level: int) -> list[dict[str, Any]]:  # noqa: N802 - Windows' name.
        return [{"pPrinterName": NAME}]

    def OpenPrinter(self, name: str) -> str:  # noqa: N802 - Windows' name.
        self._step("open")
        return name

    def StartDocPrinter(self, handle: str, level: int, document: tuple[str, str, str]) -> int:  # noqa: N802 - Windows' name.
        self._step("start")
        assert document[2] == "RAW"
        self._open = b""
        return 1

    def StartPagePrinter(self, handle: str) -> None:  # noqa: N802 - Windows' name.
        return

    def WritePrinter(self, handle: str, message: bytes) -> int:  # noqa: N802 - Windows' name.
        self._step("write")
        assert self._open is not None
        self._open += message
        return len(message)

    def EndPagePrinter(self, handle: str) -> None:  # noqa: N802 - Windows' name.
        return

    def EndDocPrinter(self, handle: str) -> None:  # noqa: N802 - Windows' name.
        self._step("end")
        assert self._open is not None
        self.documents.append(self._open)

    def ClosePrinter(self, handle: str) -> None:  # noqa: N802 - Windows' name.
        return

    def _step(self, name: str) -> None:
        if name == self.fails_at:
            raise SpoolerError(name)


@pytest.fixture
def spooler(monkeypatch: pytest.MonkeyPatch) -> FakeSpooler:
    fake = FakeSpooler()
    monkeypatch.setattr(win32raw, "_DEP_WIN32PRINT", True)
    monkeypatch.setattr(win32raw, "win32print", fake, raising=False)
    monkeypatch.setattr(win32raw, "pywintypes", SimpleNamespace(error=SpoolerError), raising=False)
    return fake


def the_printer(name: str = NAME) -> MutePrinter:
    return MutePrinter(WindowsWire(name), 384)


def test_a_slip_goes_into_the_spooler_as_one_raw_document(spooler: FakeSpooler) -> None:
    outcomes = [the_printer().print_slip(a_picture()) for _ in range(2)]

    assert outcomes == [PrintOutcome.SENT] * 2
    assert spooler.documents == [slip_bytes(a_picture(), 384)] * 2
    assert the_printer().status(timeout=1) == PrinterStatus()


@pytest.mark.parametrize("step", ["open", "start"])
def test_a_spooler_that_takes_nothing_lets_the_caller_try_again(spooler: FakeSpooler, step: str) -> None:
    spooler.fails_at = step

    with pytest.raises(DeviceError, match="printer_unreachable"):
        the_printer().print_slip(a_picture())

    assert spooler.documents == []


@pytest.mark.parametrize("step", ["write", "end"])
def test_a_spooler_that_breaks_inside_the_document_leaves_the_slip_unknown(spooler: FakeSpooler, step: str) -> None:
    spooler.fails_at = step

    assert the_printer().print_slip(a_picture()) is PrintOutcome.UNKNOWN


def test_a_printer_that_windows_does_not_know_is_unreachable(spooler: FakeSpooler) -> None:
    status = the_printer("Another").status(timeout=1)
    with pytest.raises(DeviceError, match="no printer of that name"):
        the_printer("Another").print_slip(a_picture())

    assert status.problem == "printer_unreachable"


def test_another_system_says_that_it_is_not_windows() -> None:
    with pytest.raises(DeviceError, match="this is not Windows"):
        the_printer().print_slip(a_picture())
