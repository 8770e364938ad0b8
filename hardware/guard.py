"""A guard around every driver: whatever a driver does, it never takes its caller with it.

A driver that raises what it must not, returns what is no answer, or does not come back, is found out here, named in
the log, and turned into an answer that the caller knows.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import get_args

from PIL import Image

from hardware import interface
from hardware.aside import Aside, NotBegunError, StuckError
from hardware.interface import ADVICE, PROBLEM_CODES, Cover, DeviceError, Paper, Printer, PrinterStatus, PrintOutcome

log = logging.getLogger(__name__)

LONGEST_SECONDS = 60.0  # For a driver that does not say how long a slip may take it.
CLOSE_SECONDS = 2.0


class GuardedPrinter:
    """A printer that keeps the promises of `interface.Printer` even where its driver does not.

    One call at a time reaches the driver, in a thread of its own. A call that does not come back is left there: one
    thread is lost with it, no second one is sent after it, and every further call is answered at once with
    `printer_stuck` until it returns.
    """

    def __init__(self, driver: Printer, longest_seconds: float | None = None) -> None:
        self.driver = driver
        self.device = str(getattr(driver, "device", type(driver).__name__))
        self._width_dots = driver.width_dots
        own = getattr(driver, "longest_seconds", None)
        self._longest_seconds = longest_seconds or (own if isinstance(own, float) else LONGEST_SECONDS)
        self._aside = Aside()
        self._last_status = PrinterStatus()
        self._last_problem: str | None = None
        self._told: str | None = None

    @property
    def width_dots(self) -> int:
        """How many dots a line has."""
        return self._width_dots

    @property
    def last_problem(self) -> str | None:
        """Why the last slip is UNKNOWN; None if it is not."""
        return self._last_problem

    def status(self, timeout: float) -> PrinterStatus:
        """Return what the printer says within `timeout` seconds; while it prints, what it said last. Never raises."""
        # The driver gets less, so that one that uses up its time is not taken for one that hangs.
        for_driver = timeout - min(0.5, timeout / 4)
        try:
            said = self._aside.run(_contained(lambda: self.driver.status(for_driver)), timeout)
        except StuckError as error:
            if isinstance(error, NotBegunError) and not self._aside.is_stuck:
                return self._last_status
            self._tell(interface.STUCK, error)
            return PrinterStatus(fault=interface.STUCK)
        if not _is_sound(said):
            self._tell(interface.DRIVER_FAILED, said)
            said = PrinterStatus(fault=interface.DRIVER_FAILED)
        else:
            self._told = None
        assert isinstance(said, PrinterStatus)
        self._last_status = said
        return said

    def print_slip(self, image: Image.Image) -> PrintOutcome:
        """Print as `interface.Printer` says; anything unexpected once the driver was called is UNKNOWN.

        Raises DeviceError when the driver says that not one byte went out, or an earlier call still hangs.
        """
        self._last_problem = None
        limit = self._longest_seconds
        try:
            ended = self._aside.run(_contained(lambda: self.driver.print_slip(image)), limit, turn_seconds=limit)
        except NotBegunError as error:
            self._tell(interface.STUCK, error)
            raise DeviceError(interface.STUCK, self.device, {"reason": str(error)}) from error
        except StuckError as error:
            self._tell(interface.STUCK, error)
            return self._unknown(interface.STUCK)
        if isinstance(ended, PrintOutcome):
            return self._unknown(self._reason()) if ended is PrintOutcome.UNKNOWN else ended
        if isinstance(ended, _Broke) and isinstance(ended.error, DeviceError):
            raise ended.error
        self._tell(interface.DRIVER_FAILED, ended)
        return self._unknown(interface.DRIVER_FAILED)

    def close(self) -> None:
        """Let go of the device; calling it twice does no harm."""
        try:
            ended = self._aside.run(_contained(self.driver.close), CLOSE_SECONDS)
        except StuckError as error:
            self._tell(interface.STUCK, error)
        else:
            if isinstance(ended, _Broke):
                self._tell(interface.DRIVER_FAILED, ended)

    def _reason(self) -> str:
        said = _contained(lambda: self.driver.last_problem)()
        return said if isinstance(said, str) else interface.NOT_CONFIRMED

    def _unknown(self, problem: str) -> PrintOutcome:
        self._last_problem = problem
        return PrintOutcome.UNKNOWN

    def _tell(self, code: str, what: object) -> None:
        """Log it once, until the driver has answered well again: it is asked every few seconds."""
        if self._told == code:
            return
        self._told = code
        error = what.error if isinstance(what, _Broke) else what if isinstance(what, BaseException) else None
        said = f"returned {what!r:.80}" if error is None else f"{type(error).__name__}: {error}"
        log.error("%s driver=%s: %s %s", code, self.device, ADVICE[code], said, exc_info=error)


@dataclass(frozen=True, slots=True)
class _Broke:
    """Stands for the answer of a call that raised."""

    error: BaseException


def _contained(call: Callable[[], object]) -> Callable[[], object]:
    """Return the same call, which raises nothing: not even what would end a thread or the process."""

    def contained() -> object:
        try:
            return call()
        except BaseException as error:  # noqa: BLE001 - because this is the driver's boundary.
            return _Broke(error)

    return contained


def _is_sound(said: object) -> bool:
    if not isinstance(said, PrinterStatus):
        return False
    return (
        said.paper in get_args(Paper)
        and said.cover in get_args(Cover)
        and (said.fault is None or said.fault in PROBLEM_CODES)
        and said.online in (True, False, None)
    )
